//! `application/x-www-form-urlencoded`, strictly: what can't be decoded is refused, not repaired.

use std::borrow::Cow;

/// The text is not form-urlencoded UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Decodes one name or value: `+` is a space, `%XX` a byte (RFC 6749 Appendix B).
///
/// # Errors
/// [`Malformed`] for a `%` without two hexadecimal digits, and for what isn't UTF-8 afterwards.
pub fn decode(text: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    if !text.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(text).map(Cow::Borrowed).map_err(|_| Malformed);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next())? << 4 | hex(bytes.next())?,
            other => other,
        });
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| Malformed)
}

fn hex(digit: Option<&u8>) -> Result<u8, Malformed> {
    match digit {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(digit @ b'a'..=b'f') => Ok(digit - b'a' + 10),
        Some(digit @ b'A'..=b'F') => Ok(digit - b'A' + 10),
        _ => Err(Malformed),
    }
}

/// A name and a value, decoded.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// All pairs, in order.
///
/// # Errors
/// [`Malformed`] where a name or value is.
pub fn pairs(body: &[u8]) -> Result<Vec<Pair<'_>>, Malformed> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_decode() {
        let read = pairs(b"a=1&b=x+y%2Bz&&c&d==&a=2").unwrap();
        let read: Vec<(&str, &str)> = read.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        assert_eq!(read, [("a", "1"), ("b", "x y+z"), ("c", ""), ("d", "="), ("a", "2")]);
    }

    // A4
    #[test]
    fn broken_escapes_and_bytes_are_refused() {
        for body in [&b"a=%"[..], b"a=%2", b"a=%zz", b"%", b"a=%ff", b"a=\xff", b"a=%C3", b"a=%+1"] {
            assert_eq!(pairs(body), Err(Malformed), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(body: Vec<u8>) {
            let _ = pairs(&body);
        }

        #[test]
        fn what_was_encoded_reads_back(expected in proptest::collection::vec((".*", ".*"), 0..5)) {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&expected).finish();
            let read = pairs(body.as_bytes()).unwrap();
            let read: Vec<(String, String)> = read.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
