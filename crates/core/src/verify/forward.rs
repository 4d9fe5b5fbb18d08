//! The same judgement for a gateway that asks before it lets a call through (contract section 7). Of a good call it also
//! gets the JWT that the upstream is to see in the place of the credential. That is remembered for the credential, by the
//! rules of the verified-cache.

use std::sync::Arc;

use latchkey_jose::{AccessToken, Actor as ActorClaim};
use latchkey_types::Outcome;
use sha2::{Digest as _, Sha256};

use super::api_caller::{self, ApiCaller};
use super::entry::{Entry, earlier};
use super::issued::Issued;
use super::verifier::{Digest, Subject, Ticket};
use super::{Actor, Answer, VerifyRequest, answer, recognise};
use crate::apis::operations::UnknownOperations;
use crate::core::Core;
use crate::error::Error;
use crate::oauth::{self, PhantomOf, TokenError};

/// What a gateway is told.
pub struct Forwarded {
    /// The same as an API is told.
    pub answer: Answer,
    /// Of a good call: the JWT for the upstream.
    pub phantom: Option<Phantom>,
}

/// The JWT that the upstream sees in the place of the credential.
pub struct Phantom(Arc<Issued>);

impl Phantom {
    /// The JWT. Whoever has it can be the caller to the upstream, for a minute.
    pub fn expose(&self) -> &str {
        self.0.token.expose()
    }

    /// What it says.
    pub fn claims(&self) -> &AccessToken {
        &self.0.claims
    }
}

/// Why a gateway is told nothing.
#[derive(Debug)]
pub enum ForwardError {
    /// Its verification key isn't good.
    BadVerificationKey,
    /// The API has operations, or refuses those that it doesn't know, and the gateway doesn't say which one is called.
    /// Nothing is known of the call then, and its caller may have taken the headers out that say it
    /// (`Connection: X-Forwarded-Uri`).
    NoOperation,
    /// Too many first-sight checks of bad secrets: seconds to wait.
    TooMany(u32),
    /// The answer can't be known, or a fault of ours.
    Other(Error),
}

impl From<Error> for ForwardError {
    fn from(error: Error) -> Self {
        match error {
            Error::TooMany(seconds) => Self::TooMany(seconds),
            other => Self::Other(other),
        }
    }
}

/// Asks about a call on behalf of the API that this verification key is bound to.
///
/// # Errors
/// [`ForwardError`].
pub async fn forward(
    core: &Core,
    verification_key: &str,
    request: &VerifyRequest<'_>,
) -> Result<Forwarded, ForwardError> {
    let api = authenticate(core, verification_key).await?;
    let asks_for_operations = api.operations.is_some() || api.api.unknown_operations == UnknownOperations::Strict;
    if asks_for_operations && request.operation.is_none() {
        return Err(ForwardError::NoOperation);
    }
    // before anything is read: what changes from here on keeps the phantom out of the memory
    let ticket = core.verifier.ticket();
    let recognised = recognise(core, &api, request.credential).await?;
    let answer = answer(core, &api, &recognised, request).await?;
    let phantom = match &recognised {
        Ok(found) if answer.code == Outcome::Valid => {
            Some(phantom(core, &api, &found.entry, ticket, request, &answer).await?)
        }
        _ => None,
    };
    Ok(Forwarded { answer, phantom })
}

async fn authenticate(core: &Core, verification_key: &str) -> Result<Arc<ApiCaller>, ForwardError> {
    api_caller::authenticate(core, verification_key).await.map_err(|error| match error {
        Error::Unauthenticated => ForwardError::BadVerificationKey,
        // nothing that the gateway's caller did
        Error::TooMany(_) => {
            ForwardError::Other(Error::Unavailable("too many wrong secrets for this verification key's id".into()))
        }
        other => other.into(),
    })
}

/// The phantom of this credential from memory while half of its life is left, else a new one.
async fn phantom(
    core: &Core,
    api: &ApiCaller,
    entry: &Entry,
    ticket: Ticket,
    request: &VerifyRequest<'_>,
    answer: &Answer,
) -> Result<Phantom, Error> {
    let digest = digest(request);
    let remembered = core.verifier.recall_phantom(&digest, core.clock.monotonic());
    if let Some(before) = remembered
        && oauth::seconds_left(&before, core.clock.now()).is_some()
    {
        return Ok(Phantom(before));
    }
    let mut of = phantom_of(api, entry, answer);
    let mut subjects = entry.subjects.clone();
    if let Some(token) = request.scope_token {
        let beside = recognise(core, api, token).await?;
        let beside = beside.map_err(|_| Error::Unavailable("the scope token changed meanwhile".into()))?.entry;
        of.ends_at = earlier(of.ends_at, beside.ends_at);
        subjects.extend(beside.subjects.iter());
    }
    let made = oauth::make_phantom(core, of).await.map_err(fault)?;
    subjects.extend(made.signed_by.as_deref().map(Subject::new));
    let issued = Issued::on(made.token, made.claims, subjects);
    Ok(Phantom(core.verifier.keep_phantom(digest, ticket, issued)))
}

/// The credential and the scope token; lengths keep them apart.
fn digest(request: &VerifyRequest<'_>) -> Digest {
    let scope_token = request.scope_token.unwrap_or_default();
    Sha256::new()
        .chain_update((request.credential.len() as u64).to_be_bytes())
        .chain_update(request.credential)
        .chain_update(scope_token)
        .finalize()
        .into()
}

fn phantom_of<'a>(api: &'a ApiCaller, entry: &'a Entry, answer: &Answer) -> PhantomOf<'a> {
    let verified = entry.verified.as_ref();
    let token = verified.token.as_deref();
    let own = token.and_then(|token| token.act.clone());
    PhantomOf {
        api: &verified.api,
        alg: api.api.signing_alg,
        subject: &verified.subject,
        client_id: &entry.credential,
        holder: &entry.holder,
        principal: verified.principal,
        scopes: answer.scopes.as_ref().unwrap_or(&verified.scopes).clone(),
        purpose: token.and_then(|token| token.purpose.as_deref()),
        act: match &answer.actor {
            Some(actor) => Some(acting(actor, own)),
            None => own,
        },
        addresses: entry.addresses.sealed(),
        ends_at: entry.ends_at,
    }
}

/// Who came with the scope token is the latest who acts; whoever acted before stays named (RFC 8693 section 4.1).
fn acting(actor: &Actor, before: Option<ActorClaim>) -> ActorClaim {
    ActorClaim {
        sub: actor.subject.clone(),
        client_id: (actor.client_id != actor.subject).then(|| actor.client_id.clone()),
        act: before.map(Box::new),
    }
}

/// What is wrong with the claims can only be their length.
fn fault(error: TokenError) -> Error {
    match error {
        TokenError::Unavailable(cause) => Error::Unavailable(cause),
        _ => Error::Internal("the credential has more scopes than fit into a token for the upstream".into()),
    }
}
