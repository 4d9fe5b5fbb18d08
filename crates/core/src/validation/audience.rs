//! An API's identifier (RFC 8707 section 2).

use url::Url;

use super::{Checked, wrong};

/// The longest audience, in characters.
pub const MAX_AUDIENCE_LENGTH: usize = 255;

/// An absolute URI (RFC 3986 section 4.3) without fragment, user or wildcard, kept byte for byte: that is how `aud` is compared.
pub fn audience(field: &str, typed: &str) -> Checked<String> {
    if typed.len() > MAX_AUDIENCE_LENGTH {
        return wrong(field, format!("at most {MAX_AUDIENCE_LENGTH} characters"));
    }
    if typed.contains('#') {
        return wrong(field, "leave out the fragment (# and what follows)");
    }
    if typed.contains('*') {
        return wrong(field, "an audience names one API: no wildcard");
    }
    // Asked first: the parser below forgives tabs, line breaks, spaces and backslashes.
    if !typed.bytes().all(is_uri_byte) {
        return wrong(field, EXPECTED);
    }
    let Ok(uri) = Url::parse(typed) else {
        return wrong(field, EXPECTED);
    };
    if !uri.username().is_empty() || uri.password().is_some() {
        return wrong(field, "leave out user and password");
    }
    let has_rest = typed.split_once(':').is_some_and(|(_, rest)| rest.bytes().any(|byte| byte.is_ascii_alphanumeric()));
    if has_rest { Ok(typed.to_owned()) } else { wrong(field, EXPECTED) }
}

const EXPECTED: &str = "an absolute URI, as in https://orders.example or urn:example:orders";

/// Unreserved, reserved and `%` (RFC 3986 section 2).
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn absolute_uris_are_kept_byte_for_byte() {
        for text in [
            "https://orders.example",
            "https://Orders.Example:8443/v1/",
            "urn:example:orders",
            "http://localhost:4000",
            "api://orders",
        ] {
            assert_eq!(audience("audience", text).unwrap(), text);
        }
    }

    // I1
    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "orders",
            "/orders",
            "//orders.example",
            "https://",
            "https:",
            "urn:",
            "https://orders.example#x",
            "https://a b",
            " https://orders.example",
            "https://orders.example\r\n",
            "https:\\\\orders.example",
            "https://u:p@orders.example",
            "https://*.example",
            "https://ex\u{e4}mple",
            "https://orders.example\0",
            "*",
        ] {
            assert_eq!(audience("audience", text).unwrap_err()[0].field, "audience", "{text:?}");
        }
        assert!(audience("audience", &format!("urn:{}", "x".repeat(251))).is_ok());
        assert!(audience("audience", &format!("urn:{}", "x".repeat(252))).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(typed: String) {
            let _ = audience("audience", &typed);
        }
    }
}
