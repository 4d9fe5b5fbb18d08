//! The certificate of whoever calls (RFC 8705).

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use latchkey_core::certificate::PresentedCertificate;

/// The certificate whose key the caller proved to hold: in a handshake with us, or with a proxy that is trusted.
/// `http::tls` and `layers::client_certificate` put it into the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientCertificate(pub Option<Arc<PresentedCertificate>>);

impl<S: Sync> FromRequestParts<S> for ClientCertificate {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
