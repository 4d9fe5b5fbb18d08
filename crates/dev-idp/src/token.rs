//! The token endpoint (OpenID Connect Core section 3.1.3; RFC 6749 sections 2.3, 4.1.3 and 5; RFC 7636 section 4.6).

use std::sync::{Arc, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use latchkey_jose::SignError;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::codes::Grant;
use crate::parameters::Parameters;
use crate::{Client, Provider, userinfo};

/// How long ID and access tokens hold, in seconds.
const TOKEN_LIFETIME: i64 = 300;
/// The `typ` of ID tokens.
pub const ID_TOKEN_TYPE: &str = "JWT";

/// An answer of RFC 6749 section 5.2.
pub struct TokenError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

const fn invalid_request(description: &'static str) -> TokenError {
    TokenError { status: StatusCode::BAD_REQUEST, error: "invalid_request", description }
}

const fn invalid_grant(description: &'static str) -> TokenError {
    TokenError { status: StatusCode::BAD_REQUEST, error: "invalid_grant", description }
}

const INVALID_CLIENT: TokenError = TokenError {
    status: StatusCode::UNAUTHORIZED,
    error: "invalid_client",
    description: "the client is not known or its secret is wrong",
};

impl From<SignError> for TokenError {
    fn from(_: SignError) -> Self {
        invalid_request("nonce is too long")
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": self.error, "error_description": self.description }));
        if self.status == StatusCode::UNAUTHORIZED {
            return (self.status, [(WWW_AUTHENTICATE, "Basic realm=\"token\"")], body).into_response();
        }
        (self.status, body).into_response()
    }
}

/// `POST /token`.
pub async fn exchange_code(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, TokenError> {
    let parameters = read_form(&headers, &body)?;
    let client = authenticate(&provider, &headers, &parameters)?;
    match parameters.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            return Err(TokenError {
                error: "unsupported_grant_type",
                ..invalid_request("grant_type must be authorization_code")
            });
        }
        None => return Err(invalid_request("grant_type is missing")),
    }
    let code = parameters.get("code").ok_or(invalid_request("code is missing"))?;
    let grant = provider
        .codes
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .redeem(code, provider.now())
        .filter(|grant| grant.client_id == client.client_id)
        .ok_or(invalid_grant("the code is not known, was used or is older than a minute"))?;
    if parameters.get("redirect_uri") != Some(&grant.redirect_uri) {
        return Err(invalid_grant("redirect_uri is not that of the authorization request"));
    }
    if !parameters.get("code_verifier").is_some_and(|verifier| is_verifier_of(verifier, &grant.code_challenge)) {
        return Err(invalid_grant("code_verifier does not belong to the code_challenge"));
    }
    issue_tokens(&provider, &grant).map(Json)
}

fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, TokenError> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(invalid_request("the body must be application/x-www-form-urlencoded"));
    }
    let parameters = Parameters::parse(body);
    if parameters.repeated().is_some() {
        return Err(invalid_request("a parameter comes twice"));
    }
    Ok(parameters)
}

/// The client, by `client_secret_basic` or `client_secret_post`, but not both.
fn authenticate<'a>(
    provider: &'a Provider,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<&'a Client, TokenError> {
    let (client_id, secret) = match (headers.get(AUTHORIZATION), parameters.get("client_secret")) {
        (Some(_), Some(_)) => return Err(invalid_request("the client authenticates twice")),
        (Some(header), None) => header.to_str().ok().and_then(read_basic).ok_or(INVALID_CLIENT)?,
        (None, Some(secret)) => {
            let client_id = parameters.get("client_id").ok_or(invalid_request("client_id is missing"))?;
            (client_id.to_owned(), secret.to_owned())
        }
        (None, None) => return Err(INVALID_CLIENT),
    };
    if parameters.get("client_id").is_some_and(|named| named != client_id) {
        return Err(invalid_request("two clients are named"));
    }
    provider.client(&client_id).filter(|client| is_same_secret(&client.client_secret, &secret)).ok_or(INVALID_CLIENT)
}

/// Name and secret of a Basic credential, each form-urlencoded (RFC 6749 section 2.3.1).
fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, credential) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credential.trim()).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((form_decode(client_id)?, form_decode(secret)?))
}

fn form_decode(text: &str) -> Option<String> {
    if text.contains(['&', '=']) {
        return None;
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(decoded, _)| decoded.into_owned())
}

/// Compares digests, so that the time says nothing of the secret.
fn is_same_secret(ours: &str, theirs: &str) -> bool {
    Sha256::digest(ours) == Sha256::digest(theirs)
}

/// RFC 7636 sections 4.1 and 4.6.
fn is_verifier_of(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
}

fn issue_tokens(provider: &Provider, grant: &Grant) -> Result<Value, TokenError> {
    let now = provider.now();
    let issuer = &provider.config.issuer;
    let mut id_token = grant.user.claims(&grant.scope);
    id_token.extend([
        ("iss".into(), json!(issuer)),
        ("aud".into(), json!(grant.client_id)),
        ("iat".into(), json!(now)),
        ("exp".into(), json!(now + TOKEN_LIFETIME)),
        ("auth_time".into(), json!(grant.issued_at)),
    ]);
    if let Some(nonce) = &grant.nonce {
        id_token.insert("nonce".into(), json!(nonce));
    }
    let access_token = userinfo::AccessToken {
        sub: grant.user.subject.to_owned(),
        scope: grant.scope.clone(),
        exp: now + TOKEN_LIFETIME,
    };
    Ok(json!({
        "access_token": provider.key.sign(userinfo::ACCESS_TOKEN_TYPE, &access_token)?,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFETIME,
        "scope": grant.scope,
        "id_token": provider.key.sign(ID_TOKEN_TYPE, &id_token)?,
    }))
}
