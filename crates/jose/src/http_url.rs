//! URLs as a DPoP proof names them (RFC 9449 section 4.3, check 9).

use std::fmt::Write;

use url::Url;

/// An http or https URL without query and fragment, after syntax- and scheme-based normalisation (RFC 3986 sections
/// 6.2.2 and 6.2.3). `None` for what isn't such a URL, or has user information in it.
pub fn normalised(text: &str) -> Option<String> {
    // the parser mends what RFC 3986 doesn't know: other characters, backslashes, missing slashes
    let (scheme, rest) = text.split_once("://")?;
    let is_http = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    if !is_http || rest.starts_with('/') || !is_rfc_3986(text) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    // case of scheme and host, default port, dot segments and the empty path are normalised by the parser
    Some(url.origin().ascii_serialization() + &normalised_escapes(url.path()))
}

fn is_rfc_3986(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_escape =
        |at: usize| bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    bytes.iter().enumerate().all(|(at, byte)| match byte {
        b'%' => is_escape(at),
        _ => is_unreserved(*byte) || b":/?#[]@!$&'()*+,;=".contains(byte),
    })
}

/// Escapes of unreserved characters are read, the digits of all others are in upper case (RFC 3986 sections 6.2.2.1 and
/// 6.2.2.2).
fn normalised_escapes(path: &str) -> String {
    let mut parts = path.split('%');
    let mut normalised = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        match u8::from_str_radix(digits, 16) {
            Ok(byte) if is_unreserved(byte) => normalised.push(char::from(byte)),
            Ok(byte) => write!(normalised, "%{byte:02X}").expect("a text takes all"),
            Err(_) => normalised.extend(["%", digits]),
        }
        normalised.push_str(rest);
    }
    normalised
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // M1, check 9
    #[test]
    fn one_url_has_one_form() {
        for text in [
            "https://keys.example/oauth/token",
            "HTTPS://Keys.EXAMPLE/oauth/token",
            "https://keys.example:443/oauth/token",
            "https://keys.example:/oauth/token",
            "https://keys.example/oauth/token?a=b",
            "https://keys.example/oauth/token#a",
            "https://keys.example/oauth/token?#",
            "https://keys.example/a/../oauth/./token",
            "https://keys.example/a/%2e%2E/oauth/token",
            "https://keys.example/%6fauth/%74oken",
        ] {
            assert_eq!(normalised(text).as_deref(), Some("https://keys.example/oauth/token"), "{text}");
        }
        assert_eq!(normalised("https://keys.example").as_deref(), Some("https://keys.example/"));
        assert_eq!(normalised("http://[::1]:80/%c3%a4%2f%7e").as_deref(), Some("http://[::1]/%C3%A4%2F~"));
    }

    #[test]
    fn other_urls_stay_others() {
        let other = |text| assert_ne!(normalised(text), normalised("https://keys.example/oauth/token"), "{text}");
        other("http://keys.example/oauth/token");
        other("https://keys.example:8443/oauth/token");
        other("https://keys.example/oauth/token/");
        other("https://keys.example/OAuth/token");
        other("https://keys.example/oauth%2Ftoken");
        other("https://keys.example./oauth/token");
        other("https://keys.example//oauth/token");
    }

    #[test]
    fn what_is_no_such_url_is_refused() {
        for text in [
            "",
            "/oauth/token",
            "keys.example/oauth/token",
            "https:/keys.example/oauth/token",
            "https:keys.example/oauth/token",
            "https:///keys.example/oauth/token",
            "https:\\\\keys.example\\oauth\\token",
            "https://keys.example\\oauth\\token",
            "https://keys.example/oauth/to\tken",
            " https://keys.example/oauth/token",
            "https://keys.example/oauth/token\n",
            "https://keys.example/oauth/tok%6",
            "https://keys.example/oauth/tok%zz",
            "https://keys.ex\u{e4}mple/oauth/token",
            "https://user@keys.example/oauth/token",
            "https://:pass@keys.example/oauth/token",
            "https://keys.example:99999/oauth/token",
            "https://?a",
            "ftp://keys.example/oauth/token",
            "urn://keys.example/",
        ] {
            assert_eq!(normalised(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_form_is_stable(text in "https?://[a-z0-9%:.@/?#\\[\\]-]{0,40}") {
            if let Some(once) = normalised(&text) {
                prop_assert_eq!(normalised(&once), Some(once));
            }
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = normalised(&text);
            let _ = normalised(&format!("https://{text}"));
        }
    }
}
