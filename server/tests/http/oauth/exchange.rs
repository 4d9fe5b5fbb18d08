//! Token exchange at `POST /oauth/token` (RFC 8693), and call paths at verify.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::world::{Answer, World};

const ORDERS: &str = "https://orders.example";
const PAYMENTS: &str = "https://payments.example";
const EXCHANGE: &str = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// An app, as its program knows it.
struct App {
    id: String,
    secret: String,
}

/// `cart` calls the orders API, `order` the payments API.
struct Shop {
    world: World,
    payments: String,
    verification_key: String,
    cart: App,
    order: App,
}

impl Shop {
    async fn new() -> Self {
        let world = World::new().await;
        let make = async |path: &str, body: Value| {
            world.post(&format!("/api/v1/orgs/acme{path}"), world.owner(), &body).await.expect(201)
        };
        let scopes = json!([{ "name": "orders:read" }, { "name": "refund" }]);
        let payments = make("/apis", json!({ "name": "Payments", "audience": PAYMENTS, "scopes": scopes })).await;
        let payments = payments.text("id");
        let path = format!("/apis/{payments}/verification-keys");
        let verification_key = make(&path, json!({ "name": "gateway" })).await.text("secret");
        let app = async |name: &str, grants: Value| {
            let made = make("/apps", json!({ "name": name, "grants": grants })).await;
            App { id: made.text("id"), secret: made.text("client_secret") }
        };
        let cart = app("cart", json!([{ "api": ORDERS, "scopes": ["orders:read", "orders:write"] }])).await;
        let order = app("order", json!([{ "api": PAYMENTS, "scopes": ["orders:read", "refund"] }])).await;
        Self { world, payments, verification_key, cart, order }
    }

    async fn ask(&self, app: &App, body: &str) -> Answer {
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", app.id, app.secret)));
        self.world.token(&[("authorization", &basic)], body).await
    }

    async fn cart_token(&self) -> String {
        self.ask(&self.cart, "grant_type=client_credentials").await.expect(200).text("access_token")
    }

    async fn set_call_paths(&self, body: Value) -> Answer {
        let path = format!("/api/v1/orgs/acme/apis/{}/call-paths", self.payments);
        self.world.call("PUT", &path, self.world.owner(), &body).await
    }
}

fn payload(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

// K2, K5: RFC 8693 sections 2.2.1 and 4.1; contract section 4
#[tokio::test]
async fn a_token_for_a_token() {
    let shop = Shop::new().await;
    let subject = shop.cart_token().await;
    let body = format!("{EXCHANGE}&subject_token={subject}&subject_token_type={ACCESS_TOKEN}&resource={PAYMENTS}");
    let answer = shop.ask(&shop.order, &body).await.expect(200);
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
    let mut said = answer.json();
    let token = said["access_token"].take();
    let token = token.as_str().unwrap();
    assert!(said["expires_in"].take().as_i64().unwrap() <= 300);
    assert_eq!(
        said,
        json!({
            "access_token": null, "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": null,
            "scope": "orders:read",
        })
    );
    let claims = payload(token);
    assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(shop.cart.id), &json!(shop.order.id)));
    assert_eq!((&claims["act"], &claims["cred"]), (&json!({ "sub": shop.order.id }), &json!("token_exchange")));
    let verified = shop.world.verify(&shop.verification_key, token).await;
    assert_eq!((verified["code"].as_str(), verified["subject"].as_str()), (Some("VALID"), Some(shop.cart.id.as_str())));

    let refused = shop.set_call_paths(json!({ "default": "deny", "max_depth": 2, "items": [] })).await.expect(200);
    assert_eq!(refused.json(), json!({ "default": "deny", "max_depth": 2, "items": [] }));
    assert_eq!(shop.world.verify(&shop.verification_key, token).await["code"], "CHAIN_NOT_ALLOWED");
    assert_eq!(shop.ask(&shop.order, &body).await.expect(400).text("error"), "invalid_target");
    let listed = json!([{ "caller": shop.order.id, "via": [shop.cart.id] }]);
    let set = json!({ "default": "deny", "max_depth": 2, "items": listed });
    shop.set_call_paths(set.clone()).await.expect(200);
    assert_eq!(shop.world.verify(&shop.verification_key, token).await["code"], "VALID");
    let path = format!("/api/v1/orgs/acme/apis/{}", shop.payments);
    assert_eq!(shop.world.get(&path, shop.world.owner()).await.expect(200).json()["call_paths"], set);
}

// K1, K3, A8
#[tokio::test]
async fn refusals_have_their_code() {
    let shop = Shop::new().await;
    let subject = shop.cart_token().await;
    let subject = format!("subject_token={subject}&subject_token_type={ACCESS_TOKEN}");
    for (body, code) in [
        (format!("resource={PAYMENTS}"), "invalid_request"),
        (format!("resource={PAYMENTS}&subject_token=canary"), "invalid_request"),
        (format!("resource={PAYMENTS}&subject_token=canary&subject_token_type={ACCESS_TOKEN}"), "invalid_request"),
        (format!("resource={PAYMENTS}&{subject}&{subject}"), "invalid_request"),
        (format!("resource={PAYMENTS}&{subject}&actor_token_type={ACCESS_TOKEN}"), "invalid_request"),
        (format!("resource={PAYMENTS}&{subject}&actor_token=canary"), "invalid_request"),
        (format!("resource={PAYMENTS}&{subject}&requested_token_type=canary"), "invalid_request"),
        (format!("resource={ORDERS}&{subject}"), "invalid_target"),
        (format!("audience=canary&{subject}"), "invalid_target"),
        (format!("resource={PAYMENTS}&{subject}&scope=refund"), "invalid_scope"),
    ] {
        let answer = shop.ask(&shop.order, &format!("{EXCHANGE}&{body}")).await.expect(400);
        assert_eq!(answer.text("error"), code, "{body}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("canary"));
    }
    let in_url = format!("/oauth/token?{subject}");
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", shop.order.id, shop.order.secret)));
    let answer = shop.world.form(&in_url, &[("authorization", &basic)], EXCHANGE).await.expect(400);
    assert_eq!(answer.text("error"), "invalid_request", "no token in a URL");
    let anonymous = shop.world.token(&[], &format!("{EXCHANGE}&{subject}")).await.expect(401);
    assert_eq!(anonymous.text("error"), "invalid_client");
    // default deny: the grant's own word
    let path = format!("/api/v1/orgs/acme/apps/{}", shop.order.id);
    let none = json!({ "grants": [{ "api": PAYMENTS, "scopes": ["orders:read"], "exchange": [] }] });
    shop.world.call("PATCH", &path, shop.world.owner(), &none).await.expect(200);
    let answer = shop.ask(&shop.order, &format!("{EXCHANGE}&resource={PAYMENTS}&{subject}")).await.expect(400);
    assert_eq!(answer.text("error"), "unauthorized_client");
}

#[tokio::test]
async fn call_paths_and_trusted_issuers_are_taken_as_described() {
    let shop = Shop::new().await;
    for (body, pointer) in [
        (json!({ "default": "deny", "max_depth": 9, "items": [] }), "/max_depth"),
        (json!({ "default": "deny", "max_depth": 2, "items": [{ "caller": "cart" }] }), "/items/0/caller"),
        (json!({ "default": "maybe", "max_depth": 2, "items": [] }), "/default"),
        (json!({ "default": "deny", "max_depth": 2, "items": [], "wildcard": true }), "/wildcard"),
        (json!({ "default": "deny", "items": [] }), "/max_depth"),
    ] {
        let answer = shop.set_call_paths(body).await.expect(422).json();
        assert_eq!(answer["errors"][0]["pointer"], pointer);
    }
    let new = json!({ "issuer": "https://idp2.example", "audience": "shop" });
    let path = "/api/v1/orgs/acme/trusted-issuers";
    let made = shop.world.post(path, shop.world.owner(), &new).await.expect(201).json();
    assert_eq!((made["issuer"].as_str(), &made["jwks"]), (Some("https://idp2.example"), &Value::Null));
    let listed = shop.world.get(path, shop.world.owner()).await.expect(200).json();
    assert!(listed["items"].as_array().unwrap().contains(&made));
    let again = shop.world.post(path, shop.world.owner(), &new).await.expect(422).json();
    assert_eq!(again["errors"][0]["pointer"], "/issuer");
}
