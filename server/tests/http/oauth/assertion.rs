//! Client assertions and the trade of a secret for a key, over HTTP.

use latchkey_jose::SigningKey;
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::world::{Answer, ISSUER, World, client_key};

const GRANT: &str = "grant_type=client_credentials";
const TYPE: &str = "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client's assertion about itself, good for a minute.
fn assertion(world: &World, client: &str, jti: &str) -> String {
    sign(&client_key(), client, jti, world.core.clock.now())
}

fn sign(key: &SigningKey, client: &str, jti: &str, now: Timestamp) -> String {
    let exp = now.as_seconds() + 60;
    key.sign("JWT", &json!({ "iss": client, "sub": client, "aud": ISSUER, "jti": jti, "exp": exp })).unwrap()
}

async fn by_key(world: &World) -> String {
    let patch = json!({ "auth_method": "private_key_jwt" });
    world.call("PATCH", &format!("/api/v1/orgs/acme/apps/{}", world.client), world.owner(), &patch).await.expect(200);
    world.client.clone()
}

// J1, J3, A7
#[tokio::test]
async fn a_token_by_an_assertion() {
    let world = World::new().await;
    let id = by_key(&world).await;
    let body = format!("{GRANT}&{TYPE}&client_assertion={}", assertion(&world, &id, "1"));
    let answer = world.token(&[], &body).await.expect(200);
    assert_eq!((answer.header("cache-control"), answer.text("token_type")), ("no-store", "Bearer".to_owned()));
    assert_eq!(world.verify(&world.verification_key, &answer.text("access_token")).await["valid"], true);
    // a second time it is refused, and so is the secret
    let again = world.token(&[], &body).await.expect(401);
    let with_id = format!("{GRANT}&client_id={id}&{TYPE}&client_assertion={}", assertion(&world, &id, "2"));
    world.token(&[], &with_id).await.expect(200);
    let by_secret = format!("{GRANT}&client_id={id}&client_secret={}", world.client_secret);
    assert_eq!(world.token(&[], &by_secret).await.expect(401).body, again.body);
    let unknown = format!("{GRANT}&{TYPE}&client_assertion={}", assertion(&world, "app_0000000000000000", "3"));
    assert_eq!(world.token(&[], &unknown).await.expect(401).body, again.body, "A9");
}

// A2, A3, A5: one way, complete, and not in the URL
#[tokio::test]
async fn exactly_one_way() {
    let world = World::new().await;
    let id = by_key(&world).await;
    let given = format!("{TYPE}&client_assertion={}", assertion(&world, &id, "1"));
    let basic = [("authorization", "Basic YTpi")];
    let saml = given.replace("jwt-bearer", "saml2-bearer");
    for (headers, body) in [
        (&basic[..], format!("{GRANT}&{given}")),
        (&[][..], format!("{GRANT}&{given}&client_id={id}&client_secret={}", world.client_secret)),
        (&[][..], format!("{GRANT}&{given}&{TYPE}")),
        (&[][..], format!("{GRANT}&{TYPE}")),
        (&[][..], format!("{GRANT}&client_assertion=x")),
        (&[][..], format!("{GRANT}&{saml}")),
    ] {
        let answer = world.token(headers, &body).await.expect(400);
        assert_eq!(answer.text("error"), "invalid_request", "{body}");
    }
    // none of it used the assertion up
    world.token(&[], &format!("{GRANT}&{given}")).await.expect(200);
}

async fn bootstrap(world: &World, id: &str, secret: &str, jwk: &Value, proof: &str) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", id), ("client_secret", secret), ("jwk", &jwk.to_string()), ("proof", proof)])
        .finish();
    world.form("/oauth/bootstrap", &[], &form).await
}

// F-17, A7
#[tokio::test]
async fn a_secret_is_traded_for_a_key() {
    let world = World::new().await;
    let new = json!({
        "name": "worker", "auth_method": "private_key_jwt", "secret_use": "bootstrap",
        "grants": [{ "api": "https://orders.example", "scopes": ["orders:read"] }],
    });
    let made = world.post("/api/v1/orgs/acme/apps", world.owner(), &new).await.expect(201);
    let (id, secret) = (made.text("client_id"), made.text("client_secret"));
    world.token(&[], &format!("{GRANT}&client_id={id}&client_secret={secret}")).await.expect(401);

    let jwk = serde_json::to_value(latchkey_jose::Jwk::new(client_key().public_key())).unwrap();
    let refused = bootstrap(&world, &id, &secret, &jwk, "x").await.expect(400);
    assert_eq!(refused.text("error"), "invalid_request");
    let mut private = jwk.clone();
    private["d"] = json!("canary");
    let refused = bootstrap(&world, &id, &secret, &private, &assertion(&world, &id, "0")).await.expect(400);
    assert!(!String::from_utf8_lossy(&refused.body).contains("canary"), "A8");

    let client = bootstrap(&world, &id, &secret, &jwk, &assertion(&world, &id, "1")).await.expect(200);
    assert_eq!((client.header("cache-control"), client.header("content-type")), ("no-store", "application/json"));
    assert_eq!(
        client.json(),
        json!({
            "client_id": id, "client_name": "worker", "client_id_issued_at": world.core.clock.now().as_seconds(),
            "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [jwk] }, "scope": "orders:read",
            "grant_types": ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"],
            "response_types": [], "dpop_bound_access_tokens": false,
            "tls_client_certificate_bound_access_tokens": false,
        })
    );
    let again = bootstrap(&world, &id, &secret, &jwk, &assertion(&world, &id, "2")).await.expect(401);
    assert_eq!(again.text("error"), "invalid_client");
    let body = format!("{GRANT}&{TYPE}&client_assertion={}", assertion(&world, &id, "3"));
    world.token(&[], &body).await.expect(200);
    for method in ["GET", "PUT", "DELETE"] {
        world.call(method, "/oauth/bootstrap", "", &Value::Null).await.expect(405);
    }
}
