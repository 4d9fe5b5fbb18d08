//! Assertions: which hold, and each reason for which one doesn't.

use latchkey_jose::{
    Algorithm, Assertion, AssertionError, AssertionKind, ClaimError, CompactJws, Malformed, SigningKey, VerifyError,
};
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::{ISSUER, jws, key_for};

const NOW: i64 = 1_800_000_000;
const CLIENT: &str = "app_0123456789abcdef";

pub fn claims() -> Value {
    json!({ "iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "one" })
}

fn verify(token: &str, key: &SigningKey, kind: AssertionKind) -> Result<Assertion, AssertionError> {
    let jws = CompactJws::parse(token).map_err(VerifyError::from)?;
    Assertion::verify(&jws, &key.public_key(), kind, ISSUER, Timestamp::from_seconds(NOW))
}

fn client(claims: &Value) -> Result<Assertion, AssertionError> {
    let key = key_for(Algorithm::EdDsa);
    verify(&jws(&key, &json!({ "alg": "EdDSA" }), claims), &key, AssertionKind::ClientAuthentication)
}

fn with(name: &str, value: Value) -> Result<Assertion, AssertionError> {
    let mut claims = claims();
    claims[name] = value;
    client(&claims)
}

fn wrong(error: impl Into<AssertionError>) -> Result<Assertion, AssertionError> {
    Err(error.into())
}

#[test]
fn an_assertion_of_each_algorithm_holds() {
    let expected =
        Assertion { iss: CLIENT.into(), sub: CLIENT.into(), exp: Timestamp::from_seconds(NOW + 60), jti: "one".into() };
    for algorithm in Algorithm::ALL {
        let key = key_for(algorithm);
        for kind in [AssertionKind::ClientAuthentication, AssertionKind::Grant] {
            let token = key.sign("JWT", &claims()).unwrap();
            assert_eq!(verify(&token, &key, kind), Ok(expected.clone()), "{algorithm}, {kind:?}");
        }
    }
}

// J2, D6
#[test]
fn typ_says_what_it_is_for_or_nothing() {
    let key = key_for(Algorithm::EdDsa);
    let verify = |typ: Value, kind| verify(&jws(&key, &json!({ "alg": "EdDSA", "typ": typ }), &claims()), &key, kind);
    for typ in ["JWT", "jwt", "application/jwt", "client-authentication+jwt"] {
        assert!(verify(typ.into(), AssertionKind::ClientAuthentication).is_ok(), "{typ}");
    }
    // draft-ietf-oauth-rfc7523bis names both, and each for its purpose alone
    for typ in ["JWT", "authorization-grant+jwt", "application/authorization-grant+jwt"] {
        assert!(verify(typ.into(), AssertionKind::Grant).is_ok(), "{typ}");
    }
    for (typ, other) in [
        ("client-authentication+jwt", AssertionKind::Grant),
        ("authorization-grant+jwt", AssertionKind::ClientAuthentication),
    ] {
        assert_eq!(verify(typ.into(), other), wrong(VerifyError::WrongType), "{typ}");
    }
    for typ in ["at+jwt", "dpop+jwt", "token-introspection+jwt", "", "JOSE", "secevent+jwt"] {
        for kind in [AssertionKind::ClientAuthentication, AssertionKind::Grant] {
            assert_eq!(verify(typ.into(), kind), wrong(VerifyError::WrongType), "{typ}");
        }
    }
}

// J2
#[test]
fn the_issuer_is_the_only_audience() {
    assert!(with("aud", json!([ISSUER])).is_ok());
    for aud in [
        json!(format!("{ISSUER}/oauth/token")),
        json!(format!("{ISSUER}/")),
        json!(ISSUER.to_uppercase()),
        json!(""),
        json!([]),
        json!([ISSUER, ISSUER]),
        json!([ISSUER, "https://other.example"]),
        json!([format!("{ISSUER}/oauth/token")]),
    ] {
        assert_eq!(with("aud", aud.clone()), wrong(ClaimError::WrongAudience), "{aud}");
    }
    for aud in [json!(null), json!(1), json!({ "0": ISSUER }), json!([[ISSUER]]), json!([null])] {
        assert_eq!(with("aud", aud.clone()), wrong(VerifyError::WrongClaims), "{aud}");
    }
}

// J1
#[test]
fn required_claims_are_there_and_of_their_type() {
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(client(&claims), wrong(VerifyError::WrongClaims), "{name}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat", "nbf", "jti"] {
        for value in [Value::Null, json!(true), json!({}), json!([1])] {
            assert_eq!(with(name, value.clone()), wrong(VerifyError::WrongClaims), "{name}: {value}");
        }
    }
    for (name, value) in [("exp", json!("1")), ("exp", json!(-1)), ("exp", json!(1e300)), ("iat", json!("1"))] {
        assert_eq!(with(name, value.clone()), wrong(VerifyError::WrongClaims), "{name}: {value}");
    }
}

// J1
#[test]
fn a_client_speaks_for_itself_only() {
    assert_eq!(with("sub", json!("app_other")), Err(AssertionError::NotItsOwn));
    assert_eq!(with("iss", json!("app_other")), Err(AssertionError::NotItsOwn));
    let key = key_for(Algorithm::EdDsa);
    let mut claims = claims();
    claims["sub"] = "sa_0123456789abcdef".into();
    let token = key.sign("JWT", &claims).unwrap();
    assert_eq!(verify(&token, &key, AssertionKind::Grant).unwrap().sub, "sa_0123456789abcdef");
}

// J3, F-27
#[test]
fn jti_is_bounded_and_plain() {
    for jti in ["x".repeat(255), "\u{e4}".repeat(255), "a b".into()] {
        assert_eq!(with("jti", json!(jti)).unwrap().jti, jti);
    }
    for jti in ["", &"x".repeat(256), "a\0", "a\n", "\u{7F}", "\u{85}"] {
        assert_eq!(with("jti", json!(jti)), wrong(VerifyError::WrongClaims), "{jti:?}");
    }
}

// J4, F-09
#[test]
fn times() {
    let ok = |name, value: Value| assert!(with(name, value.clone()).is_ok(), "{name}: {value}");
    let refused = |name, value: Value, error: AssertionError| {
        assert_eq!(with(name, value.clone()), Err(error), "{name}: {value}");
    };
    ok("exp", json!(NOW + 1));
    ok("exp", json!(NOW + 3600));
    refused("exp", json!(NOW), ClaimError::Expired.into());
    refused("exp", json!(0), ClaimError::Expired.into());
    refused("exp", json!(NOW + 3601), AssertionError::TooLongLived);
    refused("exp", json!(253_402_300_799_i64), AssertionError::TooLongLived);
    for name in ["iat", "nbf"] {
        ok(name, json!(0));
        ok(name, json!(NOW + 30));
        refused(name, json!(NOW + 31), ClaimError::NotYetValid.into());
    }
    let mut without = claims();
    without.as_object_mut().unwrap().remove("iat");
    assert!(client(&without).is_ok());
    // RFC 7519 section 2: a NumericDate may have a fraction
    let fraction = 1_800_000_060.9_f64;
    assert_eq!(with("exp", json!(fraction)).unwrap().exp, Timestamp::from_seconds(NOW + 60));
}

// D1, D3, D8, D9
#[test]
fn the_token_itself_must_hold() {
    let key = key_for(Algorithm::Es256);
    let with_header = |header: Value| verify(&jws(&key, &header, &claims()), &key, AssertionKind::ClientAuthentication);
    assert!(with_header(json!({ "alg": "ES256" })).is_ok());
    for (header, error) in [
        (json!({ "alg": "none" }), VerifyError::WrongAlgorithm),
        (json!({ "alg": "HS256" }), VerifyError::WrongAlgorithm),
        (json!({ "alg": "RS256" }), VerifyError::WrongAlgorithm),
        (json!({ "alg": "ES256", "jwk": {} }), VerifyError::BringsAKey),
        (json!({ "alg": "ES256", "jku": "https://evil.example" }), VerifyError::BringsAKey),
        (json!({ "alg": "ES256", "crit": ["exp"] }), Malformed::Unsupported("crit").into()),
        (json!({}), Malformed::Parameter("alg").into()),
    ] {
        assert_eq!(with_header(header.clone()), wrong(error), "{header}");
    }
    let other = SigningKey::generate(Algorithm::Es256, |buffer| buffer.fill(8)).unwrap();
    let token = other.sign("JWT", &claims()).unwrap();
    assert_eq!(verify(&token, &key, AssertionKind::Grant), wrong(VerifyError::BadSignature));
}
