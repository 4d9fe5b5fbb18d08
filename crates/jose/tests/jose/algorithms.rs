//! Which algorithm goes with which key, and who may choose it.

use latchkey_jose::{Algorithm, CompactJws, JwkSet, PublicKey, TypeRule, UnknownAlgorithm, VerifyError};
use serde_json::{Value, json};

use crate::{jws, key_for};

fn verify(token: &str, key: &PublicKey, allowed: &[Algorithm]) -> Result<Value, VerifyError> {
    let claims = CompactJws::parse(token)?.verify_with(key, allowed, TypeRule::Exactly("JWT"))?;
    Ok(Value::Object(claims.members().clone()))
}

// D1, D10
#[test]
fn words_are_case_sensitive() {
    for algorithm in Algorithm::ALL {
        assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        assert_eq!(algorithm.as_str().to_lowercase().parse::<Algorithm>(), Err(UnknownAlgorithm));
    }
    assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDsa));
    for text in ["none", "HS256", "RS384", "ES384", "ES256K", "Ed448", "RSA-OAEP", ""] {
        assert_eq!(text.parse::<Algorithm>(), Err(UnknownAlgorithm), "{text}");
    }
}

// D1: every algorithm in the header, against the key of every algorithm
#[test]
fn only_the_key_s_own_algorithm_verifies() {
    let claims = json!({ "sub": "x" });
    for signer in Algorithm::ALL {
        for named in Algorithm::ALL {
            let token = jws(&key_for(signer), &json!({ "alg": named.as_str(), "typ": "JWT" }), &claims);
            for verifier in Algorithm::ALL {
                let expected = if named != verifier {
                    Err(VerifyError::WrongAlgorithm)
                } else if signer != verifier {
                    Err(VerifyError::BadSignature)
                } else {
                    Ok(claims.clone())
                };
                let key = key_for(verifier).public_key();
                assert_eq!(verify(&token, &key, &Algorithm::ALL), expected, "{signer} as {named} by {verifier}");
            }
        }
    }
}

// D1
#[test]
fn an_rsa_key_without_alg_takes_both_and_with_alg_one() {
    let (pkcs1, pss) = (key_for(Algorithm::Rs256), key_for(Algorithm::Ps256));
    let token = |key: &latchkey_jose::SigningKey| key.sign("JWT", &json!({})).unwrap();
    let either = PublicKey::from_spki_der(&pkcs1.public_key().to_spki_der()).unwrap();
    assert_eq!(either.algorithms(), [Algorithm::Rs256, Algorithm::Ps256]);
    assert!(verify(&token(&pkcs1), &either, &Algorithm::ALL).is_ok());
    assert!(verify(&token(&pss), &either, &Algorithm::ALL).is_ok());
    let one = either.only(Algorithm::Ps256).unwrap();
    assert_eq!(verify(&token(&pkcs1), &one, &Algorithm::ALL), Err(VerifyError::WrongAlgorithm));
    assert!(verify(&token(&pss), &one, &Algorithm::ALL).is_ok());
    assert_eq!(one.only(Algorithm::Rs256), None, "narrowed stays narrowed");
    assert_eq!(either.only(Algorithm::Es256), None);
    assert_eq!(one.thumbprint(), either.thumbprint());
    assert_ne!(one, either);
}

#[test]
fn the_caller_s_list_narrows_too() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        let token = key.sign("JWT", &json!({})).unwrap();
        let others: Vec<Algorithm> = Algorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
        assert_eq!(verify(&token, &key.public_key(), &others), Err(VerifyError::WrongAlgorithm), "{algorithm}");
        assert_eq!(verify(&token, &key.public_key(), &[]), Err(VerifyError::WrongAlgorithm), "{algorithm}");
        assert!(verify(&token, &key.public_key(), &[algorithm]).is_ok(), "{algorithm}");
    }
}

// D1: an attacker who has the public key only
#[test]
fn no_public_key_is_an_hmac_secret() {
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm).public_key();
        for secret in [key.to_spki_der(), JwkSet::new([key.clone()]).to_json().into_bytes()] {
            let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
            let secret = jsonwebtoken::EncodingKey::from_secret(&secret);
            let token = jsonwebtoken::encode(&header, &json!({ "sub": "x" }), &secret).unwrap();
            assert_eq!(verify(&token, &key, &Algorithm::ALL), Err(VerifyError::WrongAlgorithm), "{algorithm}");
        }
    }
}

// D6
#[test]
fn a_type_rule_takes_what_it_names() {
    let key = key_for(Algorithm::EdDsa);
    let accepts = |rule: TypeRule<'_>, header: &Value| {
        let token = jws(&key, header, &json!({}));
        CompactJws::parse(&token).unwrap().verify_with(&key.public_key(), &Algorithm::ALL, rule).is_ok()
    };
    let types = [
        None,
        Some("JWT"),
        Some("client-authentication+jwt"),
        Some("authorization-grant+jwt"),
        Some("at+jwt"),
        Some("dpop+jwt"),
        Some(""),
    ];
    for (rule, expected) in [
        (TypeRule::Exactly("at+jwt"), [false, false, false, false, true, false, false]),
        (TypeRule::CLIENT_ASSERTION, [true, true, true, false, false, false, false]),
        (TypeRule::JWT_BEARER, [true, true, false, true, false, false, false]),
        (TypeRule::ID_TOKEN, [true, true, false, false, false, false, false]),
        (TypeRule::FOREIGN_ACCESS_TOKEN, [true, true, false, false, true, false, false]),
    ] {
        for (typ, expected) in types.into_iter().zip(expected) {
            let mut header = json!({ "alg": "EdDSA" });
            if let Some(typ) = typ {
                header["typ"] = typ.into();
            }
            assert_eq!(accepts(rule, &header), expected, "{rule:?}, {typ:?}");
        }
    }
    assert!(accepts(TypeRule::ID_TOKEN, &json!({ "alg": "EdDSA", "typ": "application/jwt" })));
}

#[test]
fn candidates_are_the_named_key_or_all_of_the_algorithm() {
    let set = JwkSet::new(Algorithm::ALL.map(|algorithm| key_for(algorithm).public_key()));
    // RS256 and PS256 share a key here, and so a kid
    assert_eq!(set.keys().len(), 3);
    let candidates = |header: Value| {
        let token = jws(&key_for(Algorithm::EdDsa), &header, &json!({}));
        let jws = CompactJws::parse(&token).unwrap();
        jws.candidates_in(&set).into_iter().map(PublicKey::thumbprint).collect::<Vec<_>>()
    };
    let (ed25519, p256) = (key_for(Algorithm::EdDsa), key_for(Algorithm::Es256));
    assert_eq!(candidates(json!({ "alg": "Ed25519" })), [ed25519.kid()]);
    assert_eq!(candidates(json!({ "alg": "ES256" })), [p256.kid()]);
    assert_eq!(candidates(json!({ "alg": "EdDSA", "kid": p256.kid() })), [p256.kid()]);
    for header in [json!({ "alg": "EdDSA", "kid": "x" }), json!({ "alg": "PS256" }), json!({ "alg": "none" })] {
        assert_eq!(candidates(header.clone()), [""; 0], "{header}");
    }
}

#[test]
fn an_unproven_claim_is_a_plain_text_or_nothing() {
    let claim = |value: Value| {
        let token = jws(&key_for(Algorithm::EdDsa), &json!({ "alg": "EdDSA" }), &json!({ "iss": value }));
        CompactJws::parse(&token).unwrap().unproven_claim("iss")
    };
    assert_eq!(claim(json!("https://a.example")).as_deref(), Some("https://a.example"));
    for value in [json!(1), json!(null), json!(["a"]), json!(""), json!("a\u{0}"), json!("a".repeat(256))] {
        assert_eq!(claim(value.clone()), None, "{value}");
    }
}
