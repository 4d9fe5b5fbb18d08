//! The headers of DPoP (RFC 9449).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use latchkey_core::{Core, oauth};
use latchkey_jose::DpopProof;

use super::error::OAuthError;
use crate::http::state::HttpSettings;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
/// The path that the proofs name.
const TOKEN_ENDPOINT: &str = "/oauth/token";

/// The proof that a token request brings, if it brings one.
pub fn proof(core: &Core, settings: &HttpSettings, headers: &HeaderMap) -> Result<Option<DpopProof>, OAuthError> {
    let values: Vec<&[u8]> = headers.get_all(&DPOP).iter().map(HeaderValue::as_bytes).collect();
    if values.is_empty() {
        return Ok(None);
    }
    // clients with certificates may know the endpoint by its alias (RFC 8705 section 5)
    let origins = [Some(&settings.public_url), settings.client_certificates.public_url.as_ref()];
    let urls: Vec<String> = origins.into_iter().flatten().map(|origin| format!("{origin}{TOKEN_ENDPOINT}")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    Ok(Some(oauth::check_proof(core, &values, &urls)?))
}

/// A fresh nonce goes with every answer to a request with a proof (RFC 9449 section 8.2).
pub fn add_nonce(core: &Core, asked: &HeaderMap, response: &mut Response) {
    if asked.contains_key(&DPOP)
        && let Ok(nonce) = HeaderValue::try_from(oauth::fresh_nonce(core))
    {
        response.headers_mut().insert(DPOP_NONCE, nonce);
    }
}
