//! The hot path: is this credential good, here, now (contract section 4)?
//!
//! Parse, SHA-256 of the whole credential, cache, judge, count. On a miss: one row by id, Argon2id or a signature, then
//! the cache. Nothing that is read here is ever written back.

mod access_token;
mod address;
mod api_caller;
mod api_key;
mod check;
mod clients;
mod decide;
mod entry;
mod explain;
mod follow;
mod forward;
mod freshness;
mod imported;
mod introspect;
mod issued;
mod jwt;
mod needed;
mod opaque;
mod possession;
mod proven;
mod scope_token;
mod spend;
mod verifier;
mod written;

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_jose::{AccessToken, Principal};
use latchkey_types::secret::{self, SecretKind};
use latchkey_types::{CredentialKind, Environment, Outcome, ScopeSet, Timestamp};
use sha2::{Digest as _, Sha256};

pub use check::{Check, check};
pub(crate) use clients::{ProvenClient, client_before, remember_client};
pub use explain::{Explanation, Grant, Rule, Source};
pub use follow::follow;
pub use forward::{ForwardError, Forwarded, Phantom, forward};
pub(crate) use freshness::look;
pub(crate) use introspect::{ActiveToken, active_token, introspect, introspect_own};
pub(crate) use issued::{Issued, issued_before, remember_issued};
pub use needed::Operation;
pub use possession::ShownProof;
pub(crate) use proven::{Proven, prove};
pub use scope_token::Actor;
pub use spend::LimitState;
pub(crate) use verifier::{Digest, Ticket};
pub use verifier::{Stats, Verifier};
pub use written::Written;

use self::api_caller::ApiCaller;
use self::decide::answer;
use self::entry::Entry;
use crate::core::Core;
use crate::error::Error;
use crate::usage::Counted;

/// One of the two tokens that a call may come with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The credential, of two the original user's.
    Credential,
    /// The caller's own.
    ScopeToken,
}

impl Part {
    /// The word that bodies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::ScopeToken => "scope_token",
        }
    }
}

/// What an API asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifyRequest<'a> {
    /// What the caller presented.
    pub credential: &'a str,
    /// What it must be allowed; scope-tokens as sent.
    pub scopes: &'a [String],
    /// The operation that is called.
    pub operation: Option<Operation<'a>>,
    /// The caller's own token, where `credential` is the original user's.
    pub scope_token: Option<&'a str>,
    /// Where it was used from.
    pub ip: Option<IpAddr>,
    /// The DPoP proof that it came with.
    pub dpop: Option<ShownProof<'a>>,
    /// The `x5t#S256` of the client certificate that it came with.
    pub certificate: Option<&'a str>,
    /// What a good call spends of limits and credits; 0 checks them and spends nothing.
    pub cost: u32,
    /// Whether the answer says what decided.
    pub explain: bool,
}

/// What an API is told.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The code; `Valid` is the only good one.
    pub code: Outcome,
    /// Of a refused call: the id of the token that the code is about, where it is one of this API.
    pub id: Option<String>,
    /// Of a valid one: all that may be said.
    pub valid: Option<Arc<Verified>>,
    /// Of a good call, what it may, where that isn't what the credential may: both tokens together.
    pub scopes: Option<ScopeSet>,
    /// With `InsufficientScope`: what is missing.
    pub missing_scopes: Vec<String>,
    /// The limits that apply, where all before them held.
    pub rate_limits: Vec<LimitState>,
    /// The credits that are left, where there are any to count.
    pub credits_remaining: Option<i64>,
    /// With `CreditsExhausted`: in how many seconds a refill lets such a call through, where one does.
    pub credits_back_in_seconds: Option<i64>,
    /// Who came with the scope token.
    pub actor: Option<Actor>,
    /// What decided, where that was asked for.
    pub explanation: Option<Box<Explanation>>,
}

impl Answer {
    /// A refusal; `id` of a credential of this API alone.
    fn refused(code: Outcome, id: Option<String>) -> Self {
        Self {
            code,
            id,
            valid: None,
            scopes: None,
            missing_scopes: Vec::new(),
            rate_limits: Vec::new(),
            credits_remaining: None,
            credits_back_in_seconds: None,
            actor: None,
            explanation: None,
        }
    }
}

/// What is said of a credential that holds.
#[derive(Clone, Debug)]
pub struct Verified {
    /// `key_…`, or a token's `jti`.
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// Live or test.
    pub environment: Environment,
    /// What its holder calls it.
    pub name: String,
    /// Which of a key's secrets.
    pub generation: Option<u32>,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// The holder's id.
    pub org_id: String,
    /// The holder's slug.
    pub org_slug: String,
    /// `key_…`, or a token's `sub`.
    pub subject: String,
    /// For whom it acts.
    pub principal: Principal,
    /// When it was made.
    pub issued_at: Timestamp,
    /// What a token says of itself; of an API key nothing.
    pub token: Option<Arc<AccessToken>>,
    /// The API's audience.
    pub api: String,
    /// What it may.
    pub scopes: ScopeSet,
    /// Whom the API's owner gave it to.
    pub owner: Option<String>,
    /// What the API's owner wants to be told.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// What was written of it before.
    pub written: Written,
}

/// A credential that was recognised, and where.
struct Found {
    entry: Arc<Entry>,
    source: Source,
}

/// A credential that was recognised, or the code for one that wasn't.
type Recognised = Result<Found, Outcome>;

/// Asks about a credential on behalf of the API that this verification key is bound to.
///
/// # Errors
/// [`Error::Unauthenticated`] for a verification key that isn't good, [`Error::TooMany`] for too many first-sight checks
/// of bad secrets, [`Error::Unavailable`] where the answer can't be known.
pub async fn verify(core: &Core, verification_key: &str, request: &VerifyRequest<'_>) -> Result<Answer, Error> {
    let api = api_caller::authenticate(core, verification_key).await?;
    let recognised = recognise(core, &api, request.credential).await?;
    answer(core, &api, &recognised, request).await
}

/// Finds out which credential was presented, and that it is one for this API. What the API's own tier demands was done
/// when the API was recognised.
async fn recognise(core: &Core, api: &ApiCaller, credential: &str) -> Result<Recognised, Error> {
    let found = find(core, api, credential).await?;
    match &found {
        Ok(known) if known.entry.tier.demands().no_staleness && !api.wants_no_staleness() && look(core).await? => {
            find(core, api, credential).await
        }
        _ => Ok(found),
    }
}

async fn find(core: &Core, api: &ApiCaller, credential: &str) -> Result<Recognised, Error> {
    let ours = secret::parse(&core.settings.brand, credential).ok();
    if ours.is_none() && !credential.contains('.') && !api.has_imported_keys {
        return Ok(Err(Outcome::Malformed));
    }
    let digest: [u8; 32] = Sha256::digest(credential.as_bytes()).into();
    let verifier = &core.verifier;
    let remembered = verifier.recall(&digest, core.clock.monotonic());
    let found = match remembered.filter(|entry| may_be_known(api, ours.is_some(), entry)) {
        Some(entry) => Found { entry, source: Source::Cache },
        None => {
            let ticket = verifier.ticket();
            let loaded = match ours {
                Some(ours) if matches!(ours.kind, SecretKind::Live | SecretKind::Test) => {
                    api_key::load(core, api, ours.id, credential).await?
                }
                Some(ours) if ours.kind == SecretKind::AccessToken => opaque::load(core, ours.id, credential).await?,
                Some(_) => Err(Outcome::NotFound),
                None if imported::may_be_one(core, api, credential) => imported::load(core, api, credential).await?,
                None => jwt::load(core, api, credential).await?,
            };
            match loaded {
                Ok(entry) => Found { entry: verifier.keep(digest, ticket, entry), source: Source::Database },
                Err(code) => return Ok(Err(code)),
            }
        }
    };
    Ok(of_this_api(api, ours.is_none(), found))
}

/// A secret from another system that an API without such keys presents is no more to it than any other wrong text,
/// whether or not it is remembered.
fn may_be_known(api: &ApiCaller, is_ours: bool, entry: &Entry) -> bool {
    is_ours || api.has_imported_keys || entry.verified.kind != CredentialKind::ApiKey
}

/// What belongs to another API, or to an environment that the verification key doesn't take, isn't there.
fn of_this_api(api: &ApiCaller, is_foreign_form: bool, found: Found) -> Recognised {
    let entry = found.entry.as_ref();
    if entry.api != api.api.id {
        let is_jwt = is_foreign_form && entry.verified.kind != CredentialKind::ApiKey;
        return Err(if is_jwt { Outcome::WrongAudience } else { Outcome::NotFound });
    }
    if !api.environments.contains(&entry.verified.environment) {
        return Err(Outcome::NotFound);
    }
    Ok(found)
}

fn unknown(api: &ApiCaller, outcome: Outcome) -> Counted {
    Counted {
        credential: None,
        generation: 0,
        holder: None,
        api: api.api.id.clone(),
        api_owner: api.api.org.clone(),
        outcome,
    }
}
