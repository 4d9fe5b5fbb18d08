//! RP-initiated logout (OpenID Connect RP-Initiated Logout section 2). The provider keeps no session, every sign-in
//! picks a user anew, so there is only the way back to find.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use latchkey_jose::CompactJws;
use url::Url;

use crate::parameters::Parameters;
use crate::token::ID_TOKEN_TYPE;
use crate::{Client, Provider, page};

/// `GET /logout`.
pub async fn by_link(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    sign_out(&provider, query.unwrap_or_default().as_bytes())
}

/// `POST /logout`.
pub async fn by_form(State(provider): State<Arc<Provider>>, body: Bytes) -> Response {
    sign_out(&provider, &body)
}

fn sign_out(provider: &Provider, encoded: &[u8]) -> Response {
    let parameters = Parameters::parse(encoded);
    if parameters.repeated().is_some() {
        return page::problem("A parameter comes twice.");
    }
    let Some(target) = parameters.get("post_logout_redirect_uri") else {
        return page::signed_out();
    };
    let client = match find_client(provider, &parameters) {
        Ok(client) => client,
        Err(text) => return page::problem(text),
    };
    let registered = client.post_logout_redirect_uris.iter().any(|uri| uri == target);
    match Url::parse(target) {
        Ok(mut location) if registered => {
            if let Some(state) = parameters.get("state") {
                location.query_pairs_mut().append_pair("state", state);
            }
            Redirect::to(location.as_str()).into_response()
        }
        _ => page::problem("The post_logout_redirect_uri is not one that the client registered."),
    }
}

/// Whom the ID token was for, and `client_id` names; both where both are given.
fn find_client<'a>(provider: &'a Provider, parameters: &Parameters) -> Result<&'a Client, &'static str> {
    let hinted = parameters
        .get("id_token_hint")
        .map(|token| audience_of(provider, token).ok_or("The id_token_hint is not an ID token of this provider."))
        .transpose()?;
    let named = parameters.get("client_id");
    let client_id = match (hinted.as_deref(), named) {
        (Some(hinted), Some(named)) if hinted != named => {
            return Err("The id_token_hint is another client's.");
        }
        (Some(client_id), _) | (None, Some(client_id)) => client_id,
        (None, None) => return Err("Neither id_token_hint nor client_id says which client asks."),
    };
    provider.client(client_id).ok_or("This client is not known here.")
}

/// The `aud` of an ID token of ours. It may have expired: people stay signed in for longer.
fn audience_of(provider: &Provider, token: &str) -> Option<String> {
    let jws = CompactJws::parse(token).ok()?;
    let claims = jws.verify(&provider.key.public_key(), ID_TOKEN_TYPE).ok()?;
    claims.get("aud")?.as_str().map(str::to_owned)
}
