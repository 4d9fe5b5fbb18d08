//! What the gateway says: which API it stands before, and which call it asks about. It is believed for its verification
//! key; only the caller's address is also a matter of `LATCHKEY_TRUSTED_PROXIES`.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::verify::{Operation, ShownProof};
use latchkey_types::VerificationKeyId;
use latchkey_types::secret::{self, SecretKind};
use latchkey_wire::form;

use crate::http::{AppState, Problem};

/// What stands before the path in the form for Envoy.
const PREFIX: &str = "/v1/forward-auth";
const VERIFICATION_KEY: &str = "x-latchkey-verification-key";
const METHOD: &str = "x-forwarded-method";
const URI: &str = "x-forwarded-uri";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

/// How a gateway is set up wrongly. Its caller can't help it, and learns no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GatewayFault {
    /// No `X-Latchkey-Verification-Key`.
    NoVerificationKey,
    /// A header that the gateway sets stands there twice: it was added to the caller's in place of replacing it.
    Repeated(&'static str),
    /// Not a verification key that is good.
    BadVerificationKey,
    /// One of `X-Forwarded-Method` and `X-Forwarded-Uri` without the other.
    HalfAnOperation,
    /// Neither of the two, where the API has operations, or refuses unknown ones.
    NoOperation,
    /// The form for Envoy, from a gateway of the other one: what stands in its query would not be read.
    SlashAtTheEnd,
    /// A parameter in the query that doesn't exist: a misspelled `scope` must not let everybody in.
    UnknownParameter,
    /// The query can't be decoded.
    UnreadableQuery,
}

impl fmt::Display for GatewayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVerificationKey => f.write_str("there is no X-Latchkey-Verification-Key"),
            Self::Repeated(name) => {
                write!(f, "{name} stands there more than once; the gateway must replace what its caller sends")
            }
            Self::BadVerificationKey => f.write_str("X-Latchkey-Verification-Key is no verification key that is good"),
            Self::HalfAnOperation => f.write_str("X-Forwarded-Method and X-Forwarded-Uri are sent both or not at all"),
            Self::NoOperation => {
                f.write_str("the API asks for operations: send X-Forwarded-Method and X-Forwarded-Uri")
            }
            Self::SlashAtTheEnd => f.write_str("ask /v1/forward-auth, without a slash at its end"),
            Self::UnknownParameter => f.write_str("the query may have `scope` and `nginx`, and nothing else"),
            Self::UnreadableQuery => f.write_str("the query can't be decoded"),
        }
    }
}

impl GatewayFault {
    /// 500, and a line for the operator: one a minute of each kind, since anybody may cause them.
    pub fn into_response(self, state: &AppState, headers: &HeaderMap) -> Response {
        let (now, kind) = (state.core.clock.monotonic(), self.to_string());
        if state.gateway_faults.wait(&kind, now).is_none() {
            state.gateway_faults.failed(&kind, now);
            let key = key_id(state, headers);
            tracing::error!(fault = %self, verification_key.id = key, "a gateway is not set up right");
        }
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "gateway", "The gateway is not set up right")
            .detail("This is no fault of the request. The gateway's operator finds the cause in Latchkey's log.")
            .into_response()
    }
}

/// The id of the key that was sent, which is public.
fn key_id(state: &AppState, headers: &HeaderMap) -> String {
    let sent = headers.get(VERIFICATION_KEY).and_then(|value| value.to_str().ok());
    let parsed = sent.and_then(|text| secret::parse(&state.core.settings.brand, text).ok());
    let id = parsed.filter(|parsed| parsed.kind == SecretKind::Verify);
    let id = id.and_then(|parsed| VerificationKeyId::from_random(parsed.id).ok());
    id.map_or_else(|| "unknown".to_owned(), |id| id.to_string())
}

/// What proves the gateway.
///
/// # Errors
/// [`GatewayFault`].
pub fn verification_key(headers: &HeaderMap) -> Result<&str, GatewayFault> {
    let value = one(headers, VERIFICATION_KEY)?.ok_or(GatewayFault::NoVerificationKey)?;
    // what isn't visible ASCII is no verification key either
    value.to_str().map_err(|_| GatewayFault::BadVerificationKey)
}

/// Whether the caller tells proxies to drop a header that is the gateway's to set, or the credential (C10).
pub fn strips_ours(headers: &HeaderMap) -> bool {
    let is_ours = |name: &[u8]| {
        let starts =
            |prefix: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()));
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        starts("x-latchkey-")
            || starts("x-forwarded-")
            || is("authorization")
            || is("x-api-key")
            || is("x-scope-token")
            || is("dpop")
    };
    // as bytes: a list with something unreadable in it is a list all the same
    let values = headers.get_all(header::CONNECTION).iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).any(|name| is_ours(name.trim_ascii()))
}

/// The call that the gateway asks about.
#[derive(Debug, Default)]
pub struct Call<'a> {
    /// The method and the path, raw.
    operation: Option<(&'a str, String)>,
    /// What the route needs.
    pub scopes: Vec<String>,
    /// Whether 429 must go as 403.
    pub is_for_nginx: bool,
    /// The URL that the caller used, without its query.
    url: String,
}

impl<'a> Call<'a> {
    /// From `X-Forwarded-Method` and `X-Forwarded-Uri`; the query is the gateway's own. A gateway may also hand on the
    /// whole query of the call (Caddy does, unless it is told otherwise): then what isn't for us is passed over, and what
    /// is still counts, so that nobody escapes a scope by writing the same query.
    ///
    /// # Errors
    /// [`GatewayFault`].
    pub fn from_headers(headers: &'a HeaderMap, uri: &'a Uri) -> Result<Self, GatewayFault> {
        let operation = match (one(headers, METHOD)?, one(headers, URI)?) {
            (Some(method), Some(uri)) => Some((text(method), path(uri.as_bytes()))),
            (None, None) => None,
            _ => return Err(GatewayFault::HalfAnOperation),
        };
        let url = origin(headers, false)?.zip(operation.as_ref()).map(|(origin, (_, path))| origin + path);
        let query_of_call = headers.get(URI).and_then(|uri| uri.to_str().ok()?.split_once('?'));
        let is_the_calls = query_of_call.is_some_and(|(_, query)| uri.query() == Some(query));
        let mut call = Self { operation, url: url.unwrap_or_default(), ..Self::default() };
        for (name, value) in
            form::pairs(uri.query().unwrap_or_default().as_bytes()).map_err(|_| GatewayFault::UnreadableQuery)?
        {
            match name.as_ref() {
                "scope" => call.scopes.extend(value.split_ascii_whitespace().map(str::to_owned)),
                "nginx" => call.is_for_nginx = true,
                _ if is_the_calls => {}
                _ => return Err(GatewayFault::UnknownParameter),
            }
        }
        Ok(call)
    }

    /// From the request's own method and the rest of its path. Its query is the caller's, and so are the headers that
    /// the other form believes: none of them is looked at.
    ///
    /// # Errors
    /// [`GatewayFault`].
    pub fn from_request(headers: &'a HeaderMap, method: &'a Method, uri: &'a Uri) -> Result<Self, GatewayFault> {
        let path = uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
        if path == "/" && headers.contains_key(URI) {
            return Err(GatewayFault::SlashAtTheEnd);
        }
        let url = origin(headers, true)?.map(|origin| origin + &path);
        Ok(Self { operation: Some((method.as_str(), path)), url: url.unwrap_or_default(), ..Self::default() })
    }

    /// The operation that is called, where the gateway says it.
    pub fn operation(&self) -> Option<Operation<'_>> {
        self.operation.as_ref().map(|(method, path)| Operation { method, path })
    }

    /// The proof that the caller sent, with what it is to be for. Without the URL it proves nothing.
    pub fn shown<'s>(&'s self, proof: &'s str) -> ShownProof<'s> {
        ShownProof { proof, method: self.operation.as_ref().map_or("", |(method, _)| method), url: &self.url }
    }
}

/// Scheme and host as the caller sees them.
fn origin(headers: &HeaderMap, or_host: bool) -> Result<Option<String>, GatewayFault> {
    let host = match one(headers, HOST)? {
        None if or_host => headers.get(header::HOST),
        host => host,
    };
    let Some((proto, host)) = one(headers, PROTO)?.zip(host) else { return Ok(None) };
    Ok(Some(format!("{}://{}", text(proto), text(host))))
}

/// Up to the query, and as it stands: what is odd about it is for the matcher to judge, in no other form than it has. What
/// isn't ASCII stays something that isn't, so that no template takes it for something else.
fn path(uri: &[u8]) -> String {
    let end = uri.iter().position(|byte| *byte == b'?').unwrap_or(uri.len());
    String::from_utf8_lossy(&uri[..end]).into_owned()
}

/// Empty where it isn't visible ASCII: no method is empty, and no scheme or host.
fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or_default()
}

fn one<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<Option<&'h HeaderValue>, GatewayFault> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(GatewayFault::Repeated(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // C10
    #[test]
    fn nobody_has_our_headers_taken_out() {
        let strips = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONNECTION, HeaderValue::from_bytes(value).unwrap());
            }
            strips_ours(&headers)
        };
        for harmless in [&b""[..], b"close", b"keep-alive, Upgrade", b"x-forwarded", b"x-latchkey", b"\xff"] {
            assert!(!strips(&[harmless]), "{harmless:?}");
        }
        for ours in [
            &b"X-Latchkey-Subject"[..],
            b"close, x-forwarded-uri",
            b"close,\tAuthorization ",
            b"X-API-Key",
            b"x-scope-token",
            b"DPoP",
            b"\xff, X-Forwarded-For",
            b"\xe4,authorization",
        ] {
            assert!(strips(&[ours]), "{ours:?}");
            assert!(strips(&[b"close", ours]), "{ours:?}");
        }
    }
}
