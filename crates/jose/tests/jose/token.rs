//! What our access tokens hold, and what is refused of claims that were signed all the same.

use latchkey_jose::{AccessToken, ClaimError, CompactJws, Cred, JwkSet, Principal, SignError, SigningKey, VerifyError};
use latchkey_types::{Scope, ScopeSet, Timestamp};
use serde_json::{Value, json};

use crate::{AUDIENCE, EXPIRY, ISSUER, access_token, signing_key, verify};

fn signed(claims: &Value) -> String {
    signing_key().sign("at+jwt", claims).unwrap()
}

// E1, E2
#[test]
fn a_signed_token_has_the_header_and_claims_of_the_contract() {
    let token = access_token().sign(&signing_key()).unwrap();
    let jws = CompactJws::parse(&token).unwrap();
    assert_eq!(jws.header().alg(), "EdDSA");
    assert_eq!(jws.header().typ(), Some("at+jwt"));
    assert_eq!(jws.header().kid(), Some(signing_key().kid()));
    let claims: Value = jws.verify(&signing_key().public_key(), "at+jwt").unwrap().into_typed().unwrap();
    assert_eq!(
        claims,
        json!({
            "iss": "https://keys.example", "sub": "key_0123456789abcdef", "aud": "https://orders.example",
            "exp": 253_402_300_799_i64, "iat": 1000, "nbf": 1000, "jti": "0123456789abcdef",
            "client_id": "key_0123456789abcdef", "scope": "orders:read orders:write", "org": "org_0123456789abcdef",
            "principal": "service", "cred": "jwt_key",
        })
    );
}

#[test]
fn what_was_signed_is_read_back() {
    for cred in
        [Cred::JwtKey, Cred::ClientCredentials, Cred::JwtBearer, Cred::TokenExchange, Cred::ActionToken, Cred::Phantom]
    {
        for principal in [Principal::Service, Principal::User] {
            let token = AccessToken { cred, principal, scope: ScopeSet::default(), ..access_token() };
            assert_eq!(verify(&token.sign(&signing_key()).unwrap(), &signing_key().public_key()), Ok(token));
        }
    }
}

#[test]
fn issuer_audience_and_times_are_checked_in_this_order() {
    let token = access_token();
    let now = Timestamp::from_seconds(2000);
    assert_eq!(token.check(ISSUER, AUDIENCE, now), Ok(()));
    assert_eq!(token.check("https://other.example", "x", EXPIRY), Err(ClaimError::WrongIssuer));
    assert_eq!(token.check(ISSUER, "https://other.example", EXPIRY), Err(ClaimError::WrongAudience));
    assert_eq!(token.check(ISSUER, AUDIENCE, EXPIRY), Err(ClaimError::Expired));
    assert_eq!(token.check(ISSUER, AUDIENCE, Timestamp::from_seconds(969)), Err(ClaimError::NotYetValid));
    let early = AccessToken { nbf: Timestamp::from_seconds(3000), ..token };
    assert_eq!(early.check(ISSUER, AUDIENCE, now), Err(ClaimError::NotYetValid));
}

// E2
#[test]
fn every_claim_is_required() {
    let whole = serde_json::to_value(access_token()).unwrap();
    let names: Vec<&String> = whole.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 12);
    for name in names {
        let mut claims = whole.clone();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(verify(&signed(&claims), &signing_key().public_key()), Err(VerifyError::WrongClaims), "{name}");
    }
}

// D5, D8
#[test]
fn every_claim_has_its_type() {
    let whole = serde_json::to_value(access_token()).unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = whole.clone();
        claims[name] = value;
        verify(&signed(&claims), &signing_key().public_key())
    };
    for name in whole.as_object().unwrap().keys() {
        for value in [Value::Null, json!(true), json!([]), json!({}), json!([whole[name]]), json!({ "a": whole[name] })]
        {
            assert_eq!(with(name, value.clone()), Err(VerifyError::WrongClaims), "{name}: {value}");
        }
        let other = if whole[name].is_string() { json!(1000) } else { json!("1000") };
        assert_eq!(with(name, other), Err(VerifyError::WrongClaims), "{name}");
    }
    for (name, value) in [
        ("exp", json!(-1)),
        ("exp", json!(1000.5)),
        ("exp", json!(1e300)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(253_402_300_800_i64)),
        ("aud", json!([AUDIENCE])),
        ("aud", json!([AUDIENCE, "https://other.example"])),
        ("scope", json!("a  b")),
        ("org", json!("app_0123456789abcdef")),
        ("principal", json!({ "service": null })),
        ("principal", json!("admin")),
        ("cred", json!({ "jwt_key": null })),
        ("cred", json!("api_key")),
    ] {
        assert_eq!(with(name, value.clone()), Err(VerifyError::WrongClaims), "{name}: {value}");
    }
    assert_eq!(with("other", json!({ "sub": "app_x" })), Ok(access_token()), "unknown claims are ignored");
}

// D6
#[test]
fn a_token_of_another_type_is_no_access_token() {
    for typ in
        ["JWT", "", "token-introspection+jwt", "dpop+jwt", "client-authentication+jwt", "at+jwt+x", "statuslist+jwt"]
    {
        let token = signing_key().sign(typ, &access_token()).unwrap();
        assert_eq!(verify(&token, &signing_key().public_key()), Err(VerifyError::WrongType), "{typ}");
    }
    let token = signing_key().sign("application/AT+JWT", &access_token()).unwrap();
    assert_eq!(verify(&token, &signing_key().public_key()), Ok(access_token()));
}

#[test]
fn the_kid_finds_the_key() {
    let token = access_token().sign(&signing_key()).unwrap();
    let jws = CompactJws::parse(&token).unwrap();
    let other = SigningKey::from_seed(&[8; 32]).public_key();
    let keys = JwkSet::new([other.clone(), signing_key().public_key()]);
    assert_eq!(jws.key_in(&keys), Ok(&signing_key().public_key()));
    assert_eq!(jws.key_in(&JwkSet::new([other.clone()])), Err(VerifyError::UnknownKey));
    assert_eq!(verify(&token, &other), Err(VerifyError::BadSignature));
}

#[test]
fn a_token_that_no_reader_would_take_is_not_signed() {
    let scope = (0..200).map(|n| format!("{n:0>128}").parse::<Scope>().unwrap()).collect();
    assert_eq!(AccessToken { scope, ..access_token() }.sign(&signing_key()), Err(SignError::TooLong));
    assert_eq!(signing_key().sign("JWT", &[1, 2]), Err(SignError::NotAnObject));
    assert_eq!(signing_key().sign("JWT", &()), Err(SignError::NotAnObject));
}

// F-19
#[test]
fn a_signing_key_prints_its_kid_only() {
    let key = signing_key();
    assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.kid()));
}
