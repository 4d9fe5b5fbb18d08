//! A `Host` that isn't a valid one is 400; pages that are asked for on another host go to the public URL (F-28).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::PublicUrl;
use crate::http::Problem;
use crate::http::state::HttpSettings;

/// For every route: refuses a missing, doubled or invalid `Host`.
///
/// # Errors
/// The refusal.
pub fn check(request: &Request) -> Result<(), Response> {
    match host_of(request.uri(), request.headers()) {
        Some(_) => Ok(()),
        None => Err(Problem::bad_request("The Host header is missing or is not valid.").into_response()),
    }
}

/// For pages: `GET` and `HEAD` on another host are redirected, everything else there is refused.
pub async fn canonical(State(settings): State<Arc<HttpSettings>>, request: Request, next: Next) -> Response {
    let host = named_host(request.uri(), request.headers());
    if host.is_none_or(|host| is_ours(&host, &settings.public_url)) {
        return next.run(request).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong-host", "This isn't the host of the portal")
            .detail(format!("It is {}.", settings.public_url))
            .into_response();
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // from the setting and never from Host; the origin is whole, so that no path can change it
    (StatusCode::FOUND, [(header::LOCATION, format!("{}{path}", settings.public_url))]).into_response()
}

/// The host that a request is for.
fn named_host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    host_of(uri, headers)?.parse().ok()
}

/// The host that a request is for, as it was sent. `Host` must be there, once and valid, also where the target names another one, which
/// then goes before it (RFC 9112 sections 3.2 and 3.2.2).
fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    if hosts.next().is_some() || !is_valid(host) {
        return None;
    }
    let target = uri.authority().map_or(host, Authority::as_str);
    is_valid(target).then_some(target)
}

/// A name, an IPv4 address or a bracketed IPv6 address, and perhaps a port.
fn is_valid(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_is_good = port.is_none_or(|port| port.parse::<u16>().is_ok());
    let name_is_good = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !name.is_empty()
                && name.len() <= 253
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        }
    };
    name_is_good && port_is_good
}

fn is_ours(host: &Authority, public_url: &PublicUrl) -> bool {
    let port = host.port_u16().unwrap_or(public_url.default_port());
    host.host().eq_ignore_ascii_case(public_url.host()) && port == public_url.port()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_hosts() {
        for host in ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000", "portal.example", "a_b.example."] {
            assert!(is_valid(host), "{host}");
        }
        for host in [
            "",
            ":3000",
            "a b",
            "a@b",
            "user:pass@host",
            "a/b",
            "a:99999",
            "a:",
            "[::1",
            "[zz]",
            "a\\b",
            "a?b",
            "::1",
            "ä.example",
            "a:3000:4000",
        ] {
            assert!(!is_valid(host), "{host}");
        }
    }

    #[test]
    fn default_ports_and_letter_case() {
        let ours: PublicUrl = "https://portal.example".parse().unwrap();
        for (host, same) in [
            ("portal.example", true),
            ("PORTAL.example:443", true),
            ("portal.example:80", false),
            ("other.example", false),
        ] {
            assert_eq!(is_ours(&host.parse().unwrap(), &ours), same, "{host}");
        }
    }
}
