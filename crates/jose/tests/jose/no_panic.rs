//! Whatever comes in, it is refused and not a panic.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::{CompactJws, JwkSet, PublicKey};
use proptest::prelude::*;

use crate::{access_token, signing_key, verify};

fn jwk_set() -> String {
    JwkSet::new([signing_key().public_key()]).to_json()
}

proptest! {
    #[test]
    fn any_text_is_no_token(text in any::<String>()) {
        prop_assert!(verify(&text, &signing_key().public_key()).is_err());
    }

    #[test]
    fn any_text_of_the_alphabet_is_no_token(text in "[A-Za-z0-9_.=-]{0,200}") {
        prop_assert!(verify(&text, &signing_key().public_key()).is_err());
    }

    #[test]
    fn any_three_parts_are_no_token(header in any::<Vec<u8>>(), payload in any::<Vec<u8>>(), signature in any::<[u8; 32]>()) {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let token = format!("{}.{}.{}", encode(&header), encode(&payload), encode(&[signature, signature].concat()));
        prop_assert!(verify(&token, &signing_key().public_key()).is_err());
    }

    #[test]
    fn a_header_with_any_values_is_read_or_refused(alg in any::<String>(), typ in any::<String>(), kid in any::<String>()) {
        let header = serde_json::json!({ "alg": alg, "typ": typ, "kid": kid }).to_string();
        let token = format!("{}..", URL_SAFE_NO_PAD.encode(header));
        if let Ok(jws) = CompactJws::parse(&token) {
            prop_assert_eq!(jws.header().kid(), Some(&*kid));
            prop_assert!(jws.verify(&signing_key().public_key(), &typ).is_err());
        }
    }

    #[test]
    fn a_token_changed_anywhere_does_not_hold(position in any::<prop::sample::Index>(), replacement in any::<char>()) {
        let token = access_token().sign(&signing_key()).unwrap();
        let position = position.index(token.len());
        let changed = format!("{}{replacement}{}", &token[..position], &token[position + 1..]);
        prop_assume!(changed != token);
        prop_assert!(verify(&changed, &signing_key().public_key()).is_err());
    }

    #[test]
    fn any_bytes_are_read_as_a_set_or_refused(bytes in any::<Vec<u8>>(), position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let _ = JwkSet::parse(&bytes);
        let mut set = jwk_set().into_bytes();
        let position = position.index(set.len());
        set[position] = byte;
        if let Ok(set) = JwkSet::parse(&set) {
            prop_assert!(set.keys().len() <= 1);
        }
    }

    #[test]
    fn any_32_bytes_are_a_key_or_refused(bytes in any::<[u8; 32]>()) {
        if let Ok(key) = PublicKey::from_bytes(&bytes) {
            prop_assert_eq!(key.as_bytes(), &bytes);
            prop_assert_eq!(key.thumbprint().len(), 43);
        }
    }
}
