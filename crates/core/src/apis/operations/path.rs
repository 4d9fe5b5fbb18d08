//! A request's path, read strictly: what two servers could read differently is no path at all.

use std::borrow::Cow;

/// The longest path that is looked at, in bytes.
const MAX_PATH_LENGTH: usize = 4_096;
/// The most segments of a path, or of a template.
pub(super) const MAX_SEGMENTS: usize = 64;

/// A path that every server reads in the same way: its segments, decoded. A trailing slash is an empty last segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CleanPath<'a> {
    pub(super) segments: Vec<Cow<'a, str>>,
}

/// The path can be read in more than one way, or isn't one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ambiguous;

impl<'a> CleanPath<'a> {
    /// Reads a path as a request line has it (RFC 3986 section 3.3), with or without a query, which is passed over.
    ///
    /// Refused is what servers, and the gateways before them, are known to read differently: no `/` at the start; empty
    /// segments (`//`) but for one at the end; `.` and `..`, also encoded; encoded slashes, backslashes, `?`, `#`, `;`
    /// and control characters; anything encoded twice; matrix parameters (`;`); what isn't UTF-8 once decoded; and every
    /// character that RFC 3986 doesn't allow there.
    pub(super) fn read(text: &'a str) -> Result<Self, Ambiguous> {
        let path = text.split_once('?').map_or(text, |(path, _)| path);
        if path.len() > MAX_PATH_LENGTH {
            return Err(Ambiguous);
        }
        let rest = path.strip_prefix('/').ok_or(Ambiguous)?;
        if rest.is_empty() {
            return Ok(Self { segments: Vec::new() });
        }
        let mut segments = Vec::with_capacity(8);
        for segment in rest.split('/') {
            if segments.len() == MAX_SEGMENTS || segments.last().is_some_and(|last: &Cow<'_, str>| last.is_empty()) {
                return Err(Ambiguous);
            }
            segments.push(decoded(segment)?);
        }
        if segments.len() == 1 && segments[0].is_empty() { Err(Ambiguous) } else { Ok(Self { segments }) }
    }
}

/// One segment as it stands in a path, decoded once.
fn decoded(segment: &str) -> Result<Cow<'_, str>, Ambiguous> {
    let bytes = segment.as_bytes();
    if !bytes.iter().all(|byte| is_path_character(*byte)) {
        return Err(Ambiguous);
    }
    let decoded = if bytes.contains(&b'%') { Cow::Owned(percent_decoded(bytes)?) } else { Cow::Borrowed(segment) };
    if is_plain(&decoded) { Ok(decoded) } else { Err(Ambiguous) }
}

/// RFC 3986's `pchar` without `;`.
const fn is_path_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b'='
                | b':'
                | b'@'
                | b'%'
        )
}

fn percent_decoded(bytes: &[u8]) -> Result<String, Ambiguous> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (Some(high), Some(low)) = (rest.next().and_then(hex), rest.next().and_then(hex)) else {
                return Err(Ambiguous);
            };
            decoded.push(high << 4 | low);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).map_err(|_| Ambiguous)
}

/// The value of a hexadecimal digit.
pub(super) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Whether a decoded segment is one name and nothing else, however often somebody else decodes it.
pub(super) fn is_plain(segment: &str) -> bool {
    !matches!(segment, "." | "..") && is_inert(segment)
}

/// The same of a part of a name.
pub(super) fn is_inert(text: &str) -> bool {
    let special = |c: char| c.is_control() || matches!(c, '/' | '\\' | ';' | '?' | '#');
    !text.contains(special) && !is_encoded_again(text)
}

/// Whether it holds what would be decoded once more.
fn is_encoded_again(segment: &str) -> bool {
    segment.as_bytes().windows(3).any(|three| three[0] == b'%' && hex(three[1]).is_some() && hex(three[2]).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Vec<String>> {
        CleanPath::read(text).ok().map(|path| path.segments.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn segments_are_decoded_once() {
        for (text, segments) in [
            ("/", vec![]),
            ("/?x=/..", vec![]),
            ("/orders/42", vec!["orders", "42"]),
            ("/orders/42?include=//..%2f", vec!["orders", "42"]),
            ("/orders/", vec!["orders", ""]),
            ("/%6frders/a%20b", vec!["orders", "a b"]),
            ("/caf%C3%A9/50%25", vec!["café", "50%"]),
            ("/a:b@c/!$&'()*+,=", vec!["a:b@c", "!$&'()*+,="]),
            ("/.well-known/...", vec![".well-known", "..."]),
        ] {
            assert_eq!(read(text).unwrap_or_else(|| panic!("{text}")), segments, "{text}");
        }
    }

    // issue 4: odd paths can't change the operation
    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        for text in [
            "",
            "orders",
            "*",
            "http://host/orders",
            "//",
            "//orders",
            "/orders//42",
            "/orders//",
            "/./orders",
            "/orders/.",
            "/orders/..",
            "/orders/../admin",
            "/orders/%2e%2e/admin",
            "/orders/.%2E/admin",
            "/orders/%2e",
            "/orders%2f42",
            "/orders%2F42",
            "/orders%5c42",
            "/orders\\42",
            "/orders;v=1/42",
            "/orders/42;jsessionid=1",
            "/orders%3b/42",
            "/orders/42%00",
            "/orders/42%0a",
            "/orders/42\n",
            "/orders/42#x",
            "/orders/42%23",
            "/orders/42%3Fx",
            "/orders/%252e%252e/admin",
            "/orders%252f42",
            "/orders/%25%32%66",
            "/orders/%",
            "/orders/%2",
            "/orders/%zz",
            "/orders/%c0%af",
            "/orders/%ff",
            "/orders/é",
            "/orders/a b",
            "/orders/{id}",
            "/orders/a|b",
            "/orders/a^b",
            "/orders/\"",
            "/orders/<x>",
            "/orders/a`b",
            "/%2e%2e",
            "/%2f",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(read(&format!("/{}", "a/".repeat(MAX_SEGMENTS + 1))), None);
        assert_eq!(read(&format!("/{}", "a".repeat(MAX_PATH_LENGTH))), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in ".{0,60}") {
            let _ = read(&text);
        }

        // whatever is let through means the same to who decodes it once more, merges slashes or resolves dots
        #[test]
        fn what_is_read_is_the_same_for_everybody(text in r"[/a.%25eEfF;\\?#]{0,16}") {
            if let Some(segments) = read(&text) {
                for (position, segment) in segments.iter().enumerate() {
                    let is_last = position + 1 == segments.len();
                    let inert = !matches!(segment.as_str(), "." | "..") && (!segment.is_empty() || is_last);
                    prop_assert!(inert && !segment.contains(['/', '\\', ';']), "{:?}", segments);
                    let again = percent_decoded(segment.as_bytes());
                    prop_assert!(again.is_err() || again.as_deref() == Ok(segment.as_str()), "{:?}", segments);
                }
            }
        }
    }
}
