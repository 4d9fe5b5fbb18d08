//! Every kind of token against every reader (D6): one key, one clock, and yet only the diagonal passes.

use latchkey_jose::{
    AccessToken, Algorithm, Assertion, AssertionKind, CompactJws, DpopProof, DpopRequest, IntrospectionToken, TypeRule,
};
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::{AUDIENCE, ISSUER, access_token, dpop, introspection, key_for};

const NOW: i64 = 1_800_000_000;
const CLIENT: &str = "app_0123456789abcdef";
const KINDS: [&str; 6] =
    ["access token", "introspection answer", "client assertion", "grant assertion", "DPoP proof", "ID token"];

/// All claims that any of the readers asks for, as a token that tries to pass for all would have them.
fn claims() -> Value {
    let mut claims = serde_json::to_value(access_token()).unwrap();
    let more = json!({
        "exp": NOW + 60, "iat": NOW, "nbf": NOW, "jti": "one",
        "htm": "POST", "htu": "https://server.example.com/token",
    });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

fn token(kind: &str, algorithm: Algorithm) -> String {
    let key = key_for(algorithm);
    let with = |typ: &str, iss: &str, sub: &str, aud: &str| {
        let mut claims = claims();
        for (name, value) in [("iss", iss), ("sub", sub), ("aud", aud)] {
            claims[name] = value.into();
        }
        key.sign(typ, &claims).unwrap()
    };
    match kind {
        "access token" => with("at+jwt", ISSUER, CLIENT, AUDIENCE),
        "introspection answer" => introspection::answer().sign(&key).unwrap(),
        "client assertion" => with("client-authentication+jwt", CLIENT, CLIENT, ISSUER),
        "grant assertion" => {
            with("authorization-grant+jwt", "https://workloads.example", "sa_0123456789abcdef", ISSUER)
        }
        "DPoP proof" => dpop::proof_by(&key, NOW),
        "ID token" => with("JWT", "https://idp.example", "alice", CLIENT),
        _ => unreachable!(),
    }
}

fn passes(reader: &str, token: &str, algorithm: Algorithm) -> bool {
    let key = key_for(algorithm).public_key();
    let now = Timestamp::from_seconds(NOW);
    let jws = CompactJws::parse(token).unwrap();
    let assertion = |kind| Assertion::verify(&jws, &key, kind, ISSUER, now).is_ok();
    match reader {
        "access token" => AccessToken::verify(&jws, &key).is_ok_and(|token| token.check(ISSUER, AUDIENCE, now).is_ok()),
        "introspection answer" => IntrospectionToken::verify(&jws, &key).is_ok(),
        "client assertion" => assertion(AssertionKind::ClientAuthentication),
        "grant assertion" => assertion(AssertionKind::Grant),
        "DPoP proof" => {
            let url = "https://server.example.com/token";
            let request = DpopRequest { method: "POST", url, access_token: None, now };
            DpopProof::parse_and_verify([token.as_bytes()], &request).is_ok()
        }
        "ID token" => jws
            .verify_with(&key, &Algorithm::ALL, TypeRule::ID_TOKEN)
            .is_ok_and(|claims| claims.get("aud") == Some(&json!(CLIENT))),
        _ => unreachable!(),
    }
}

// D6, J2, F8, M1
#[test]
fn only_the_diagonal_passes() {
    for algorithm in Algorithm::ALL {
        for kind in KINDS {
            let token = token(kind, algorithm);
            for reader in KINDS {
                assert_eq!(passes(reader, &token, algorithm), kind == reader, "{algorithm}: {kind} read as {reader}");
            }
        }
    }
}
