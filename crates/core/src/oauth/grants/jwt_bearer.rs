//! The JWT bearer grant (RFC 7523 section 2.1): a service account proves itself by an assertion that it signs, or a
//! workload by a token of an outside issuer that a rule takes.
//!
//! No client authentication is needed (RFC 7523 section 3.1); where it is sent, it must be good. `client_id` may say for
//! whom the token is to be. Whatever is wrong with the assertion, the answer is the same (J5).

use latchkey_jose::{Assertion, AssertionKind, CompactJws, Cred, Principal, PublicKey};
use latchkey_types::{ServiceAccountId, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::client_keys;
use crate::core::Core;
use crate::error::Error;
use crate::oauth::client_authentication::decoy;
use crate::oauth::issue::{Decision, issue};
use crate::oauth::party::Party;
use crate::oauth::{IssuedToken, TokenError, TokenRequest, client_authentication, management, target};
use crate::workloads::{self, Unresolved};

/// `grant_type`.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Whom an assertion stands for, and what it may be used once by.
struct Proven {
    party: Party,
    /// The key that signed it, for its last use.
    proven_by: Option<String>,
    issuer: String,
    id_hash: [u8; 32],
    exp: Timestamp,
}

/// A token for whom the assertion stands for.
pub(in crate::oauth) async fn token(core: &Core, request: &TokenRequest) -> Result<IssuedToken, TokenError> {
    let assertion = request.assertion.as_ref().ok_or(TokenError::InvalidRequest("assertion is missing"))?;
    if let Some(authentication) = &request.client {
        client_authentication::authenticate(core, authentication).await?;
    }
    let proven = prove(core, assertion.expose(), request.client_id.as_deref()).await?;
    // J6: switched off, ended or suspended ends this way in too, and so does another address
    if !proven.party.is_active() || !proven.party.may_come_from(request.ip) {
        return Err(TokenError::InvalidGrant);
    }
    if management::is_asked_for(core, request) {
        management::check(&proven.party, request)?;
        use_once(core, &proven).await?;
        return management::issue(core, &proven.party, proven.proven_by.as_deref()).await;
    }
    let target = target::choose(&proven.party, request)?;
    let scopes = target::choose_scopes(request.scope.as_deref(), &target.scopes)?;
    use_once(core, &proven).await?;
    let decision = Decision {
        request,
        party: &proven.party,
        target: &target,
        scopes,
        subject: proven.party.id.clone(),
        principal: Principal::Service,
        cred: Cred::JwtBearer,
        proven_by: proven.proven_by.as_deref(),
    };
    issue(core, decision).await
}

/// Last of all: what was refused for another reason may be sent again (J3).
async fn use_once(core: &Core, proven: &Proven) -> Result<(), TokenError> {
    let space = format!("assertion/{}", proven.issuer);
    if core.store.use_once(&space, &proven.id_hash, proven.exp).await? { Ok(()) } else { Err(TokenError::InvalidGrant) }
}

async fn prove(core: &Core, assertion: &str, client_id: Option<&str>) -> Result<Proven, TokenError> {
    let jws = CompactJws::parse(assertion).map_err(|_| TokenError::InvalidGrant)?;
    let issuer = jws.unproven_claim("iss").ok_or(TokenError::InvalidGrant)?;
    match issuer.parse::<ServiceAccountId>() {
        Ok(id) => by_account(core, &jws, &id, client_id).await,
        Err(_) => by_workload(core, assertion, issuer, client_id).await,
    }
}

/// By an assertion that the account signed about itself.
async fn by_account(
    core: &Core,
    jws: &CompactJws<'_>,
    id: &ServiceAccountId,
    client_id: Option<&str>,
) -> Result<Proven, TokenError> {
    if client_id.is_some_and(|client_id| client_id != id.as_str()) {
        return Err(TokenError::InvalidGrant);
    }
    let row = core.store.find_verifiable_service_account(id).await?;
    let now = core.clock.now();
    let candidates = match &row {
        Some(row) => client_keys::candidates(&row.keys, jws, now)?,
        None => Vec::new(),
    };
    let verified = |key: &PublicKey| Assertion::verify(jws, key, AssertionKind::Grant, &core.settings.issuer, now).ok();
    let (Some(row), false) = (row, candidates.is_empty()) else {
        // an unknown account or key costs a check of a signature too (A9), which proves nothing: anybody has this key
        decoy::key(jws.header().alg()).and_then(|nobodys| verified(&nobodys));
        return Err(TokenError::InvalidGrant);
    };
    let proven = candidates.into_iter().find_map(|(id, key)| Some((id, verified(&key)?)));
    let (key, claims) = proven.ok_or(TokenError::InvalidGrant)?;
    if claims.iss != id.as_str() || claims.sub != id.as_str() {
        return Err(TokenError::InvalidGrant);
    }
    Ok(Proven {
        proven_by: Some(key.to_string()),
        issuer: claims.iss,
        id_hash: Sha256::digest(&claims.jti).into(),
        exp: claims.exp,
        party: Party::from(row),
    })
}

/// By a token of an outside issuer, through the workload rules for it.
async fn by_workload(core: &Core, token: &str, issuer: String, client_id: Option<&str>) -> Result<Proven, TokenError> {
    let resolved = workloads::resolve(core, token, &issuer, client_id).await.map_err(refusal)?;
    let party = Party::find(core, &resolved.principal).await?.ok_or(TokenError::InvalidGrant)?;
    if party.holder.id != resolved.org {
        return Err(TokenError::InvalidGrant);
    }
    Ok(Proven { party, proven_by: None, issuer, id_hash: resolved.id_hash, exp: resolved.exp })
}

fn refusal(unresolved: Unresolved) -> TokenError {
    match unresolved {
        Unresolved::NoRule | Unresolved::Ambiguous => TokenError::InvalidGrant,
        Unresolved::Failed(error) => Error::into(error),
    }
}
