//! Whatever comes in, it is refused and not a panic.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_jose::{
    AccessToken, Algorithm, Assertion, AssertionKind, CompactJws, DpopProof, DpopRequest, IntrospectionToken, Jwk,
    JwkSet, PublicKey, SigningKey,
};
use latchkey_types::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::{ISSUER, access_token, dpop, key_for, signing_key, verify};

/// Any JSON, a few levels deep, with the member names that mean something somewhere.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[A-Za-z0-9_-]{0,50}".prop_map(Value::from),
        prop_oneof!["OKP", "EC", "RSA", "Ed25519", "P-256", "AQAB", "sig", "ES256"].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members_of(inner).prop_map(Value::Object)
        ]
    })
}

fn members_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    const NAME: &str =
        "(keys|kty|crv|x|y|n|e|alg|use|kid|key_ops|iss|sub|aud|exp|iat|nbf|jti|act|may_act|cnf|jkt|htm|htu|ath)";
    proptest::collection::vec((NAME, value), 0..8).prop_map(|members| members.into_iter().collect())
}

fn request() -> DpopRequest<'static> {
    DpopRequest {
        method: "POST",
        url: "https://server.example.com/token",
        access_token: None,
        now: Timestamp::from_seconds(1_800_000_000),
    }
}

/// All but RSA, whose key takes a while to make.
fn quick_keys() -> [SigningKey; 2] {
    [key_for(Algorithm::EdDsa), key_for(Algorithm::Es256)]
}

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
        if let Ok(key) = PublicKey::from_ed25519(&bytes) {
            prop_assert_eq!(key.as_ed25519(), Some(&bytes));
            prop_assert_eq!(key.thumbprint().len(), 43);
        }
    }

    #[test]
    fn any_der_is_a_key_or_refused(bytes in any::<Vec<u8>>(), position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let _ = PublicKey::from_spki_der(&bytes);
        for key in quick_keys() {
            let mut der = key.public_key().to_spki_der();
            let position = position.index(der.len());
            der[position] = byte;
            if let Ok(key) = PublicKey::from_spki_der(&der) {
                prop_assert_eq!(key.to_spki_der(), der);
            }
        }
    }

    #[test]
    fn any_rsa_numbers_are_a_key_or_refused(n in proptest::collection::vec(any::<u8>(), 250..260), e in proptest::collection::vec(any::<u8>(), 0..6)) {
        for e in [&e[..], &[1, 0, 1]] {
            if let Ok(key) = PublicKey::from_rsa(&n, e) {
                prop_assert_eq!(PublicKey::from_spki_der(&key.to_spki_der()), Ok(key));
            }
        }
    }

    #[test]
    fn any_private_bytes_are_a_key_or_refused(bytes in any::<Vec<u8>>(), position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for algorithm in Algorithm::ALL {
            let _ = SigningKey::from_private_bytes(algorithm, &bytes);
        }
        let mut der = key_for(Algorithm::Es256).private_bytes();
        let position = position.index(der.len());
        der[position] = byte;
        if let Ok(key) = SigningKey::from_private_bytes(Algorithm::Es256, &der) {
            prop_assert!(key.sign("JWT", &serde_json::json!({})).is_ok(), "it signs");
        }
    }

    #[test]
    fn any_members_are_a_jwk_or_refused(members in members_of(json()), set in json()) {
        if let Ok(jwk) = Jwk::from_members(&members) {
            prop_assert!(!jwk.key().algorithms().is_empty());
        }
        let _ = JwkSet::from_registration(&set);
        let _ = JwkSet::parse(set.to_string().as_bytes());
    }

    #[test]
    fn any_claims_are_read_or_refused(mut claims in members_of(json()), whole in any::<bool>()) {
        if whole {
            let Ok(Value::Object(token)) = serde_json::to_value(access_token()) else { unreachable!() };
            for (name, value) in token {
                claims.entry(name).or_insert(value);
            }
        }
        let now = Timestamp::from_seconds(1_800_000_000);
        for key in quick_keys() {
            for typ in ["at+jwt", "JWT", "token-introspection+jwt"] {
                let token = key.sign(typ, &claims).unwrap();
                let jws = CompactJws::parse(&token).unwrap();
                if let Ok(token) = AccessToken::verify(&jws, &key.public_key()) {
                    prop_assert!(token.call_chain().len() <= latchkey_jose::MAX_ACTORS);
                }
                let _ = IntrospectionToken::verify(&jws, &key.public_key());
                let _ = Assertion::verify(&jws, &key.public_key(), AssertionKind::Grant, ISSUER, now);
                let _ = jws.unproven_claim("iss");
            }
        }
    }

    #[test]
    fn any_bytes_are_no_proof(bytes in any::<Vec<u8>>(), header in members_of(json()), claims in members_of(json())) {
        prop_assert!(DpopProof::parse_and_verify([&bytes[..]], &request()).is_err());
        let mut header = header;
        header.insert("typ".into(), "dpop+jwt".into());
        let token = crate::jws(&key_for(Algorithm::EdDsa), &header.into(), &claims.into());
        prop_assert!(DpopProof::parse_and_verify([token.as_bytes()], &request()).is_err());
    }

    #[test]
    fn a_proof_changed_anywhere_does_not_hold(position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        for key in quick_keys() {
            let proof = dpop::proof_by(&key, 1_800_000_000).into_bytes();
            prop_assert!(DpopProof::parse_and_verify([&proof[..]], &request()).is_ok());
            let mut changed = proof.clone();
            changed[position.index(proof.len())] = byte;
            prop_assume!(changed != proof);
            prop_assert!(DpopProof::parse_and_verify([&changed[..]], &request()).is_err());
        }
    }
}
