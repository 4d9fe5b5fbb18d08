//! What of a request proves who the client is.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use latchkey_core::PlainSecret;
use latchkey_core::oauth::{ClientAssertion, ClientAuthentication, ClientCredentials, ClientWithCertificate};
use latchkey_wire::basic;

use super::error::OAuthError;
use super::parameters::Parameters;
use crate::http::ClientCertificate;

/// Of assertions that are JWTs (RFC 7523 section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How the client proves who it is: by exactly one method (RFC 6749 section 2.3, A3). A certificate is one where nothing
/// else is there but a `client_id` (RFC 8705 section 2); beside something else it only binds the token.
pub fn authentication(
    headers: &HeaderMap,
    parameters: &Parameters,
    certificate: &ClientCertificate,
) -> Result<Option<ClientAuthentication>, OAuthError> {
    let in_body = parameters.secret("client_secret");
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(assertion) = assertion(parameters)? {
        if in_body.is_some() || values.next().is_some() {
            return Err(more_than_one());
        }
        let client_id = parameters.one("client_id");
        return Ok(Some(ClientAuthentication::Assertion(ClientAssertion { client_id, assertion })));
    }
    let Some(value) = values.next() else {
        let Some(id) = parameters.one("client_id") else { return Ok(None) };
        return Ok(match (in_body, &certificate.0) {
            (Some(secret), _) => Some(by_secret(id, secret)),
            (None, Some(certificate)) => {
                let certificate = Arc::clone(certificate);
                Some(ClientAuthentication::Certificate(ClientWithCertificate { id, certificate }))
            }
            (None, None) => None,
        });
    };
    if values.next().is_some() || in_body.is_some() {
        return Err(more_than_one());
    }
    let (id, secret) = basic::credentials(value.as_bytes()).ok_or_else(OAuthError::invalid_client)?;
    if parameters.get("client_id").is_some_and(|other| other != id) {
        return Err(OAuthError::invalid_request("client_id in the body is not the one that authenticates."));
    }
    Ok(Some(by_secret(id, PlainSecret::new(secret))))
}

/// `client_assertion`, of the one type that is taken (RFC 7521 section 4.2).
fn assertion(parameters: &Parameters) -> Result<Option<PlainSecret>, OAuthError> {
    match (parameters.get("client_assertion_type"), parameters.secret("client_assertion")) {
        (None, None) => Ok(None),
        (Some(ASSERTION_TYPE), Some(assertion)) => Ok(Some(assertion)),
        (Some(ASSERTION_TYPE), None) => Err(OAuthError::invalid_request("client_assertion is missing.")),
        _ => Err(OAuthError::invalid_request(
            "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
        )),
    }
}

fn more_than_one() -> OAuthError {
    OAuthError::invalid_request("The client authenticates in more than one way. Use one.")
}

fn by_secret(id: String, secret: PlainSecret) -> ClientAuthentication {
    ClientAuthentication::Secret(ClientCredentials { id, secret })
}
