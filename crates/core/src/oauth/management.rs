//! Tokens for the management API: a service account drives it with its roles, instead of with a management key.

use latchkey_jose::{AccessToken, AddressRules, Cred, Principal};
use latchkey_types::{ScopeSet, ServiceAccountId};

use super::party::Party;
use super::{IssuedToken, TokenError, TokenRequest, TokenType};
use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::random::token_id;
use crate::signing::{self, SigningAlg};

/// Where the management API stands, below the public URL.
const PATH: &str = "/api/v1";
/// How long such a token lives, in seconds.
const LIFE_SECONDS: i64 = 300;

/// The management API's own audience: `<public_url>/api/v1`.
pub(crate) fn audience(core: &Core) -> String {
    format!("{}{PATH}", core.settings.issuer)
}

/// Whether `resource` or `audience` names it.
pub(super) fn is_asked_for(core: &Core, request: &TokenRequest) -> bool {
    let audience = audience(core);
    request.resource.iter().chain(&request.audience).any(|name| *name == audience)
}

/// Whether the party may have one: a service account, by a request for nothing else. There are no scopes: its roles say
/// what it may, each time it calls.
pub(super) fn check(party: &Party, request: &TokenRequest) -> Result<(), TokenError> {
    let mut named = request.resource.iter().chain(&request.audience);
    let first = named.next();
    if named.any(|other| Some(other) != first) || party.id.parse::<ServiceAccountId>().is_err() {
        return Err(TokenError::InvalidTarget);
    }
    if request.scope.is_some() {
        return Err(TokenError::InvalidScope);
    }
    if request.dpop.is_some() {
        return Err(TokenError::InvalidRequest("Tokens for the management API are not bound: send no DPoP proof."));
    }
    Ok(())
}

/// Issues one. It isn't counted as usage: no API's owner is asked.
pub(super) async fn issue(core: &Core, party: &Party, proven_by: Option<&str>) -> Result<IssuedToken, TokenError> {
    let key = signing::signer(core, SigningAlg::default()).await?;
    let now = core.clock.now().floor_to(1);
    let claims = AccessToken {
        iss: core.settings.issuer.clone(),
        sub: party.id.clone(),
        aud: audience(core),
        exp: now.plus_seconds(LIFE_SECONDS),
        iat: now,
        nbf: now,
        jti: token_id(core.random.as_ref()),
        client_id: party.id.clone(),
        scope: ScopeSet::default(),
        org: party.holder.id.clone(),
        principal: Principal::Service,
        cred: Cred::JwtBearer,
        act: None,
        may_act: None,
        cnf: None,
        purpose: None,
        addresses: AddressRules::sealed([&party.addresses]),
    };
    let token = claims.sign(&key).map_err(|error| TokenError::Unavailable(Box::new(error)))?;
    core.recorder.note_use(&party.id);
    if let Some(id) = proven_by {
        core.recorder.note_use(id);
    }
    Ok(IssuedToken {
        access_token: PlainSecret::new(token),
        token_type: TokenType::Bearer,
        expires_in: LIFE_SECONDS,
        scope: claims.scope,
        issued_token_type: None,
    })
}
