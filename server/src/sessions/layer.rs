//! Around every page: the session, who is behind it, and what the page is told about them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use latchkey_app::context::{SignedIn, Visitor};
use latchkey_core::accounts::{self, User};
use latchkey_core::{Actor, Caller, Core, Error};
use latchkey_types::{Timestamp, UserId};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use super::cookie::{self, CookieStyle};
use super::store::{self, IP, LAST_SEEN, PortalSessions, USER, USER_AGENT};
use crate::http::layers::security_headers::Nonce;
use crate::http::{AppState, ClientIp, Problem};

/// The session cookie's name, but for `__Host-`.
pub const COOKIE: &str = "latchkey-session";

/// How often a session is noted as seen.
const TOUCH_EVERY_SECONDS: i64 = 60;

/// Puts the session, and a [`Visitor`] in the request's extensions, around a router of pages.
pub fn around_pages(router: Router<AppState>, state: &AppState) -> Router<AppState> {
    let style = CookieStyle::of(&state.settings.public_url);
    let limits = state.settings.sessions;
    let absolute = i64::try_from(limits.absolute.as_secs()).unwrap_or(i64::MAX);
    let manager = SessionManagerLayer::new(PortalSessions::new(Arc::clone(&state.core), limits))
        .with_name(style.name(COOKIE))
        .with_secure(style.secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(time::Duration::seconds(absolute)));
    router
        .layer(from_fn_with_state(state.clone(), resolve))
        .layer(manager)
        .layer(from_fn_with_state(state.clone(), check_cookie))
}

/// Refuses a session cookie that comes twice: one of them was planted (Q1).
async fn check_cookie(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let style = CookieStyle::of(&state.settings.public_url);
    let name = style.name(COOKIE);
    if cookie::values(request.headers(), &name).count() > 1 {
        return Problem::bad_request("The session cookie came twice. Delete this site's cookies and sign in again.")
            .into_response();
    }
    let mut response = next.run(request).await;
    if style.secure {
        secure_removals(response.headers_mut(), &name);
    }
    response
}

/// tower-sessions takes a cookie back without `Secure`, and a browser ignores such a word about a `__Host-` cookie.
fn secure_removals(headers: &mut HeaderMap, name: &str) {
    for value in headers.iter_mut().filter_map(|(header, value)| (header == header::SET_COOKIE).then_some(value)) {
        let Ok(text) = value.to_str() else { continue };
        if text.starts_with(name)
            && !text.contains("; Secure")
            && let Ok(secure) = HeaderValue::from_str(&format!("{text}; Secure"))
        {
            *value = secure;
        }
    }
}

async fn resolve(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(session) = request.extensions().get::<Session>().cloned() else {
        return Problem::internal(&std::io::Error::other("no session layer")).into_response();
    };
    let ip = request.extensions().get::<ClientIp>().copied().unwrap_or(ClientIp(None));
    let signed_in = match signed_in(&state.core, &session, ip).await {
        Ok(signed_in) => signed_in,
        Err(error) => return Problem::from(error).into_response(),
    };
    let nonce = request.extensions().get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default();
    request.extensions_mut().insert(Visitor { signed_in, nonce });
    next.run(request).await
}

async fn signed_in(core: &Core, session: &Session, ip: ClientIp) -> Result<Option<SignedIn>, Error> {
    let Some(session_id) = session.id() else { return Ok(None) };
    let id: Option<UserId> = session.get(USER).await.map_err(unavailable)?;
    let Some(id) = id else { return Ok(None) };
    let Some(user) = accounts::find(core, &id).await? else {
        session.flush().await.map_err(unavailable)?;
        return Ok(None);
    };
    let session_hash = store::hash(&session_id);
    let last_seen: Option<i64> = session.get(LAST_SEEN).await.map_err(unavailable)?;
    let now = core.clock.now();
    if last_seen.is_some_and(|seen| Timestamp::from_millis(seen).plus_seconds(TOUCH_EVERY_SECONDS) <= now) {
        core.store.touch_session(&session_hash, now, ip.0).await?;
    }
    let operator = accounts::is_operator(core, &user);
    let caller = Caller { actor: Actor::User { id: user.id.clone(), operator }, ip: ip.0 };
    Ok(Some(SignedIn { user, caller, session: session_hash }))
}

/// Signs a person in: a new session id, whatever was there before (F-20, ASVS 7.2.4).
///
/// # Errors
/// [`Error::Unavailable`] where the store can't be asked.
pub async fn start(session: &Session, user: &User, ip: ClientIp, headers: &HeaderMap) -> Result<(), Error> {
    const LONGEST_USER_AGENT: usize = 256;
    session.clear().await;
    // `flush` would end the old session and then save the new one under the same id
    session.cycle_id().await.map_err(unavailable)?;
    session.insert(USER, user.id.as_str()).await.map_err(unavailable)?;
    if let Some(ip) = ip.0 {
        session.insert(IP, ip.to_string()).await.map_err(unavailable)?;
    }
    if let Some(agent) = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()) {
        let agent: String = agent.chars().take(LONGEST_USER_AGENT).collect();
        session.insert(USER_AGENT, agent).await.map_err(unavailable)?;
    }
    session.save().await.map_err(unavailable)
}

/// The hash under which this session is stored.
pub fn id_hash(session: &Session) -> Option<[u8; 32]> {
    session.id().map(|id| store::hash(&id))
}

fn unavailable(error: tower_sessions::session::Error) -> Error {
    Error::Unavailable(Box::new(error))
}
