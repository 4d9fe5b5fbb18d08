//! Revocation of access tokens, opaque and JWT (RFC 7009).

use std::net::IpAddr;

use latchkey_types::AppId;
use latchkey_types::secret::{self, SecretKind};

use super::{ClientAuthentication, TokenError, client_authentication};
use crate::apis::MAX_TOKEN_TTL_SECONDS;
use crate::audit::AuditEntry;
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::verify;

/// What was sent to the revocation endpoint.
#[derive(Clone, Debug)]
pub struct RevocationRequest {
    /// `token`.
    pub token: Option<PlainSecret>,
    /// How the client proves who it is.
    pub client: Option<ClientAuthentication>,
    /// From where.
    pub ip: Option<IpAddr>,
}

/// Ends an access token of this client: here when this returns, within a second on every other replica. What is unknown
/// or over already is as good as revoked (RFC 7009 section 2.2).
///
/// # Errors
/// [`TokenError::InvalidClient`], [`TokenError::InvalidRequest`] without a token, [`TokenError::UnauthorizedClient`] for
/// another client's token, [`TokenError::UnsupportedTokenType`] for what isn't a token, [`TokenError::Unavailable`]
/// where it couldn't be done: then it wasn't.
pub async fn revoke(core: &Core, request: &RevocationRequest) -> Result<(), TokenError> {
    let authentication = request.client.as_ref().ok_or(TokenError::InvalidClient)?;
    let client = client_authentication::authenticate(core, authentication).await?;
    if let Some(id) = &client.proven_by {
        core.recorder.note_use(id);
    }
    let token = request.token.as_ref().ok_or(TokenError::InvalidRequest("token is missing"))?.expose();
    if secret::parse(&core.settings.brand, token).is_ok_and(|secret| secret.kind != SecretKind::AccessToken) {
        return Err(TokenError::UnsupportedTokenType);
    }
    let Some(claims) = verify::prove(core, token).await?.map(|proven| proven.claims) else { return Ok(()) };
    if claims.client_id != client.party.id {
        return Err(TokenError::UnauthorizedClient("the token was issued to another client"));
    }
    if claims.exp <= core.clock.now() {
        return Ok(());
    }
    let system = Caller { actor: Actor::System, ip: request.ip };
    let audit = core
        .audit_entry(&system, Some(&client.party.holder.id), "token.revoke", ("access_token", &claims.jti))
        .with("api", claims.aud.as_str());
    // the client itself did it: no person, and no management key
    let kind = if client.party.id.parse::<AppId>().is_ok() { "app" } else { "service_account" };
    let audit = AuditEntry { actor_kind: kind.to_owned(), actor_id: Some(client.party.id.clone()), ..audit };
    // a shorter-lived copy with the same `jti` must not make the revocation end before the token does
    let until = claims.exp.max(claims.iat.plus_seconds(MAX_TOKEN_TTL_SECONDS));
    Ok(core.store.revoke_token(&claims.jti, until, &audit).await?)
}
