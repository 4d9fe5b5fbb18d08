use super::grants::{client_credentials, jwt_bearer, token_exchange};
use super::{ClientAuthentication, IssuedToken, TokenError, TokenRequest};
use crate::core::Core;

/// Issues an access token (RFC 6749 section 3.2). There is no refresh token (A10), and a scope is never reduced silently.
///
/// # Errors
/// [`TokenError`]; the first of: no client authentication, a bad grant type, the client, the API, the scope.
pub async fn token(core: &Core, request: TokenRequest) -> Result<IssuedToken, TokenError> {
    // the assertion is what proves who asks
    if request.grant_type.as_deref() == Some(jwt_bearer::GRANT_TYPE) {
        let request = without_certificate(request);
        return jwt_bearer::token(core, &request).await;
    }
    let authentication = request.client.as_ref().ok_or(TokenError::InvalidClient)?;
    match request.grant_type.as_deref() {
        Some(client_credentials::GRANT_TYPE) => client_credentials::token(core, authentication, &request).await,
        Some(token_exchange::GRANT_TYPE) => token_exchange::token(core, authentication, &request).await,
        Some(_) => Err(TokenError::UnsupportedGrantType(
            "grant_type must be client_credentials, or the jwt-bearer or token-exchange of urn:ietf:params:oauth:grant-type",
        )),
        None => Err(TokenError::InvalidRequest("grant_type is missing")),
    }
}

/// A certificate that merely is there authenticates no client where none has to be: `client_id` then says for whom the
/// token is to be.
fn without_certificate(request: TokenRequest) -> TokenRequest {
    match request.client {
        Some(ClientAuthentication::Certificate(client)) => {
            TokenRequest { client: None, client_id: Some(client.id), ..request }
        }
        _ => request,
    }
}
