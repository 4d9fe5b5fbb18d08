//! What a caller is told of its limits in headers: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers-10, structured fields of RFC 9651), and `Retry-After` (RFC 9110 section 10.2.3).

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use latchkey_core::verify::{Answer, LimitState};
use latchkey_types::Outcome;

/// What is allowed.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// What is left of it.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The headers of an answer; none where nothing is limited. A refusal also says when to come again, where that is known.
pub fn headers(answer: &Answer) -> HeaderMap {
    let limits = &answer.rate_limits;
    let mut headers = HeaderMap::new();
    if !limits.is_empty() {
        headers.insert(RATE_LIMIT_POLICY, list(limits, policy));
        headers.insert(RATE_LIMIT, list(limits, left));
    }
    if let Some(seconds) = retry_after(answer) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    headers
}

/// How long a caller waits that was refused: for a rate limit until it has room, for credits until the refill that brings
/// enough. Where none does somebody has to give new ones, and nothing can be said.
fn retry_after(answer: &Answer) -> Option<i64> {
    let seconds = match answer.code {
        Outcome::RateLimited => answer.rate_limits.iter().map(|state| state.retry_after_seconds).max().unwrap_or(0),
        Outcome::CreditsExhausted => answer.credits_back_in_seconds?,
        _ => return None,
    };
    Some(seconds.max(1))
}

fn policy(text: &mut String, state: &LimitState) {
    let _ = write!(text, ";q={};w={}", state.limit, state.window_seconds);
}

fn left(text: &mut String, state: &LimitState) {
    let _ = write!(text, ";r={};t={}", state.remaining, state.reset_seconds);
}

/// A list of items (RFC 9651 section 3.1), each the limit's name with its parameters.
fn list(states: &[LimitState], parameters: fn(&mut String, &LimitState)) -> HeaderValue {
    let mut text = String::new();
    for state in states {
        if !text.is_empty() {
            text.push_str(", ");
        }
        string(&mut text, &state.name);
        parameters(&mut text, state);
    }
    HeaderValue::from_str(&text).expect("printable ASCII")
}

/// A string (RFC 9651 section 3.3.3). It holds printable ASCII only: other characters are percent-encoded.
fn string(text: &mut String, name: &str) {
    text.push('"');
    for byte in name.bytes() {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(byte));
            }
            0x20..=0x7e => text.push(char::from(byte)),
            _ => {
                let _ = write!(text, "%{byte:02X}");
            }
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(name: &str, remaining: i64, retry_after_seconds: i64) -> LimitState {
        LimitState {
            name: name.into(),
            limit: 100,
            remaining,
            reset_seconds: 36,
            window_seconds: 60,
            retry_after_seconds,
        }
    }

    fn answer(code: Outcome, limits: &[LimitState], credits_back_in_seconds: Option<i64>) -> Answer {
        Answer {
            code,
            id: None,
            valid: None,
            scopes: None,
            missing_scopes: Vec::new(),
            rate_limits: limits.to_vec(),
            credits_remaining: None,
            credits_back_in_seconds,
            actor: None,
            explanation: None,
        }
    }

    fn shown(code: Outcome, limits: &[LimitState]) -> Vec<(String, String)> {
        headers(&answer(code, limits, None))
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("ASCII").to_owned()))
            .collect()
    }

    #[test]
    fn each_limit_is_an_item_with_its_parameters() {
        let limits = [state("per minute", 40, 0), state("a\"b\\ö", 7, 0)];
        let expected = [
            ("ratelimit-policy", r#""per minute";q=100;w=60, "a\"b\\%C3%B6";q=100;w=60"#),
            ("ratelimit", r#""per minute";r=40;t=36, "a\"b\\%C3%B6";r=7;t=36"#),
        ];
        assert_eq!(shown(Outcome::Valid, &limits), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(shown(Outcome::Valid, &[]).is_empty());
    }

    #[test]
    fn whoever_is_refused_for_a_limit_waits_for_the_slowest() {
        let limits = [state("a", 0, 3), state("b", 0, 9), state("c", 5, 0)];
        let waits = |code, back| retry_after(&answer(code, &limits, back));
        assert_eq!(waits(Outcome::RateLimited, None), Some(9));
        assert!(shown(Outcome::RateLimited, &limits).contains(&("retry-after".to_owned(), "9".to_owned())));
        for code in [Outcome::Valid, Outcome::CreditsExhausted, Outcome::Revoked] {
            assert_eq!(waits(code, None), None, "{code:?}");
        }
        assert_eq!(waits(Outcome::CreditsExhausted, Some(3_600)), Some(3_600), "until the refill");
        assert_eq!(waits(Outcome::CreditsExhausted, Some(0)), Some(1));
        assert_eq!(waits(Outcome::Valid, Some(3_600)), None);
    }
}
