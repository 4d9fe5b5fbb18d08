//! `GET /sign-in/{provider}/callback`: back from the provider.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use latchkey_app::context::SignInError;
use latchkey_app::routes;
use latchkey_core::accounts::{self, Identity};
use serde::Deserialize;
use tower_sessions::Session;

use super::ReturnPath;
use super::pending::Handshake;
use super::provider::{Failure, Provider};
use super::start::see;
use super::throttle;
use crate::http::{AppState, ClientIp, Problem};
use crate::sessions::{self, CookieStyle};

/// The authorization response (RFC 6749 section 4.1.2, RFC 9207 section 2). Whatever else stands there is ignored,
/// and nothing of it is ever shown.
#[derive(Default, Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// Signs the person in and leads them to where they wanted to go, or back to the sign-in page with what went wrong.
pub async fn callback(
    State(state): State<AppState>,
    Path(id): Path<String>,
    answer: Result<Query<Answer>, axum::extract::rejection::QueryRejection>,
    ip: ClientIp,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let Some(provider) = state.providers.find(&id) else { return Ok(see(routes::SIGN_IN)) };
    let style = CookieStyle::of(&state.settings.public_url);
    let handshake = answer.state.as_deref().and_then(|state| Handshake::resume(state, &headers, style));
    let Some(handshake) = handshake else { return Ok(see(&routes::sign_in_error(SignInError::Expired, None))) };
    throttle::count(&state, ip)?;
    let Some(to) = handshake.take(&state.core, &id).await? else {
        return Ok(see(&routes::sign_in_error(SignInError::Expired, None)));
    };

    let identity = match identify(&state, provider, &handshake, &answer).await {
        Ok(identity) => identity,
        Err(failure) => return Ok(failed(&id, &failure, &to)),
    };
    let user = accounts::sign_in(&state.core, identity, ip.0).await?;
    sessions::start(&session, &user, ip, &headers).await?;
    Ok(see(to.as_str()))
}

async fn identify(
    state: &AppState,
    provider: &Provider,
    handshake: &Handshake,
    answer: &Answer,
) -> Result<Identity, Failure> {
    provider.check_issuer(&state.core, answer.iss.as_deref()).await?;
    if answer.error.is_some() {
        return Err(Failure::Denied);
    }
    let code = answer.code.as_deref().ok_or(Failure::Answer("no code".into()))?;
    provider.identify(&state.core, handshake, code, &state.settings.public_url).await
}

fn failed(provider: &str, failure: &Failure, to: &ReturnPath) -> Response {
    failure.log(provider);
    let error = match failure {
        Failure::Denied => SignInError::Denied,
        Failure::Unreachable(_) => SignInError::ProviderUnavailable,
        Failure::Answer(_) => SignInError::ProviderAnswer,
        Failure::DomainNotAllowed => SignInError::DomainNotAllowed,
    };
    see(&routes::sign_in_error(error, Some(to.as_str())))
}
