//! Client authentication by HTTP Basic (RFC 6749 section 2.3.1): both parts form-urlencoded before base64.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::form;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// `client_id` and `client_secret` of the header's value; `None` where it isn't Basic or can't be read.
pub fn credentials(value: &[u8]) -> Option<(String, String)> {
    let at = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, encoded) = (&value[..at], value[at..].trim_ascii());
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let decoded = zeroize::Zeroizing::new(BASE64.decode(encoded).ok()?);
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let id = form::decode(&decoded[..colon]).ok()?.into_owned();
    let secret = form::decode(&decoded[colon + 1..]).ok()?.into_owned();
    Some((id, secret))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header(plain: &str) -> String {
        format!("Basic {}", BASE64.encode(plain))
    }

    fn read(value: &str) -> Option<(String, String)> {
        credentials(value.as_bytes())
    }

    // A4
    #[test]
    fn both_parts_are_decoded() {
        assert_eq!(
            read(&header("app_1:a+b%2B%2F%25%3A%26%3D%7E")),
            Some(("app_1".to_owned(), "a b+/%:&=~".to_owned()))
        );
        assert_eq!(read(&header("app_1:a:b")), Some(("app_1".to_owned(), "a:b".to_owned())));
        assert_eq!(read("bASIC  YTpi "), Some(("a".to_owned(), "b".to_owned())));
        assert_eq!(read("Basic YTpiYw"), Some(("a".to_owned(), "bc".to_owned())), "padding is optional");
    }

    // A4
    #[test]
    fn what_cannot_be_read_is_nothing() {
        for value in [
            "",
            "Basic",
            "Basic ",
            "Bearer YTpi",
            "Basic ???",
            &header("nocolon"),
            &header("a:%zz"),
            &header("a:%ff"),
            "Basic YTpiYQ=a",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(value: Vec<u8>, plain: Vec<u8>) {
            let _ = credentials(&value);
            let _ = credentials(&[b"Basic ", BASE64.encode(plain).as_bytes()].concat());
        }

        #[test]
        fn what_was_encoded_reads_back(id in ".*", secret in ".*") {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let value = header(&format!("{}:{}", encode(&id), encode(&secret)));
            prop_assert_eq!(read(&value), Some((id, secret)));
        }
    }
}
