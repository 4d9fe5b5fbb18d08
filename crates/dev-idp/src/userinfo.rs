//! The userinfo endpoint (OpenID Connect Core section 5.3; RFC 6750).

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use latchkey_jose::CompactJws;
use serde::{Deserialize, Serialize};

use crate::Provider;
use crate::users::{self, User};

/// The `typ` of the access tokens: good for this endpoint alone, and never taken for an ID token.
pub const ACCESS_TOKEN_TYPE: &str = "userinfo+jwt";

/// What an access token says. Signed, so that nothing need be kept.
#[derive(Serialize, Deserialize)]
pub struct AccessToken {
    pub sub: String,
    pub scope: String,
    /// Seconds since 1970.
    pub exp: i64,
}

/// `GET` or `POST /userinfo`.
pub async fn userinfo(State(provider): State<Arc<Provider>>, headers: HeaderMap) -> Response {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return refuse("Bearer realm=\"userinfo\"");
    };
    let bearer = header.to_str().ok().and_then(|value| value.split_once(' '));
    match bearer.and_then(|(scheme, token)| read_token(&provider, scheme, token)) {
        Some((user, scope)) => Json(user.claims(&scope)).into_response(),
        None => refuse("Bearer realm=\"userinfo\", error=\"invalid_token\""),
    }
}

fn read_token(provider: &Provider, scheme: &str, token: &str) -> Option<(&'static User, String)> {
    let jws = CompactJws::parse(token).ok().filter(|_| scheme.eq_ignore_ascii_case("bearer"))?;
    let claims = jws.verify(&provider.key.public_key(), ACCESS_TOKEN_TYPE).ok()?;
    let token: AccessToken = claims.into_typed().ok()?;
    let user = users::find(&token.sub)?;
    (provider.now() < token.exp).then_some((user, token.scope))
}

fn refuse(challenge: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)]).into_response()
}
