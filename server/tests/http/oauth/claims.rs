//! What each kind of token says, to the member (contract section 5, E1 to E3).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::introspect::{basic, issued};
use crate::prover::Prover;
use crate::world::new_bodies::new_key;
use crate::world::{ISSUER, World, account_key, workload_token};

const ORDERS: &str = "https://orders.example";
const JWT_BEARER: &str = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";

fn part(token: &str, position: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(position).unwrap()).unwrap()).unwrap()
}

/// The claims but for the times, the `jti` and the organisation, which are as they always are.
fn claims(token: &str, now: i64, life: i64) -> Value {
    let header = part(token, 0);
    let names: Vec<&str> = header.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((names, &header["typ"], &header["alg"]), (vec!["alg", "kid", "typ"], &json!("at+jwt"), &json!("EdDSA")));
    let mut claims = part(token, 1);
    let mut take = |name: &str| claims.as_object_mut().unwrap().remove(name).unwrap();
    assert_eq!((take("iat"), take("nbf"), take("exp")), (json!(now), json!(now), json!(now + life)));
    assert!(!take("jti").as_str().unwrap().is_empty());
    assert!(take("org").as_str().unwrap().starts_with("org_"));
    claims
}

async fn asked(world: &World, body: &str) -> String {
    let (name, value) = basic(&world.client, &world.client_secret);
    world.token(&[(name, &value)], body).await.expect(200).text("access_token")
}

#[tokio::test]
async fn every_kind_of_token_says_what_the_contract_lists_and_no_more() {
    let world = World::new().await;
    let now = world.core.clock.now().as_seconds();
    let (client, account) = (&world.client, &world.service_account);
    let claims = |token: &str| claims(token, now, 300);
    let of = |sub: &str, client: &str, scope: &str, cred: &str| json!({ "iss": ISSUER, "sub": sub, "aud": ORDERS, "client_id": client, "scope": scope, "principal": "service", "cred": cred });

    let own = issued(&world).await;
    assert_eq!(claims(&own), of(client, client, "orders:read orders:write", "client_credentials"));

    let assertion = json!({ "iss": account, "sub": account, "aud": ISSUER, "jti": "1", "exp": now + 60 });
    let assertion = account_key().sign("authorization-grant+jwt", &assertion).unwrap();
    let everything = "orders:admin orders:read orders:write";
    for assertion in [assertion, workload_token("1", world.core.clock.now())] {
        let body = format!("{JWT_BEARER}&assertion={assertion}&resource={ORDERS}");
        let token = world.token(&[], &body).await.expect(200).text("access_token");
        assert_eq!(claims(&token), of(account, account, everything, "jwt_bearer"));
        let body = format!(
            "{EXCHANGE}&subject_token={token}&subject_token_type=urn:ietf:params:oauth:token-type:access_token&scope=orders:read"
        );
        let mut expected = of(account, client, "orders:read", "token_exchange");
        // first the account, which acts for itself, then the client that took its token over
        expected["act"] = json!({ "sub": client });
        assert_eq!(claims(&asked(&world, &body).await), expected);
    }

    let redeem = json!({ "token": world.action_token_secret });
    let redeemed = world.post("/v1/action-tokens/redeem", "", &redeem).await.expect(200).text("access_token");
    let mut expected = of(&world.action_token, &world.action_token, "orders:read", "action_token");
    expected["purpose"] = json!("confirm-order");
    assert_eq!(claims(&redeemed), expected);

    // L1, M2
    let prover = Prover::new(1);
    let url = format!("{ISSUER}/oauth/token");
    let nonce = latchkey_core::oauth::fresh_nonce(&world.core);
    let proof = prover.prove(&json!({ "jti": "1", "htm": "POST", "htu": url, "iat": now, "nonce": nonce }));
    let (name, value) = basic(client, &world.client_secret);
    let bound = world.token(&[(name, &value), ("dpop", &proof)], "grant_type=client_credentials").await.expect(200);
    let mut expected = of(client, client, "orders:read orders:write", "client_credentials");
    expected["cnf"] = json!({ "jkt": prover.jkt() });
    assert_eq!(claims(&bound.text("access_token")), expected);
}

#[tokio::test]
async fn a_jwt_key_is_its_own_subject_and_client() {
    let world = World::new().await;
    let now = world.core.clock.now().as_seconds();
    let mut new = new_key();
    new["kind"] = json!("jwt_key");
    new.as_object_mut().unwrap().remove("expires_at");
    let made = world.post("/api/v1/orgs/acme/keys", world.owner(), &new).await.expect(201);
    let id = made.text("id");
    assert_eq!(
        claims(&made.text("jwt"), now, 90 * 86_400),
        json!({
            "iss": ISSUER, "sub": id, "aud": ORDERS, "client_id": id, "scope": "orders:read", "principal": "service",
            "cred": "jwt_key",
        })
    );
}
