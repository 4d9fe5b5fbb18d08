//! Finds the caller's certificate in the header of a trusted proxy (contract section 2, `LATCHKEY_TRUSTED_PROXIES`; L2).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use latchkey_core::certificate::{Certificate, PresentedCertificate, from_header};

use crate::config::ClientCertificateHeader;
use crate::http::state::HttpSettings;
use crate::http::{ClientCertificate, Problem};

/// What a proxy says that checked the chain (nginx's `$ssl_client_verify`).
const VERIFIED: &[u8] = b"SUCCESS";

/// Puts [`ClientCertificate`] into the request, where a trusted proxy sends one and the connection has none of its own.
/// From anybody else these headers are dropped.
///
/// # Errors
/// 400 for what a trusted proxy sends and nobody can read.
pub fn note(settings: &HttpSettings, request: &mut Request) -> Result<(), Response> {
    let Some(header) = &settings.client_certificates.header else { return Ok(()) };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    let is_trusted = peer.is_some_and(|peer| settings.trusted_proxies.contain(peer));
    let ends_tls_here = request.extensions().get::<ClientCertificate>().is_some();
    let found = if is_trusted && !ends_tls_here { read(header, request.headers()) } else { Ok(None) };
    let headers = request.headers_mut();
    headers.remove(&header.certificate);
    header.verified.iter().for_each(|name| drop(headers.remove(name)));
    match found {
        Ok(None) => {}
        Ok(Some(presented)) => {
            request.extensions_mut().insert(ClientCertificate(Some(Arc::new(presented))));
        }
        Err(Unreadable) => {
            tracing::warn!(header = %header.certificate, "a trusted proxy sent a client certificate that can't be read");
            return Err(
                Problem::bad_request("The client certificate that the proxy sent can't be read.").into_response()
            );
        }
    }
    Ok(())
}

/// Not a certificate, or more than one.
struct Unreadable;

fn read(header: &ClientCertificateHeader, headers: &HeaderMap) -> Result<Option<PresentedCertificate>, Unreadable> {
    let mut values = headers.get_all(&header.certificate).iter().filter(|value| !value.is_empty());
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Unreadable);
    }
    let der = from_header(value.as_bytes()).ok_or(Unreadable)?;
    let certificate = Certificate::from_der(&der).map_err(|_| Unreadable)?;
    let says: Vec<&[u8]> =
        header.verified.iter().flat_map(|name| headers.get_all(name)).map(HeaderValue::as_bytes).collect();
    Ok(Some(PresentedCertificate { certificate, chain_is_trusted: says == [VERIFIED] }))
}
