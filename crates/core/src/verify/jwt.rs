//! First sight of a JWT: its signature, then the row of whom it was issued to.

use latchkey_jose::{AccessToken, CompactJws, Cred};
use latchkey_types::{KeyId, Outcome};

use super::api_caller::ApiCaller;
use super::entry::Entry;
use super::proven::Proven;
use super::{access_token, api_key};
use crate::core::Core;
use crate::error::Error;
use crate::signing;

/// Proves a JWT of ours for this API.
pub(super) async fn load(core: &Core, api: &ApiCaller, token: &str) -> Result<Result<Entry, Outcome>, Error> {
    let proven = match claims(core, token).await? {
        Ok(proven) => proven,
        Err(outcome) => return Ok(Err(outcome)),
    };
    if proven.claims.check_audience(&api.api.audience).is_err() {
        return Ok(Err(Outcome::WrongAudience));
    }
    match proven.claims.cred {
        Cred::JwtKey => of_key(core, proven).await,
        Cred::ClientCredentials | Cred::JwtBearer | Cred::TokenExchange | Cred::ActionToken => {
            access_token::entry(core, proven).await
        }
        // for the upstream behind a gateway alone
        Cred::Phantom => Ok(Err(Outcome::BadSignature)),
    }
}

/// The claims of a JWT that one of our keys signed; whose, for which API and when is up to the caller.
pub(super) async fn claims(core: &Core, token: &str) -> Result<Result<Proven, Outcome>, Error> {
    let Ok(jws) = CompactJws::parse(token) else { return Ok(Err(Outcome::Malformed)) };
    if !core.verifier.is_fresh(core.clock.monotonic()) {
        // the change log is out of sight: a signing key may have been revoked elsewhere
        core.keyring.mark_stale();
    }
    let ring = signing::current(core).await?;
    let Some(kid) = jws.header().kid() else { return Ok(Err(Outcome::BadSignature)) };
    let Some(key) = ring.public(kid) else { return Ok(Err(Outcome::BadSignature)) };
    let Ok(claims) = AccessToken::verify(&jws, key) else { return Ok(Err(Outcome::BadSignature)) };
    if claims.check_issuer(&core.settings.issuer).is_err() {
        return Ok(Err(Outcome::BadSignature));
    }
    if claims.cred == Cred::Phantom {
        // for a gateway's upstream alone: who sends it back has it from there
        return Ok(Err(Outcome::BadSignature));
    }
    Ok(Ok(Proven { claims, signed_by: Some(kid.to_owned()) }))
}

async fn of_key(core: &Core, proven: Proven) -> Result<Result<Entry, Outcome>, Error> {
    let Proven { claims, signed_by } = proven;
    let Ok(id) = claims.client_id.parse::<KeyId>() else { return Ok(Err(Outcome::NotFound)) };
    let Some(row) = core.store.find_verifiable_key(&id).await? else { return Ok(Err(Outcome::NotFound)) };
    let of_this_token = |generation: &crate::keys::Generation| generation.jti.as_deref() == Some(&claims.jti);
    let Some(position) = row.key.generations.iter().position(of_this_token) else {
        return Ok(Err(Outcome::NotFound));
    };
    Ok(Ok(api_key::entry(core, &row, position, Some(&claims), signed_by.as_deref()).await?))
}
