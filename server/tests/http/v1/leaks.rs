//! `POST /v1/leaks`.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::leaks::LeakReporter;
use latchkey_types::secret::{SecretKind, compose};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::{Options, TestApp};
use crate::world::{Answer, World};

const IDENTIFIER: &str = "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c";

/// A reporter, and the world that believes them.
struct Reporter {
    key: EcdsaKeyPair,
    world: World,
}

fn key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
}

fn pem(key: &EcdsaKeyPair) -> String {
    let der = AsDer::<PublicKeyX509Der<'_>>::as_der(key.public_key()).unwrap();
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()))
}

impl Reporter {
    async fn new() -> Self {
        let key = key();
        let believed = LeakReporter::new("GitHub".to_owned(), IDENTIFIER.to_owned(), &pem(&key)).unwrap();
        let options = Options { providers: Vec::new(), leak_reporters: vec![believed], ..Options::default() };
        Self { key, world: World::on(TestApp::with(options).await).await }
    }

    fn sign(&self, body: &str) -> String {
        STANDARD.encode(self.key.sign(&SystemRandom::new(), body.as_bytes()).unwrap())
    }

    async fn send(&self, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post("/v1/leaks").header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.world.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    async fn report_text(&self, body: &str) -> Answer {
        let signature = self.sign(body);
        self.send(body, &[("Github-Public-Key-Identifier", IDENTIFIER), ("Github-Public-Key-Signature", &signature)])
            .await
    }

    /// Reports these secrets, seen at one place; the labels.
    async fn report(&self, tokens: &[&str]) -> Vec<String> {
        let items: Vec<Value> = tokens
            .iter()
            .map(|token| json!({ "token": token, "type": "latchkey", "url": "https://git.example/a/b.env", "source": "commit" }))
            .collect();
        let answer = self.report_text(&Value::Array(items).to_string()).await.expect(200);
        let labels = answer.json();
        labels.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    }

    async fn respond_by(&self, settings: Value) {
        let patch = json!({ "settings": settings });
        self.world.call("PATCH", "/api/v1/orgs/acme", self.world.owner(), &patch).await.expect(200);
    }

    async fn leaks(&self) -> Value {
        self.world.get("/api/v1/orgs/acme/leaks", self.world.owner()).await.expect(200).json()["items"].clone()
    }

    async fn code(&self, credential: &str) -> Value {
        self.world.verify(&self.world.verification_key, credential).await["code"].clone()
    }
}

// docs.github.com, "Provide feedback for false positives"
#[tokio::test]
async fn a_report_is_answered_as_github_wants_it() {
    let reporter = Reporter::new().await;
    let secret = reporter.world.key_secret.clone();
    let body = json!([
        { "token": secret, "type": "latchkey_api_key", "url": format!("https://git.example/?k={secret}"), "source": "commit" },
        { "token": "NMIfyYncKcRALEXAMPLE", "type": "other" },
    ]);
    let answer = reporter.report_text(&body.to_string()).await.expect(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let hash = Sha256::digest(&secret).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let labels = answer.json();
    assert_eq!(labels[0], json!({ "token_hash": hash, "token_type": "latchkey_api_key", "label": "true_positive" }));
    assert_eq!(labels[1]["label"], "false_positive");

    // at once, by default
    assert_eq!(reporter.code(&secret).await, "REVOKED");
    let key =
        reporter.world.get(&format!("/api/v1/orgs/acme/keys/{}", reporter.world.key), reporter.world.owner()).await;
    assert_eq!((key.text("status"), key.text("revoke_reason")), ("revoked".to_owned(), "its secret leaked".to_owned()));
    let leaks = reporter.leaks().await;
    assert_eq!(leaks[0]["target"], json!({ "type": "key", "id": reporter.world.key, "generation": 1 }));
    assert_eq!((leaks[0]["outcome"].as_str(), leaks[0]["reporter"].as_str()), (Some("revoked"), Some("GitHub")));
    // F-19
    assert_eq!(leaks[0]["url"], "https://git.example/?k=…");
    let audit =
        reporter.world.get("/api/v1/orgs/acme/audit?action=leak.report", reporter.world.owner()).await.expect(200);
    assert!(!String::from_utf8_lossy(&audit.body).contains(&secret));
    let row = &audit.json()["items"][0];
    assert_eq!(row["actor"], json!({ "type": "leak_reporter", "id": "GitHub" }));
    assert_eq!(
        (row["detail"]["outcome"].as_str(), row["detail"]["whole_key"].as_bool()),
        (Some("revoked"), Some(true))
    );

    // again: it was one, and nothing more happens
    assert_eq!(reporter.report(&[&secret]).await, ["true_positive"]);
    assert_eq!(reporter.report(&[&secret]).await, ["true_positive"]);
    let leaks = reporter.leaks().await;
    let again = leaks.as_array().unwrap().iter().find(|leak| leak["url"] == "https://git.example/a/b.env").unwrap();
    assert_eq!((again["outcome"].as_str(), again["times"].as_i64()), (Some("already_ended"), Some(2)));
    assert_eq!(leaks.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_who_signs_with_a_known_key_is_believed() {
    let reporter = Reporter::new().await;
    let body = json!([{ "token": reporter.world.key_secret, "type": "x", "url": "", "source": "" }]).to_string();
    let good = reporter.sign(&body);
    let (name, sign) = ("Github-Public-Key-Identifier", "Github-Public-Key-Signature");
    let foreign = STANDARD.encode(key().sign(&SystemRandom::new(), body.as_bytes()).unwrap());
    let other_body = reporter.sign("[]");
    for headers in [
        &[][..],
        &[(name, IDENTIFIER)],
        &[(sign, good.as_str())],
        &[(name, "unknown"), (sign, &good)],
        &[(name, ""), (sign, &good)],
        &[(name, IDENTIFIER), (sign, "")],
        &[(name, IDENTIFIER), (sign, "*")],
        &[(name, IDENTIFIER), (sign, &foreign)],
        &[(name, IDENTIFIER), (sign, &other_body)],
        &[(name, IDENTIFIER), (sign, &good), (sign, &good)],
        &[(name, IDENTIFIER), (name, IDENTIFIER), (sign, &good)],
    ] {
        let answer = reporter.send(&body, headers).await;
        assert_eq!(answer.status, 401, "{headers:?}");
    }
    // the raw body is signed, not what it means
    let spaced = body.replace("\":", "\": ");
    assert_eq!(reporter.send(&spaced, &[(name, IDENTIFIER), (sign, &good)]).await.status, 401);
    assert_eq!(reporter.code(&reporter.world.key_secret).await, "VALID");

    reporter.report_text("{}").await.expect(400);
    reporter.report_text(r#"[{"type":"x"}]"#).await.expect(400);
    reporter.report_text(&" ".repeat(256 * 1024 + 1)).await.expect(413);
    reporter.report_text("[]").await.expect(200);
    assert_eq!(reporter.world.call("GET", "/v1/leaks", "", &Value::Null).await.status, 405);
}

#[tokio::test]
async fn the_organisation_decides() {
    let reporter = Reporter::new().await;
    let world = &reporter.world;
    let secret = world.key_secret.clone();
    for bad in
        [json!({ "leak_response": "panic" }), json!({ "leak_grace_hours": 0 }), json!({ "leak_grace_hours": 169 })]
    {
        let patch = json!({ "settings": bad });
        assert_eq!(world.call("PATCH", "/api/v1/orgs/acme", world.owner(), &patch).await.status, 422, "{patch}");
    }
    reporter.respond_by(json!({ "leak_response": "notify" })).await;
    assert_eq!(reporter.report(&[&secret]).await, ["true_positive"]);
    assert_eq!(reporter.code(&secret).await, "VALID");
    assert_eq!(reporter.leaks().await[0]["outcome"], "notified");

    reporter.respond_by(json!({ "leak_response": "grace", "leak_grace_hours": 2 })).await;
    assert_eq!(reporter.report(&[&secret]).await, ["true_positive"]);
    assert_eq!(reporter.code(&secret).await, "VALID");
    let leak = reporter.leaks().await[0].clone();
    assert_eq!((leak["outcome"].as_str(), leak["times"].as_i64()), (Some("grace"), Some(2)));
    // what is put in its place meanwhile goes on, and the old one ends when it was told to, not with its overlap
    let rotate = json!({ "overlap_seconds": 86_400 });
    let new =
        world.post(&format!("/api/v1/orgs/acme/keys/{}/rotate", world.key), world.owner(), &rotate).await.expect(201);
    world.wait(2 * 3_600 - 1).await;
    assert_eq!(reporter.code(&secret).await, "VALID");
    world.wait(1).await;
    assert_eq!(reporter.code(&secret).await, "EXPIRED");
    assert_eq!(reporter.code(&new.text("secret")).await, "VALID");
}

// of two secrets the leaked one ends
#[tokio::test]
async fn the_other_secret_goes_on() {
    let reporter = Reporter::new().await;
    let world = &reporter.world;
    let path = format!("/api/v1/orgs/acme/keys/{}", world.key);
    let rotate = json!({ "overlap_seconds": 86_400 });
    let new = world.post(&format!("{path}/rotate"), world.owner(), &rotate).await.expect(201).text("secret");
    assert_eq!(reporter.report(&[&world.key_secret]).await, ["true_positive"]);
    assert_eq!((reporter.code(&world.key_secret).await, reporter.code(&new).await), (json!("REVOKED"), json!("VALID")));
    assert_eq!(world.get(&path, world.owner()).await.text("status"), "active");
    assert_eq!(reporter.report(&[&new]).await, ["true_positive"]);
    assert_eq!(reporter.code(&new).await, "REVOKED");
    assert_eq!(world.get(&path, world.owner()).await.text("status"), "revoked");
}

#[tokio::test]
async fn secrets_of_every_kind() {
    let reporter = Reporter::new().await;
    let world = &reporter.world;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
    let ask = async || world.token(&[("authorization", &basic)], "grant_type=client_credentials").await;
    let token = ask().await.expect(200).text("access_token");
    let jwt_key = json!({ "kind": "jwt_key", "name": "partner", "api": "https://orders.example" });
    let jwt = world.post("/api/v1/orgs/acme/keys", world.owner(), &jwt_key).await.expect(201).text("jwt");
    let imported = "old-gateway-4711-0815";
    let import = crate::world::new_bodies::new_import(imported);
    world.post("/api/v1/orgs/acme/keys/import", world.owner(), &import).await;
    let action = json!({ "api": "https://orders.example", "scopes": ["orders:read"], "purpose": "confirm" });
    let action = world.post("/api/v1/orgs/acme/action-tokens", world.owner(), &action).await.expect(201).text("secret");
    let initial = crate::world::new_bodies::new_initial_access_token();
    let initial = world.post("/api/v1/orgs/acme/initial-access-tokens", world.owner(), &initial).await.expect(201);
    let initial = initial.json()["token"].as_str().unwrap_or_default().to_owned();

    for good in [&token, &jwt, &world.foreign_key_secret, imported] {
        assert_eq!(reporter.code(good).await, "VALID", "{good}");
    }
    let secrets = [&token, &jwt, &world.client_secret, &action, imported, &world.foreign_key_secret];
    assert_eq!(reporter.report(&secrets).await, vec!["true_positive"; secrets.len()]);
    for ended in [&token, &jwt, &world.foreign_key_secret, imported] {
        assert_eq!(reporter.code(ended).await, "REVOKED", "{ended}");
    }
    ask().await.expect(401);
    world.post("/v1/action-tokens/redeem", "", &json!({ "token": action })).await.expect(400);
    if !initial.is_empty() {
        assert_eq!(reporter.report(&[&initial]).await, ["true_positive"]);
    }
    // its own row is gone, and it is still known
    assert_eq!(reporter.report(&[&world.client_secret]).await, ["true_positive"]);
    // whose key it is decides and is told, not whose API
    let theirs = world.get("/api/v1/orgs/globex/leaks", &world.foreign).await.expect(200).json();
    assert_eq!(theirs["items"][0]["target"]["id"], world.foreign_key);

    let manage = world.revoked.clone();
    assert_eq!(reporter.report(&[&manage]).await, ["true_positive"]);
    assert_eq!(reporter.report(&[&world.verification_key]).await, ["true_positive"]);
    let question = json!({ "credential": "x" });
    world.post("/v1/verify", &world.verification_key, &question).await.expect(401);
    assert_eq!(reporter.report(&[&world.operator]).await, ["true_positive"]);
    world.get("/api/v1/whoami", &world.operator).await.expect(401);
}

#[tokio::test]
async fn a_verification_key_and_a_client_secret_have_their_grace() {
    let reporter = Reporter::new().await;
    let world = &reporter.world;
    reporter.respond_by(json!({ "leak_response": "grace", "leak_grace_hours": 1 })).await;
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
    let ask = async || world.token(&[("authorization", &basic)], "grant_type=client_credentials").await.status;
    assert_eq!(ask().await, 200);
    assert_eq!(reporter.code(&world.key_secret).await, "VALID");
    assert_eq!(reporter.report(&[&world.client_secret, &world.verification_key]).await, vec!["true_positive"; 2]);
    assert_eq!((ask().await, reporter.code(&world.key_secret).await), (200, json!("VALID")));
    let path = format!("/api/v1/orgs/acme/apps/{}/secrets", world.client);
    let secrets = world.get(&path, world.owner()).await.expect(200).json();
    assert!(secrets["items"][0]["ends_at"].is_string(), "{secrets}");
    world.wait(3_600).await;
    assert_eq!(ask().await, 401);
    let answer = world.post("/v1/verify", &world.verification_key, &json!({ "credential": world.key_secret })).await;
    assert_eq!(answer.status, 401, "also what was remembered");
}

// F-23: what isn't one of ours costs nothing, and hides nothing
#[tokio::test]
async fn made_up_secrets_hide_no_real_one() {
    let reporter = Reporter::new().await;
    let id = &reporter.world.key[4..];
    let made_up: Vec<String> = (0..40).map(|number| compose("lk", SecretKind::Live, id, &[number; 32])).collect();
    let mut tokens: Vec<&str> = made_up.iter().map(String::as_str).collect();
    tokens.extend(["lk_live_x", "", "a.b.c", "eyJhbGciOiJub25lIn0.e30."]);
    tokens.push(&reporter.world.key_secret);
    let labels = reporter.report(&tokens).await;
    assert_eq!(labels.iter().filter(|label| *label == "true_positive").count(), 1);
    assert_eq!(labels.last().map(String::as_str), Some("true_positive"));
    assert_eq!(reporter.code(&reporter.world.key_secret).await, "REVOKED");
}
