//! The authorization endpoint (OpenID Connect Core section 3.1.2; RFC 6749 section 4.1.1; RFC 7636; RFC 9207).

use std::sync::{Arc, PoisonError};

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

use crate::codes::Grant;
use crate::page;
use crate::parameters::Parameters;
use crate::users::{self, USERS};
use crate::{Client, Provider};

/// A request that may be answered with a code.
struct AuthorizationRequest<'a> {
    client: &'a Client,
    answer: Answer,
    scope: String,
    nonce: Option<String>,
    code_challenge: String,
}

/// Where the answer goes: a redirect URI that belongs to the client, with the request's `state`.
struct Answer {
    issuer: String,
    redirect_uri: String,
    state: Option<String>,
}

impl Answer {
    /// Sends the browser back with these parameters, `state` and `iss`.
    fn send(&self, parameters: &[(&str, &str)]) -> Response {
        let Ok(mut location) = Url::parse(&self.redirect_uri) else {
            return page::problem("The client's registered redirect_uri is not a URL.");
        };
        location
            .query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(self.state.as_ref().map(|state| ("state", state)))
            .append_pair("iss", &self.issuer);
        Redirect::to(location.as_str()).into_response()
    }

    fn refuse(&self, error: &str, description: &str) -> Response {
        self.send(&[("error", error), ("error_description", description)])
    }
}

/// `GET /authorize`: a page to pick the user.
pub async fn choose_user(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    match read_request(&provider, &query) {
        Ok(request) => page::choose_user(&request.client.client_id, &USERS, &query),
        Err(refusal) => *refusal,
    }
}

/// `GET /authorize/{user}`: the user was picked. A link and not a form, so that `form-action` need not allow the way back.
pub async fn issue_code(
    State(provider): State<Arc<Provider>>,
    Path(subject): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let request = match read_request(&provider, &query.unwrap_or_default()) {
        Ok(request) => request,
        Err(refusal) => return *refusal,
    };
    let Some(user) = users::find(&subject) else {
        return (StatusCode::NOT_FOUND, page::problem("There is no such user.")).into_response();
    };
    let grant = Grant {
        user,
        client_id: request.client.client_id.clone(),
        redirect_uri: request.answer.redirect_uri.clone(),
        scope: request.scope,
        nonce: request.nonce,
        code_challenge: request.code_challenge,
        issued_at: provider.now(),
    };
    let random = (provider.config.random)();
    let code = provider.codes.lock().unwrap_or_else(PoisonError::into_inner).issue(random, grant);
    match code {
        Some(code) => request.answer.send(&[("code", &code)]),
        None => request.answer.refuse("temporarily_unavailable", "too many sign-ins at once"),
    }
}

/// Checks the request. Without a known client and a redirect URI of its own the browser is shown a page and sent
/// nowhere (RFC 6749 section 4.1.2.1).
fn read_request<'a>(provider: &'a Provider, query: &str) -> Result<AuthorizationRequest<'a>, Box<Response>> {
    let parameters = Parameters::parse(query.as_bytes());
    let show = |text| Box::new(page::problem(text));
    let client = parameters
        .get("client_id")
        .and_then(|id| provider.client(id))
        .ok_or_else(|| show("This client_id is not known here."))?;
    let redirect_uri = parameters
        .get("redirect_uri")
        .filter(|uri| client.redirect_uris.iter().any(|registered| registered == uri))
        .ok_or_else(|| show("The redirect_uri is not one that the client registered."))?;
    let answer = Answer {
        issuer: provider.config.issuer.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: parameters.get("state").map(str::to_owned),
    };
    if let Err((error, description)) = check_parameters(&parameters) {
        return Err(Box::new(answer.refuse(error, description)));
    }
    Ok(AuthorizationRequest {
        client,
        answer,
        scope: parameters.get("scope").unwrap_or_default().to_owned(),
        nonce: parameters.get("nonce").map(str::to_owned),
        code_challenge: parameters.get("code_challenge").unwrap_or_default().to_owned(),
    })
}

fn check_parameters(parameters: &Parameters) -> Result<(), (&'static str, &'static str)> {
    if parameters.repeated().is_some() {
        return Err(("invalid_request", "a parameter comes twice"));
    }
    if parameters.get("request").is_some() {
        return Err(("request_not_supported", "request objects are not supported"));
    }
    if parameters.get("request_uri").is_some() {
        return Err(("request_uri_not_supported", "request objects are not supported"));
    }
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "response_type must be code")),
        None => return Err(("invalid_request", "response_type is missing")),
    }
    if parameters.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "response_mode must be query"));
    }
    if !parameters.get("scope").is_some_and(|scope| scope.split(' ').any(|scope| scope == "openid")) {
        return Err(("invalid_scope", "scope must hold openid"));
    }
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    if !parameters.get("code_challenge").is_some_and(is_s256_challenge) {
        return Err(("invalid_request", "code_challenge must be a SHA-256 in base64url"));
    }
    if parameters.get("prompt") == Some("none") {
        return Err(("login_required", "a user must be picked"));
    }
    Ok(())
}

fn is_s256_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
