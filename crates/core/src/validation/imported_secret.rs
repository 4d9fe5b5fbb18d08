//! The form of secrets that come from other systems.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// The shortest imported secret, in characters.
pub const MIN_IMPORTED_SECRET_LENGTH: usize = 8;
/// The longest one.
pub const MAX_IMPORTED_SECRET_LENGTH: usize = 512;

/// Whether a text can be an imported secret: 8 to 512 visible ASCII characters that nobody takes for a secret of this
/// brand, which says by its form what it is, or for a JWT, which proves itself by a signature.
///
/// # Errors
/// What is wrong with it; never the text.
pub fn imported_secret(brand: &str, text: &str) -> Result<(), &'static str> {
    if !(MIN_IMPORTED_SECRET_LENGTH..=MAX_IMPORTED_SECRET_LENGTH).contains(&text.len()) {
        return Err("give a secret of 8 to 512 characters");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("give visible ASCII characters alone, without spaces");
    }
    if text.strip_prefix(brand).is_some_and(|rest| rest.starts_with('_')) {
        return Err("it begins as the secrets of this installation do, and could not be told from one of them");
    }
    if reads_as_jws(text) {
        return Err("it reads as a JWT, which is verified by its signature; other systems' JWTs can't be imported");
    }
    Ok(())
}

/// Three base64url parts, of which the first is a JSON object (RFC 7515 section 7.1).
fn reads_as_jws(text: &str) -> bool {
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let base64url = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    base64url(payload)
        && base64url(signature)
        && URL_SAFE_NO_PAD.decode(header).is_ok_and(|json| serde_json::from_slice::<Map<String, Value>>(&json).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_good(text: &str) -> bool {
        imported_secret("lk", text).is_ok()
    }

    #[test]
    fn any_visible_text_of_8_to_512() {
        for good in [
            "12345678",
            &"x".repeat(512),
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "key.with.dots.in.it",
            "a!\"~{}\\|",
            "LK_live_x",
            "lkx_live",
            "lk-live-x",
        ] {
            assert!(is_good(good), "{good}");
        }
        for bad in
            ["", "1234567", &"x".repeat(513), "with a space", "tab\tinside", "umlaut-ä-x", "nul\0inside", "1234567\n"]
        {
            assert!(!is_good(bad), "{bad:?}");
        }
    }

    #[test]
    fn what_begins_as_ours_is_refused() {
        for ours in ["lk_live_x", "lk_anything", "lk______"] {
            assert!(!is_good(ours), "{ours}");
        }
        assert!(imported_secret("acme", "lk_live_x").is_ok(), "another installation's");
    }

    #[test]
    fn what_reads_as_a_jwt_is_refused() {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#);
        for jws in [format!("{header}.e30.c2ln"), format!("{header}.e30."), format!("{header}..")] {
            assert!(!is_good(&jws), "{jws}");
        }
        let list = URL_SAFE_NO_PAD.encode("[1,2,3]");
        for other in [
            format!("{header}.e30"),
            format!("{header}.a.b.c"),
            format!("{list}.e30.c2ln"),
            format!("{header}.e=0.c2ln"),
        ] {
            assert!(is_good(&other), "{other}");
        }
    }

    proptest! {
        // what the JWT reader takes must never be looked up as an imported secret
        #[test]
        fn no_jws_is_an_imported_secret(text in "(eyJ[A-Za-z0-9_-]{0,30}|[A-Za-z0-9_.-]{0,40})(\\.[A-Za-z0-9_-]{0,20}){0,3}") {
            if latchkey_jose::CompactJws::parse(&text).is_ok() {
                prop_assert!(!is_good(&text));
            }
        }

        #[test]
        fn nothing_panics(brand in "[a-z]{1,8}", text in "\\PC*") {
            let _ = imported_secret(&brand, &text);
        }
    }
}
