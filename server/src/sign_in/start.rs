//! `GET /sign-in/{provider}?to=`: off to the provider.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_app::context::SignInError;
use latchkey_app::routes;
use serde::Deserialize;

use super::ReturnPath;
use super::pending::Handshake;
use super::throttle;
use crate::http::{AppState, ClientIp, Problem};
use crate::sessions::CookieStyle;

/// What the link says.
#[derive(Deserialize)]
pub struct Wish {
    to: Option<String>,
}

/// Redirects to the provider, or back to the sign-in page with what went wrong.
pub async fn start(
    State(state): State<AppState>,
    Path(id): Path<String>,
    wish: Result<Query<Wish>, axum::extract::rejection::QueryRejection>,
    ip: ClientIp,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let to = ReturnPath::new(wish.ok().and_then(|Query(wish)| wish.to).as_deref());
    let Some(provider) = state.providers.find(&id) else { return Ok(see(routes::SIGN_IN)) };
    throttle::count(&state, ip)?;
    let style = CookieStyle::of(&state.settings.public_url);
    let handshake = Handshake::begin(state.core.random.as_ref(), &headers, style);
    let url = match provider.authorization_url(&state.core, &handshake, &state.settings.public_url).await {
        Ok(url) => url,
        Err(error) => {
            error.log(&id);
            return Ok(see(&routes::sign_in_error(SignInError::ProviderUnavailable, Some(to.as_str()))));
        }
    };
    handshake.wait(&state.core, &id, &to).await?;
    let cookie = handshake.cookie(style);
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, url.as_str()), (header::SET_COOKIE, &cookie)]).into_response())
}

pub(super) fn see(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}
