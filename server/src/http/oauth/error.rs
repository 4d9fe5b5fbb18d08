//! Errors as RFC 6749 section 5.2 has them. Descriptions are fixed words: nothing of the request is repeated (A8).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::error::Cause;
use latchkey_core::oauth::{RegistrationError, TokenError};
use serde::Serialize;

use crate::http::problem::Chain;

/// The challenge for a client that failed to authenticate.
const CHALLENGE: &str = "Basic realm=\"latchkey\", charset=\"UTF-8\"";
/// How long to wait when the answer can't be known, in seconds.
const RETRY_AFTER_UNAVAILABLE: u32 = 1;

/// An error answer of the token endpoint.
#[derive(Debug)]
pub struct OAuthError {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
    challenge: Option<&'static str>,
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl OAuthError {
    fn new(status: StatusCode, code: &'static str, description: &'static str) -> Self {
        Self { status, code, description, challenge: None, retry_after: None }
    }

    /// 400 `invalid_request`.
    pub fn invalid_request(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 413: the code that fits best.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "The body is too large: 64 KiB are the most.")
    }

    /// 408: the body didn't come in time.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", "The body came too slowly.")
    }

    /// 401 `invalid_client`: one answer for an unknown client, a wrong secret and no authentication (A9).
    pub fn invalid_client() -> Self {
        Self {
            challenge: Some(CHALLENGE),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Client authentication failed: no such client, a wrong proof, or not the way in which it authenticates.",
            )
        }
    }

    /// 401 `invalid_token`: a verification key that isn't good (RFC 6750 section 3.1, B4).
    pub fn invalid_token() -> Self {
        Self {
            challenge: Some("Bearer error=\"invalid_token\""),
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", "The verification key is not good.")
        }
    }

    /// 401 `invalid_token`: an initial access token that isn't good (RFC 6750 section 3.1, RFC 7591 section 3.2.2).
    pub fn invalid_initial_access_token() -> Self {
        Self { description: "Send an initial access token that holds, as Bearer.", ..Self::invalid_token() }
    }

    /// The same where none was sent: then the challenge names no error (RFC 6750 section 3.1, B3).
    pub fn missing_initial_access_token() -> Self {
        Self { challenge: Some("Bearer realm=\"latchkey\""), ..Self::invalid_initial_access_token() }
    }

    /// 400 `invalid_client_metadata` (RFC 7591 section 3.2.2).
    pub fn invalid_client_metadata(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_client_metadata", description)
    }

    /// 400 `invalid_grant`: an action token that can't be swapped, whatever the reason.
    pub fn invalid_action_token() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_grant",
            "This is no action token, or it was used already, is over or was revoked. Ask for a new link.",
        )
    }

    /// 503: the answer can't be known now.
    fn unavailable(cause: &Cause) -> Self {
        tracing::warn!(error = %Chain(cause.as_ref()), "a token request can't be answered now");
        Self {
            retry_after: Some(RETRY_AFTER_UNAVAILABLE),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "This cannot be answered now. Try again in a moment.",
            )
        }
    }
}

impl From<RegistrationError> for OAuthError {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::InvalidToken => Self::invalid_initial_access_token(),
            RegistrationError::InvalidRedirectUri => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_redirect_uri",
                "Nobody is redirected here: leave out redirect_uris.",
            ),
            RegistrationError::InvalidClientMetadata(description) => Self::invalid_client_metadata(description),
            RegistrationError::Unavailable(cause) => Self::unavailable(&cause),
        }
    }
}

impl From<TokenError> for OAuthError {
    fn from(error: TokenError) -> Self {
        let bad = |code, description| Self::new(StatusCode::BAD_REQUEST, code, description);
        match error {
            TokenError::InvalidRequest(description) => Self::invalid_request(description),
            TokenError::InvalidClient => Self::invalid_client(),
            TokenError::InvalidGrant => bad(
                "invalid_grant",
                "The assertion proves nothing here, was used before, or stands for somebody who may not act. Nothing was issued.",
            ),
            TokenError::UnsupportedGrantType(description) => bad("unsupported_grant_type", description),
            TokenError::UnauthorizedClient(description) => bad("unauthorized_client", description),
            TokenError::InvalidScope => bad(
                "invalid_scope",
                "A scope is not granted to this client for this API, or is no scope. Nothing was issued.",
            ),
            TokenError::InvalidTarget => {
                bad("invalid_target", "Name one API that this client is granted, by resource or audience.")
            }
            TokenError::UnsupportedTokenType => bad(
                "unsupported_token_type",
                "Only access tokens are revoked here. End keys and secrets in the portal or by the management API.",
            ),
            TokenError::InvalidDpopProof(description) => bad("invalid_dpop_proof", description),
            TokenError::UseDpopNonce => {
                bad("use_dpop_nonce", "Put the value of the DPoP-Nonce header into the proof as nonce, and ask again.")
            }
            TokenError::TooMany(seconds) => Self {
                retry_after: Some(seconds),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "temporarily_unavailable",
                    "Too many wrong secrets. Wait, then try again.",
                )
            },
            TokenError::QuotaUsedUp(seconds) => Self {
                retry_after: Some(seconds),
                ..Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "temporarily_unavailable",
                    "This client got as many tokens as it may get today. Keep tokens until they expire; the day ends at midnight UTC.",
                )
            },
            TokenError::Unavailable(cause) => Self::unavailable(&cause),
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Json(Body { error: self.code, error_description: self.description });
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = self.challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<OAuthError> {
        vec![
            OAuthError::too_large(),
            OAuthError::too_slow(),
            TokenError::InvalidClient.into(),
            OAuthError::invalid_token(),
            OAuthError::invalid_action_token(),
            TokenError::UnsupportedTokenType.into(),
            TokenError::InvalidScope.into(),
            TokenError::InvalidTarget.into(),
            TokenError::TooMany(3).into(),
            TokenError::QuotaUsedUp(60).into(),
            RegistrationError::InvalidToken.into(),
            RegistrationError::InvalidRedirectUri.into(),
            TokenError::Unavailable("canary".into()).into(),
        ]
    }

    // A8
    #[test]
    fn descriptions_have_the_characters_of_the_rfc() {
        for error in all() {
            let allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
            assert!(error.description.bytes().all(allowed), "{}", error.description);
            assert!(error.code.bytes().all(allowed));
        }
    }

    // A9, G6
    #[test]
    fn headers_go_with_the_status() {
        let failed = OAuthError::invalid_client().into_response();
        assert_eq!(failed.status(), 401);
        assert!(failed.headers()[header::WWW_AUTHENTICATE].to_str().unwrap().starts_with("Basic realm="));
        let busy = OAuthError::from(TokenError::TooMany(3)).into_response();
        assert_eq!((busy.status().as_u16(), busy.headers()[header::RETRY_AFTER].to_str().unwrap()), (429, "3"));
        let used_up = OAuthError::from(TokenError::QuotaUsedUp(60)).into_response();
        assert_eq!((used_up.status().as_u16(), used_up.headers()[header::RETRY_AFTER].to_str().unwrap()), (429, "60"));
        let down = OAuthError::from(TokenError::Unavailable("x".into())).into_response();
        assert_eq!((down.status().as_u16(), down.headers()[header::RETRY_AFTER].to_str().unwrap()), (503, "1"));
    }
}
