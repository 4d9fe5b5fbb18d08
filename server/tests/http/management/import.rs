//! `POST /api/v1/orgs/{slug}/keys/import`.

use serde_json::{Value, json};

use crate::world::new_bodies::new_import;
use crate::world::{Answer, World, request};

const IMPORT: &str = "/api/v1/orgs/acme/keys/import";
const CANARY: &str = "canary.4711/old+gateway";

async fn import(world: &World, body: &Value) -> Answer {
    world.post(IMPORT, world.owner(), body).await
}

fn with(member: &str, value: Value) -> Value {
    let mut body = new_import(CANARY);
    body["items"][0][member] = value;
    body
}

fn has_canary(answer: &Answer) -> bool {
    String::from_utf8_lossy(&answer.body).contains("4711")
}

// contract sections 3 and 8, F-19: the stored keys, never the secrets
#[tokio::test]
async fn imported_keys_verify_rotate_and_end() {
    let world = World::new().await;
    let made = import(&world, &new_import(CANARY)).await.expect(201);
    assert!(!has_canary(&made), "{made:?}");
    let key = made.json()["items"][0].clone();
    assert_eq!(
        (&key["kind"], &key["environment"], &key["status"]),
        (&json!("api_key"), &json!("live"), &json!("active"))
    );
    assert_eq!((&key["scopes"], &key["owner"]), (&json!(["orders:read"]), &json!("customer_7")));
    assert_eq!(key["generations"][0]["imported"], true);
    let id = key["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/orgs/acme/keys/{id}");
    assert_eq!(world.get(&path, world.owner()).await.expect(200).json(), key);

    for _ in 0..2 {
        let answer = world.verify(&world.verification_key, CANARY).await;
        assert_eq!((&answer["code"], &answer["credential"]["id"]), (&json!("VALID"), &json!(id)));
        assert_eq!(answer["credential"]["generation"], 1);
    }
    assert_eq!(world.verify(&world.verification_key, "canary.4712/old+gateway").await["code"], "NOT_FOUND");
    assert_eq!(world.verify(&world.verification_key, "lk_canary.4711/old").await["code"], "MALFORMED");

    let rotated = world.post(&format!("{path}/rotate"), world.owner(), &json!({ "overlap_seconds": 60 })).await;
    let secret = rotated.expect(201).text("secret");
    assert_eq!(world.verify(&world.verification_key, CANARY).await["code"], "VALID");
    assert_eq!(world.verify(&world.verification_key, &secret).await["credential"]["generation"], 2);
    world.wait(60).await;
    assert_eq!(world.verify(&world.verification_key, CANARY).await["code"], "EXPIRED");
    world.post(&format!("{path}/revoke"), world.owner(), &Value::Null).await.expect(200);
    let gone = world.verify(&world.verification_key, CANARY).await;
    assert_eq!(gone, json!({ "valid": false, "code": "REVOKED", "credential": { "id": id } }));

    let audit = world.get("/api/v1/orgs/acme/audit?action=key.import", world.owner()).await.expect(200);
    assert_eq!((audit.json()["items"].as_array().unwrap().len(), has_canary(&audit)), (1, false));
}

// contract section 10: members as of a key's creation; F-19: refusals don't repeat the secret
#[tokio::test]
async fn bad_items_are_named_and_nothing_is_stored() {
    let world = World::new().await;
    import(&world, &new_import("taken-already-1")).await.expect(201);
    let cases = [
        (json!({ "items": [] }), "/items"),
        (json!({ "items": vec![new_import(CANARY)["items"][0].clone(); 101] }), "/items"),
        (json!({}), "/items"),
        (with("secret", json!("lk_4711_old")), "/items/0/secret"),
        (with("secret", json!("4711")), "/items/0/secret"),
        (with("secret", json!("4711 old gateway")), "/items/0/secret"),
        (with("secret", json!("eyJhbGciOiJIUzI1NiJ9.e30.4711")), "/items/0/secret"),
        (with("secret", json!("taken-already-1")), "/items/0/secret"),
        (with("secret", json!(47_114_711)), "/items/0/secret"),
        (with("kind", json!("jwt_key")), "/items/0/kind"),
        (with("kind", json!("app")), "/items/0/kind"),
        (with("scopes", json!(["orders:read", "nope"])), "/items/0/scopes/1"),
        (with("expires_at", json!("2020-01-01T00:00:00Z")), "/items/0/expires_at"),
        (with("api", json!("https://nowhere.example")), "/items/0/api"),
        (with("metadata", json!({ "x": "x".repeat(5000) })), "/items/0/metadata"),
        (with("allowed_ips", json!(["here"])), "/items/0/allowed_ips/0"),
        (with("rate_limits", json!({})), "/items/0/rate_limits"),
        (with("credits", json!({})), "/items/0/credits/remaining"),
        (with("nonsense", json!(1)), "/items/0/nonsense"),
        (with("id", json!("key_0000000000000000")), "/items/0/id"),
    ];
    for (body, pointer) in cases {
        let answer = import(&world, &body).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{answer:?}");
        assert!(!has_canary(&answer), "{answer:?}");
    }
    let mut several = with("name", json!(""));
    several["items"].as_array_mut().unwrap().push(with("secret", json!("4711"))["items"][0].clone());
    let errors = import(&world, &several).await.expect(422).json()["errors"].clone();
    let pointers: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/items/0/name", "/items/1/secret"]);
    import(&world, &with("kind", json!("api_key"))).await.expect(201);
}

// F-38: no secret was in the answer, so the same call again gets it
#[tokio::test]
async fn the_same_call_again_gets_the_stored_answer() {
    let world = World::new().await;
    let send = async |body: &Value| {
        let mut request = request("POST", IMPORT, world.owner(), body);
        request.headers_mut().insert("idempotency-key", "a".parse().unwrap());
        world.send(request).await
    };
    let first = send(&new_import(CANARY)).await.expect(201);
    assert_eq!(send(&new_import(CANARY)).await.expect(201).json(), first.json());
    let other = send(&new_import("canary.4712/old+gateway")).await.expect(422);
    assert_eq!(other.text("type"), "urn:latchkey:problem:idempotency-key-reused");
    // without the header it is another call, whose secret is known
    import(&world, &new_import(CANARY)).await.expect(422);
}

// contract section 10, "Limits": what a full call may weigh
#[tokio::test]
async fn a_hundred_keys_at_once() {
    let world = World::new().await;
    let item = |number: usize| {
        let mut item = new_import(&format!("gateway-{number:03}-{}", "x".repeat(480)))["items"][0].clone();
        item["labels"] = json!({ "note": "n".repeat(3_900) });
        item
    };
    let body = json!({ "items": (0..100).map(item).collect::<Vec<_>>() });
    let made = import(&world, &body).await.expect(201).json();
    assert_eq!(made["items"].as_array().unwrap().len(), 100);
    let last = item(99)["secret"].as_str().unwrap().to_owned();
    let answer = world.verify(&world.verification_key, &last).await;
    assert_eq!(answer["credential"]["id"], made["items"][99]["id"]);
}
