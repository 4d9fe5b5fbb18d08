//! What the gateway is told, and through it the caller or the upstream.

use std::fmt::Write;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::Error;
use latchkey_core::verify::{Answer, Forwarded, Phantom, Verified};
use latchkey_types::{Outcome, Scope};

use super::credential::Presented;
use crate::http::{AppState, Problem, rate_limit_headers};

const SUBJECT: HeaderName = HeaderName::from_static("x-latchkey-subject");
const ORGANISATION: HeaderName = HeaderName::from_static("x-latchkey-organisation");
const SCOPES: HeaderName = HeaderName::from_static("x-latchkey-scopes");
const CREDENTIAL: HeaderName = HeaderName::from_static("x-latchkey-credential");
const ACTOR: HeaderName = HeaderName::from_static("x-latchkey-actor");
const CODE: HeaderName = HeaderName::from_static("x-latchkey-code");
const STATUS: HeaderName = HeaderName::from_static("x-latchkey-status");
/// What a DPoP proof may be signed with (RFC 9449 section 7.1).
const DPOP_ALGORITHMS: &str = "EdDSA Ed25519 ES256 RS256 PS256";

/// Whether the call may go on. `without_429` where a 429 must go as 403.
pub fn judged(state: &AppState, forwarded: &Forwarded, presented: Presented<'_>, without_429: bool) -> Response {
    let Forwarded { answer, phantom } = forwarded;
    match (answer.valid.as_deref(), phantom) {
        (Some(verified), Some(phantom)) => admitted(answer, verified, phantom),
        _ => refused(state, answer, presented, without_429),
    }
}

/// Too many wrong secrets were tried.
pub fn too_many(seconds: u32, without_429: bool) -> Response {
    with_code(Problem::from(Error::TooMany(seconds)), Outcome::RateLimited, without_429)
}

/// 200: every identity header is there, so that none of the caller's own gets through where the gateway copies ours.
fn admitted(answer: &Answer, verified: &Verified, phantom: &Phantom) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    let actor = answer.actor.as_ref().map(|actor| actor.subject.as_str());
    let actor = actor.or_else(|| phantom.claims().act.as_ref().map(|act| act.sub.as_str()));
    let identity = [
        (SUBJECT, visible(&verified.subject)),
        (ORGANISATION, visible(&verified.org_slug)),
        // the characters of scopes may all stand in a header
        (SCOPES, phantom.claims().scope.to_string()),
        (CREDENTIAL, visible(&verified.id)),
        (ACTOR, visible(actor.unwrap_or_default())),
        (header::AUTHORIZATION, format!("Bearer {}", phantom.expose())),
    ];
    for (name, value) in identity {
        match HeaderValue::try_from(value) {
            Ok(value) => drop(headers.insert(name, value)),
            // without one of them nobody is let in
            Err(error) => return Problem::internal(&error).into_response(),
        }
    }
    if let Some(authorization) = headers.get_mut(header::AUTHORIZATION) {
        authorization.set_sensitive(true);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(rate_limit_headers::headers(answer));
    response
}

/// Percent-encoded (RFC 3986 section 2.1) where it isn't visible ASCII, or a `%`: a subject may come from an identity
/// provider, which may use any character in it.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' => shown.push_str("%25"),
            b'!'..=b'~' => shown.push(char::from(byte)),
            _ => write!(shown, "%{byte:02X}").expect("a text takes all"),
        }
    }
    shown
}

fn refused(state: &AppState, answer: &Answer, presented: Presented<'_>, without_429: bool) -> Response {
    let code = answer.code;
    let problem = match status_of(code) {
        StatusCode::UNAUTHORIZED => Problem::unauthenticated(),
        StatusCode::TOO_MANY_REQUESTS => {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "limit-reached", "A limit is reached")
        }
        status => Problem::new(status, "forbidden", "Not allowed"),
    };
    let problem = problem.member("code", code.as_str());
    let mut response = with_code(problem, code, without_429);
    response.headers_mut().extend(rate_limit_headers::headers(answer));
    let challenge = match code {
        _ if status_of(code) == StatusCode::UNAUTHORIZED => Some(challenge(state, presented)),
        Outcome::InsufficientScope => Some(insufficient_scope(state, presented, &answer.missing_scopes)),
        _ => None,
    };
    if let Some(Ok(value)) = challenge.map(HeaderValue::try_from) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// With its code, and where nginx asks, which knows no 429 from a subrequest, as a 403 that says so.
fn with_code(mut problem: Problem, code: Outcome, without_429: bool) -> Response {
    let hidden = without_429 && problem.status == StatusCode::TOO_MANY_REQUESTS.as_u16();
    if hidden {
        problem.status = StatusCode::FORBIDDEN.as_u16();
    }
    let mut response = problem.into_response();
    let headers = response.headers_mut();
    headers.insert(CODE, HeaderValue::from_static(code.as_str()));
    if hidden {
        headers.insert(STATUS, HeaderValue::from_static("429"));
    }
    response
}

/// Contract section 7.
const fn status_of(code: Outcome) -> StatusCode {
    match code {
        Outcome::Malformed
        | Outcome::NotFound
        | Outcome::BadSignature
        | Outcome::WrongAudience
        | Outcome::Revoked
        | Outcome::Expired
        | Outcome::NotYetValid
        | Outcome::Disabled => StatusCode::UNAUTHORIZED,
        Outcome::RateLimited | Outcome::CreditsExhausted => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::FORBIDDEN,
    }
}

/// RFC 6750 section 3: who sent nothing is told how, and nothing of an error (B3). Who sent a proof is told what it may be
/// signed with (RFC 9449 section 7.1).
fn challenge(state: &AppState, presented: Presented<'_>) -> String {
    let realm = realm(state);
    match presented {
        Presented::Nothing => format!("Bearer {realm}"),
        Presented::Dpop { .. } => format!("DPoP {realm}, error=\"invalid_token\", algs=\"{DPOP_ALGORITHMS}\""),
        Presented::Bearer(_) | Presented::Unreadable => format!("Bearer {realm}, error=\"invalid_token\""),
    }
}

/// RFC 6750 section 3.1 (B4). What the gateway named and is no scope isn't repeated (B6).
fn insufficient_scope(state: &AppState, presented: Presented<'_>, missing: &[String]) -> String {
    let scheme = if presented.proof().is_some() { "DPoP" } else { "Bearer" };
    let missing: Vec<&str> = missing.iter().filter(|name| name.parse::<Scope>().is_ok()).map(String::as_str).collect();
    let mut challenge = format!("{scheme} {}, error=\"insufficient_scope\"", realm(state));
    if !missing.is_empty() {
        challenge.push_str(&format!(", scope=\"{}\"", missing.join(" ")));
    }
    challenge
}

/// Where credentials come from.
fn realm(state: &AppState) -> String {
    format!("realm=\"{}\"", state.settings.public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    // contract section 7: the whole table
    #[test]
    fn every_code_has_its_status() {
        for code in Outcome::ALL {
            let expected = match code.as_str() {
                "MALFORMED" | "NOT_FOUND" | "BAD_SIGNATURE" | "WRONG_AUDIENCE" | "REVOKED" | "EXPIRED"
                | "NOT_YET_VALID" | "DISABLED" => 401,
                "RATE_LIMITED" | "CREDITS_EXHAUSTED" => 429,
                _ => 403,
            };
            assert_eq!(status_of(*code), expected, "{code}");
        }
    }

    // contract section 7, `?nginx`
    #[test]
    fn nginx_learns_of_a_429_by_a_403() {
        let limited = || Problem::new(StatusCode::TOO_MANY_REQUESTS, "x", "x").retry_after(7);
        let plain = with_code(limited(), Outcome::CreditsExhausted, false);
        assert_eq!((plain.status().as_u16(), plain.headers().get(STATUS)), (429, None));
        let hidden = with_code(limited(), Outcome::CreditsExhausted, true);
        assert_eq!((hidden.status().as_u16(), hidden.headers()[STATUS].as_bytes()), (403, &b"429"[..]));
        assert_eq!(
            (&hidden.headers()[CODE], &hidden.headers()["retry-after"]),
            (&"CREDITS_EXHAUSTED".parse().unwrap(), &"7".parse().unwrap())
        );
        let forbidden = Problem::new(StatusCode::FORBIDDEN, "x", "x");
        let other = with_code(forbidden, Outcome::IpNotAllowed, true);
        assert_eq!((other.status().as_u16(), other.headers().get(STATUS)), (403, None));
    }

    #[test]
    fn subjects_stay_apart_in_a_header() {
        for (subject, shown) in [
            ("key_7Gk2mPq9XzRtA1b2", "key_7Gk2mPq9XzRtA1b2"),
            ("auth0|5f7c", "auth0|5f7c"),
            ("https://idp.example/#me,you", "https://idp.example/#me,you"),
            ("a b", "a%20b"),
            ("a%20b", "a%2520b"),
            ("jos\u{e9}", "jos%C3%A9"),
            ("a\r\nx-latchkey-scopes: all", "a%0D%0Ax-latchkey-scopes:%20all"),
            ("", ""),
        ] {
            assert_eq!(visible(subject), shown);
            assert!(HeaderValue::try_from(shown).is_ok());
        }
    }
}
