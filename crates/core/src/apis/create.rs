//! Making APIs.

use super::definition::{DEFAULT_TOKEN_TTL_SECONDS, scopes, token_ttl};
use super::operations::UnknownOperations;
use super::{Api, NewScope, Principals, TokenFormat, TwoToken, Visibility};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::limits::{self, NewPlan};
use crate::oauth::management_audience;
use crate::ports::StoreError;
use crate::random;
use crate::signing::{self, SigningAlg};
use crate::validation::{self, Checks};

/// What a new API is to be, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewApi {
    /// What people call it.
    pub name: String,
    /// Its identifier: an absolute URI without fragment.
    pub audience: String,
    /// Who may hold credentials for it.
    pub visibility: Visibility,
    /// Its scopes, at most 512.
    pub scopes: Vec<NewScope>,
    /// 60 to 3 600; 300 where `None`.
    pub token_ttl_seconds: Option<i64>,
    /// What its tokens are signed with; `EdDSA` where `None`.
    pub signing_alg: Option<SigningAlg>,
    /// How its tokens look; signed JWTs where `None`.
    pub token_format: Option<TokenFormat>,
    /// Limits that organisations may be put on.
    pub plans: Vec<NewPlan>,
    /// For whom those may act who call it.
    pub principals: Principals,
    /// Where a required scope must be, of a call that comes with two tokens; in either where `None`.
    pub two_token: Option<TwoToken>,
    /// What becomes of calls of operations that its document doesn't have; they are allowed where `None`.
    pub unknown_operations: Option<UnknownOperations>,
}

/// Makes an API. Needs [`crate::Action::ManageApis`].
///
/// # Errors
/// [`Error::Invalid`], [`Conflict::AudienceTaken`].
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewApi) -> Result<Api, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let audience = checks.take(validation::audience("audience", &new.audience));
    // Tokens for such an API could pass for what is addressed to the portal itself (RFC 8725 section 3.12).
    let ours = [core.settings.issuer.clone(), management_audience(core)];
    if ours.iter().any(|ours| audience.trim_end_matches('/') == ours) {
        checks.note("audience", "this is the address of the portal; give the API one of its own");
    }
    let scopes = checks.take(scopes("scopes", &new.scopes));
    let ttl = new.token_ttl_seconds.unwrap_or(DEFAULT_TOKEN_TTL_SECONDS);
    let token_ttl_seconds = checks.take(token_ttl("token_ttl_seconds", ttl, org.security_tier));
    let plans = checks.take(limits::plans("plans", &new.plans));
    checks.finish()?;

    if let Some(alg) = new.signing_alg {
        // published at once, long before the first token
        signing::signer(core, alg).await?;
    }
    let api = Api {
        id: random::id(core.random.as_ref()),
        org: org.id,
        name,
        audience,
        visibility: new.visibility,
        scopes,
        token_ttl_seconds,
        signing_alg: new.signing_alg.unwrap_or_default(),
        token_format: new.token_format.unwrap_or_default(),
        call_paths: None,
        plans,
        principals: new.principals,
        owner_tier: org.security_tier,
        two_token: new.two_token.unwrap_or_default(),
        unknown_operations: new.unknown_operations.unwrap_or_default(),
        created_at: core.clock.now(),
    };
    let audit = core
        .audit_entry(caller, Some(&api.org), "api.create", ("api", api.id.as_str()))
        .with("name", api.name.as_str())
        .with("audience", api.audience.as_str())
        .with("visibility", api.visibility.as_str())
        .with("principals", api.principals.as_str())
        .with("signing_alg", api.signing_alg.as_str())
        .with("token_format", api.token_format.as_str())
        .with("plans", limits::plans_for_audit(&api.plans))
        .with("two_token", api.two_token.as_str())
        .with("unknown_operations", api.unknown_operations.as_str());
    match core.store.insert_api(&api, &audit).await {
        Ok(()) => Ok(api),
        Err(StoreError::Taken(_)) => Err(Error::conflict(
            Conflict::AudienceTaken,
            "another API of this installation has, or had, this audience; choose another one",
        )),
        Err(error) => Err(error.into()),
    }
}
