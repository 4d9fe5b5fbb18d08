//! Trading a secret for a key, once: the client registers its public key by an authenticated call, and its secrets end
//! by the same commit.

use std::net::IpAddr;

use latchkey_jose::{Assertion, AssertionKind, CompactJws};
use serde_json::{Value, json};

use super::client_authentication::{self, use_up};
use super::{ClientAuthentication, RegisteredClient, TokenError};
use crate::apps::{ClientKey, MAX_CLIENT_KEYS};
use crate::audit::AuditEntry;
use crate::caller::{Actor, Caller};
use crate::client_keys;
use crate::core::Core;
use crate::ports::StoreError;

/// How far ahead the proof of possession may end, in seconds.
pub const MAX_PROOF_SECONDS: i64 = 5 * 60;

/// What a client sends to `POST /oauth/bootstrap`.
#[derive(Clone, Debug, Default)]
pub struct BootstrapRequest {
    /// Its secret.
    pub client: Option<ClientAuthentication>,
    /// `jwk`: its public key (RFC 7517), as JSON.
    pub jwk: Option<String>,
    /// `proof`: an assertion about itself (RFC 7523 section 3), signed with that key, that ends within
    /// [`MAX_PROOF_SECONDS`].
    pub proof: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
}

/// Registers the key and ends all secrets of the app in one commit: of many calls at once exactly one does (F-17).
/// Answers the client as it is from now on, with all of its keys.
///
/// # Errors
/// [`TokenError::InvalidClient`] for whoever isn't a client with a secret for this; [`TokenError::InvalidRequest`] for
/// what is no usable public key, a proof that doesn't hold or was used before.
pub async fn bootstrap(core: &Core, request: BootstrapRequest) -> Result<RegisteredClient, TokenError> {
    let Some(ClientAuthentication::Secret(credentials)) = &request.client else {
        return Err(TokenError::InvalidClient);
    };
    let (row, secret) = client_authentication::by_bootstrap_secret(core, credentials).await?;
    if !row.app.addresses.admit(request.ip) {
        return Err(TokenError::InvalidClient);
    }
    let key = read_key(core, request.jwk.as_deref())?;
    if row.keys.len() >= MAX_CLIENT_KEYS {
        return Err(TokenError::InvalidRequest("The client has as many keys as it may have. Delete one first."));
    }
    let proof = check_proof(core, row.app.id.as_str(), &key, request.proof.as_deref())?;
    use_up(core, &proof).await.map_err(|error| match error {
        TokenError::InvalidClient => TokenError::InvalidRequest("The proof was used before. Sign a new one."),
        other => other,
    })?;

    let caller = Caller { actor: Actor::System, ip: request.ip };
    let id = row.app.id.as_str();
    let entry = core.audit_entry(&caller, Some(&row.app.org), "app.bootstrap", ("app", id));
    let audit = AuditEntry { actor_kind: "app".to_owned(), actor_id: Some(id.to_owned()), ..entry }
        .with("key", key.id.as_str())
        .with("kid", key.kid.as_str())
        .with("secret", secret.as_str());
    match core.store.bootstrap_app(&row.app.org, &row.app.id, &secret, &key, &audit).await {
        Ok(true) => Ok(RegisteredClient::new(row.app, None, Some(as_jwks(&row.keys, &key)))),
        // somebody was faster: the secret has ended
        Ok(false) => Err(TokenError::InvalidClient),
        Err(StoreError::Taken("kid")) => {
            Err(TokenError::InvalidRequest("The client has a key of this kid already. Leave kid out, or give another."))
        }
        Err(error) => Err(error.into()),
    }
}

/// The new key, and those that were there, newest first.
fn as_jwks(before: &[ClientKey], new: &ClientKey) -> Value {
    // what was stored is JSON that this program wrote
    let jwk = |key: &ClientKey| serde_json::from_str::<Value>(&key.jwk).unwrap_or_default();
    let keys: Vec<Value> = std::iter::once(new).chain(before).map(jwk).collect();
    json!({ "keys": keys })
}

fn read_key(core: &Core, jwk: Option<&str>) -> Result<ClientKey, TokenError> {
    let jwk = jwk.ok_or(TokenError::InvalidRequest("jwk is missing: send the public key as a JWK."))?;
    let typed: Value =
        serde_json::from_str(jwk).map_err(|_| TokenError::InvalidRequest("jwk must be a JSON object (RFC 7517)."))?;
    client_keys::check_key(core, "jwk", &typed).ok().flatten().ok_or(TokenError::InvalidRequest(
        "jwk must be a public key for EdDSA, ES256, RS256 or PS256, without private members.",
    ))
}

/// That whoever sends the key has its private part, and means this registration.
fn check_proof(core: &Core, client: &str, key: &ClientKey, proof: Option<&str>) -> Result<Assertion, TokenError> {
    const EXPECTED: &str =
        "proof must be a JWT signed with the key: iss and sub the client_id, aud this issuer, jti, exp.";
    let bad = || TokenError::InvalidRequest(EXPECTED);
    let proof = proof.ok_or_else(bad)?;
    let jws = CompactJws::parse(proof).map_err(|_| bad())?;
    let public = client_keys::public_key(key)?;
    let now = core.clock.now();
    let kind = AssertionKind::ClientAuthentication;
    let assertion = Assertion::verify(&jws, &public, kind, &core.settings.issuer, now).map_err(|_| bad())?;
    if assertion.iss != client {
        return Err(bad());
    }
    if assertion.exp > now.plus_seconds(MAX_PROOF_SECONDS) {
        return Err(TokenError::InvalidRequest("The proof must end within 5 minutes."));
    }
    Ok(assertion)
}
