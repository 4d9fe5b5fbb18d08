//! Who acts for whom, and the key that a token is bound to.

use latchkey_jose::{AccessToken, Actor, Confirmation, MAX_ACTORS, MayAct, VerifyError};
use serde_json::{Value, json};

use crate::{access_token, signing_key, verify};

const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

fn with(name: &str, value: &Value) -> Result<AccessToken, VerifyError> {
    let mut claims = serde_json::to_value(access_token()).unwrap();
    claims[name] = value.clone();
    verify(&signing_key().sign("at+jwt", &claims).unwrap(), &signing_key().public_key())
}

/// `a1`, called by `a2`, and so on.
fn chain(length: usize) -> Value {
    (1..=length).rev().fold(Value::Null, |before, number| {
        let mut actor = json!({ "sub": format!("a{number}") });
        if before != Value::Null {
            actor["act"] = before;
        }
        actor
    })
}

// K5
#[test]
fn the_chain_is_read_latest_first() {
    assert_eq!(access_token().call_chain(), [""; 0]);
    assert_eq!(with("act", &chain(3)).unwrap().call_chain(), ["a1", "a2", "a3"]);
}

#[test]
fn the_chain_is_bounded() {
    assert_eq!(with("act", &chain(MAX_ACTORS)).unwrap().call_chain().len(), MAX_ACTORS);
    for length in [MAX_ACTORS + 1, 100, 126] {
        assert!(with("act", &chain(length)).is_err(), "{length}");
    }
}

#[test]
fn optional_claims_are_absent_or_whole() {
    let claims = serde_json::to_value(access_token()).unwrap();
    for name in ["act", "may_act", "cnf"] {
        assert_eq!(claims.get(name), None, "{name}");
        for value in
            [Value::Null, json!(""), json!(1), json!([]), json!(["a"]), json!([THUMBPRINT]), json!([{ "sub": "a" }])]
        {
            assert_eq!(with(name, &value), Err(VerifyError::WrongClaims), "{name}: {value}");
        }
    }
    for act in [
        json!({}),
        json!({ "sub": 1 }),
        json!({ "sub": null }),
        json!({ "sub": "a", "client_id": null }),
        json!({ "sub": "a", "act": null }),
        json!({ "sub": "a", "act": "b" }),
        json!({ "sub": "a", "act": ["b"] }),
        json!({ "sub": "a", "act": { "client_id": "b" } }),
    ] {
        assert_eq!(with("act", &act), Err(VerifyError::WrongClaims), "{act}");
    }
}

#[test]
fn what_was_signed_is_read_back() {
    let order = Actor { sub: "app_order".into(), client_id: None, act: None };
    let cart = Actor { sub: "sa_cart".into(), client_id: Some("app_cart".into()), act: Some(Box::new(order)) };
    let token = AccessToken {
        act: Some(cart),
        may_act: Some(MayAct { sub: Some("app_next".into()), client_id: None, iss: None }),
        cnf: Some(Confirmation::dpop(THUMBPRINT)),
        ..access_token()
    };
    let claims = serde_json::to_value(&token).unwrap();
    assert_eq!(claims["act"], json!({ "sub": "sa_cart", "client_id": "app_cart", "act": { "sub": "app_order" } }));
    assert_eq!((&claims["cnf"], &claims["may_act"]), (&json!({ "jkt": THUMBPRINT }), &json!({ "sub": "app_next" })));
    assert_eq!(verify(&token.sign(&signing_key()).unwrap(), &signing_key().public_key()), Ok(token));
}

// L1
#[test]
fn a_confirmation_that_nobody_checks_is_refused() {
    let certificate = json!({ "x5t#S256": THUMBPRINT });
    assert_eq!(with("cnf", &certificate).unwrap().cnf, Some(Confirmation::certificate(THUMBPRINT)));
    let both = json!({ "x5t#S256": THUMBPRINT, "jkt": THUMBPRINT });
    assert!(with("cnf", &both).is_ok());
    for cnf in [
        json!({}),
        json!({ "jkt": "" }),
        json!({ "jkt": null }),
        json!({ "jkt": "AAAA" }),
        json!({ "jkt": format!("{THUMBPRINT}=") }),
        json!({ "x5t": THUMBPRINT }),
        json!({ "jwk": {} }),
        json!({ "jkt": THUMBPRINT, "kid": "x" }),
    ] {
        assert_eq!(with("cnf", &cnf), Err(VerifyError::WrongClaims), "{cnf}");
    }
}

// K5
#[test]
fn may_act_permits_whom_it_names() {
    let permits = |may_act: Value| {
        let token = with("may_act", &may_act).unwrap();
        token.may_act.unwrap().permits("https://keys.example", "sa_cart", "app_cart")
    };
    for yes in [
        json!({ "sub": "sa_cart" }),
        json!({ "client_id": "app_cart" }),
        json!({ "sub": "sa_cart", "client_id": "app_cart", "iss": "https://keys.example" }),
    ] {
        assert!(permits(yes.clone()), "{yes}");
    }
    for no in [
        json!({}),
        json!({ "iss": "https://keys.example" }),
        json!({ "sub": "app_cart" }),
        json!({ "client_id": "sa_cart" }),
        json!({ "sub": "sa_cart", "client_id": "app_other" }),
        json!({ "sub": "sa_cart", "iss": "https://other.example" }),
    ] {
        assert!(!permits(no.clone()), "{no}");
    }
    assert_eq!(with("may_act", &json!({ "sub": "sa_cart", "eidas_only": true })), Err(VerifyError::WrongClaims));
}
