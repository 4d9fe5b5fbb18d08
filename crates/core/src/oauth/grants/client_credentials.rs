use latchkey_jose::{AccessToken, Cred, Principal};
use latchkey_types::{Outcome, ScopeSet};

use super::client::{self, Client};
use super::target::{self, Target};
use super::{IssuedToken, TokenError, TokenRequest};
use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::random::token_id;
use crate::signing;
use crate::usage::Counted;

const CLIENT_CREDENTIALS: &str = "client_credentials";

/// Issues an access token by the `client_credentials` grant (RFC 6749 section 4.4), as a JWT of RFC 9068. There is no
/// refresh token (A10), and a scope is never reduced silently.
///
/// # Errors
/// [`TokenError`]; the first of: no client authentication, a bad grant type, the client, the API, the scope.
pub async fn token(core: &Core, request: TokenRequest) -> Result<IssuedToken, TokenError> {
    let presented = request.client.as_ref().ok_or(TokenError::InvalidClient)?;
    match request.grant_type.as_deref() {
        Some(CLIENT_CREDENTIALS) => {}
        Some(_) => return Err(TokenError::UnsupportedGrantType("grant_type must be client_credentials")),
        None => return Err(TokenError::InvalidRequest("grant_type is missing")),
    }
    let client = client::authenticate(core, presented).await?;
    let target = target::choose(&client.row, &request)?;
    let scopes = target::choose_scopes(request.scope.as_deref(), &target)?;
    let token = issue(core, &client, &target, scopes).await?;
    count(core, &client, &target);
    Ok(token)
}

async fn issue(core: &Core, client: &Client, target: &Target<'_>, scopes: ScopeSet) -> Result<IssuedToken, TokenError> {
    let ring = signing::current(core).await?;
    // claims count whole seconds: from the start of this one, so that `expires_in` is never more than the token has
    let now = core.clock.now().floor_to(1);
    let app = &client.row.app;
    let expires_in = i64::from(target.api.token_ttl_seconds);
    let claims = AccessToken {
        iss: core.settings.issuer.clone(),
        sub: app.id.to_string(),
        aud: target.api.audience.clone(),
        exp: now.plus_seconds(expires_in),
        iat: now,
        nbf: now,
        jti: token_id(core.random.as_ref()),
        client_id: app.id.to_string(),
        scope: scopes,
        org: client.row.holder.id.clone(),
        principal: Principal::Service,
        cred: Cred::ClientCredentials,
    };
    // the only thing that can be wrong with the claims is their length: too many scopes for one token
    let token = claims.sign(ring.active()).map_err(|_| TokenError::InvalidScope)?;
    Ok(IssuedToken { access_token: PlainSecret::new(token), expires_in, scope: claims.scope })
}

fn count(core: &Core, client: &Client, target: &Target<'_>) {
    core.recorder.count(Counted {
        credential: Some(client.row.app.id.to_string()),
        generation: 0,
        holder: Some(client.row.holder.id.clone()),
        api: target.api.id.clone(),
        api_owner: target.api.org.clone(),
        outcome: Outcome::Issued,
    });
    core.recorder.note_use(client.secret.as_str());
}
