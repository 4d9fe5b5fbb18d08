//! `POST /sign-out`, and on by GET to the provider's logout (OpenID Connect RP-Initiated Logout 1.0). Browsers hold
//! the whole chain of redirects that follows a post to the page's `form-action`, so the chain ends at `/signed-out`,
//! and that page goes on by itself (contract section 9).

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use latchkey_app::context::Visitor;
use latchkey_app::routes;
use latchkey_core::accounts;
use tower_sessions::Session;

use super::start::see;
use crate::http::{AppState, Problem};
use crate::sessions::{CookieStyle, read_cookie};

/// Which provider's logout comes next; the cookie's name, but for `__Host-`.
const COOKIE: &str = "latchkey-signed-out";
const COOKIE_SECONDS: u64 = 60;
/// Clear Site Data, section 3.1.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Ends the session.
pub async fn sign_out(
    State(state): State<AppState>,
    Extension(visitor): Extension<Visitor>,
    session: Session,
) -> Result<Response, Problem> {
    if session.id().is_some() {
        session.flush().await.map_err(|error| Problem::unavailable(&error))?;
    }
    let Some(signed_in) = visitor.signed_in else { return Ok(see(routes::SIGNED_OUT)) };
    accounts::sign_out(&state.core, &signed_in.caller).await?;
    let mut response = see(routes::SIGNED_OUT);
    // pages that the browser kept for going back are of nobody who is signed in any more (ASVS 14.3.1)
    response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    if let Some(provider) = state.providers.of_issuer(&signed_in.user.identity.issuer) {
        let cookie = CookieStyle::of(&state.settings.public_url).set(COOKIE, provider.id(), COOKIE_SECONDS);
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    Ok(response)
}

/// Around the pages: `GET /signed-out` right after a sign-out goes on to the provider's logout, where it has one.
/// The provider leads back to `/signed-out`, which then is the page.
pub async fn continue_at_provider(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if request.uri().path() != routes::SIGNED_OUT {
        return next.run(request).await;
    }
    let style = CookieStyle::of(&state.settings.public_url);
    let provider = read_cookie(request.headers(), &style.name(COOKIE)).and_then(|id| state.providers.find(id));
    let Some(provider) = provider else { return next.run(request).await };
    let back = format!("{}{}", state.settings.public_url, routes::SIGNED_OUT);
    let logout = provider.logout_url(&state.core, &back).await;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(forget) = HeaderValue::from_str(&style.set(COOKIE, "", 0)) {
        headers.append(header::SET_COOKIE, forget);
    }
    if let Some(refresh) = logout.and_then(|url| HeaderValue::from_str(&format!("0; url={url}")).ok()) {
        headers.insert(header::REFRESH, refresh);
    }
    response
}
