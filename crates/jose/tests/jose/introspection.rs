//! Introspection answers as JWTs (RFC 9701).

use latchkey_jose::{CompactJws, IntrospectionToken, VerifyError};
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::{ISSUER, jws, signing_key};

pub fn answer() -> IntrospectionToken {
    let Value::Object(token_introspection) = json!({ "active": true, "sub": "key_x", "exp": 2000 }) else {
        unreachable!()
    };
    IntrospectionToken {
        iss: ISSUER.into(),
        aud: "api_0123456789abcdef".into(),
        iat: Timestamp::from_seconds(1000),
        token_introspection,
    }
}

fn verify(token: &str) -> Result<IntrospectionToken, VerifyError> {
    IntrospectionToken::verify(&CompactJws::parse(token)?, &signing_key().public_key())
}

// F8
#[test]
fn an_answer_has_no_claims_of_an_access_token_at_the_top() {
    let token = answer().sign(&signing_key()).unwrap();
    let parsed = CompactJws::parse(&token).unwrap();
    assert_eq!(parsed.header().typ(), Some("token-introspection+jwt"));
    let claims: Value =
        parsed.verify(&signing_key().public_key(), "token-introspection+jwt").unwrap().into_typed().unwrap();
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "aud": "api_0123456789abcdef", "iat": 1000,
            "token_introspection": { "active": true, "sub": "key_x", "exp": 2000 },
        })
    );
    assert_eq!(verify(&token), Ok(answer()));
}

// F8
#[test]
fn what_else_stands_at_the_top_is_refused() {
    let header = json!({ "alg": "EdDSA", "typ": "token-introspection+jwt" });
    let whole = serde_json::to_value(answer()).unwrap();
    assert!(verify(&jws(&signing_key(), &header, &whole)).is_ok());
    for (name, value) in [("sub", json!("key_x")), ("exp", json!(2000)), ("token_introspection", json!("x"))] {
        let mut claims = whole.clone();
        claims[name] = value;
        assert_eq!(verify(&jws(&signing_key(), &header, &claims)), Err(VerifyError::WrongClaims), "{name}");
    }
    let header = json!({ "alg": "EdDSA", "typ": "token-introspection+jwt", "jwk": {} });
    assert_eq!(verify(&jws(&signing_key(), &header, &whole)), Err(VerifyError::BringsAKey));
}
