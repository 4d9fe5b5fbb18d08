//! DPoP over HTTP (RFC 9449): the twelve checks at the token endpoint and at verification.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::prover::{Prover, ath};
use crate::world::{Answer, ISSUER, World};

const GRANT: &str = "grant_type=client_credentials";

/// A world and somebody with a DPoP key in it.
struct Scene {
    world: World,
    prover: Prover,
    basic: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
        Self { world, prover: Prover::new(1), basic }
    }

    /// Asks for a token with these `DPoP` headers.
    async fn ask(&self, proofs: &[&str]) -> Answer {
        let mut headers = vec![("authorization", self.basic.as_str())];
        headers.extend(proofs.iter().map(|proof| ("dpop", *proof)));
        self.world.token(&headers, GRANT).await
    }

    fn now(&self) -> i64 {
        self.world.core.clock.now().as_seconds()
    }

    /// The nonce that a proof without one is answered with.
    async fn nonce(&self) -> String {
        let claims =
            json!({ "jti": "first", "htm": "POST", "htu": format!("{ISSUER}/oauth/token"), "iat": self.now() });
        let refused = self.ask(&[&self.prover.prove(&claims)]).await.expect(400);
        assert_eq!(refused.text("error"), "use_dpop_nonce");
        refused.header("dpop-nonce").to_owned()
    }

    async fn claims(&self) -> Value {
        let url = format!("{ISSUER}/oauth/token");
        json!({ "jti": "one", "htm": "POST", "htu": url, "iat": self.now(), "nonce": self.nonce().await })
    }
}

// M1 check 10, M2, M4
#[tokio::test]
async fn a_client_learns_the_nonce_and_gets_a_bound_token() {
    let scene = Scene::new().await;
    let claims = scene.claims().await;
    let token = scene.ask(&[&scene.prover.prove(&claims)]).await.expect(200);
    assert_eq!((token.text("token_type").as_str(), token.header("cache-control")), ("DPoP", "no-store"));
    assert_eq!(token.header("dpop-nonce"), claims["nonce"], "a fresh one is of the same five minutes");
    assert_eq!(scene.ask(&[]).await.expect(200).header("dpop-nonce"), "", "nobody asked");

    scene.world.wait(600).await;
    let mut later = claims.clone();
    (later["iat"], later["jti"]) = (json!(scene.now()), json!("two"));
    let old = scene.ask(&[&scene.prover.prove(&later)]).await.expect(400);
    assert_eq!(old.text("error"), "use_dpop_nonce");
    later["nonce"] = json!(old.header("dpop-nonce"));
    scene.ask(&[&scene.prover.prove(&later)]).await.expect(200);
}

// M1 checks 1 to 9, 11, and M3 in place of 12, which is about access tokens
#[tokio::test]
async fn each_check_refuses_at_the_token_endpoint() {
    let scene = Scene::new().await;
    let (claims, prover) = (scene.claims().await, &scene.prover);
    let with = |member: &str, value: Value| {
        let mut claims = claims.clone();
        claims[member] = value;
        prover.prove(&claims)
    };
    let with_header = |member: &str, value: Value| {
        let mut header = prover.header();
        header[member] = value;
        prover.sign(&header, &claims)
    };
    let good = prover.prove(&claims);
    let mut private = prover.jwk();
    private["d"] = json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    let other = prover.sign(&prover.header(), &json!({}));
    let tampered = format!("{}.{}", good.rsplit_once('.').unwrap().0, other.rsplit_once('.').unwrap().1);
    let (now, url) = (scene.now(), format!("{ISSUER}/oauth/token"));
    let cases: Vec<(&str, Vec<String>)> = vec![
        ("1: two headers", vec![good.clone(), with("jti", json!("two"))]),
        ("2: no JWT", vec!["nonsense".to_owned()]),
        ("2: empty", vec![String::new()]),
        ("3: a claim is missing", vec![with("jti", Value::Null)]),
        ("4: typ", vec![with_header("typ", json!("at+jwt"))]),
        ("5: alg none", vec![with_header("alg", json!("none"))]),
        ("5: alg of another key", vec![with_header("alg", json!("ES256"))]),
        ("6: signature", vec![tampered]),
        ("6: another's key", vec![with_header("jwk", Prover::new(2).jwk())]),
        ("7: private key", vec![with_header("jwk", private)]),
        ("8: htm", vec![with("htm", json!("GET"))]),
        ("9: htu", vec![with("htu", json!(format!("{ISSUER}/v1/verify")))]),
        ("11: too old", vec![with("iat", json!(now - 61))]),
        ("11: from the future", vec![with("iat", json!(now + 6))]),
    ];
    for (check, proofs) in cases {
        let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
        let answer = scene.ask(&proofs).await.expect(400);
        assert_eq!(answer.text("error"), "invalid_dpop_proof", "{check}");
        assert_eq!(answer.header("dpop-nonce"), claims["nonce"], "{check}: each answer has a nonce");
        let allowed = |byte| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        assert!(answer.text("error_description").bytes().all(allowed), "{check}");
    }
    // query, fragment and letter case of the host don't make another URL
    scene.ask(&[&with("htu", json!(url.replace("http://local", "HTTP://LOCAL") + "?a=b#c"))]).await.expect(200);
    let replayed = scene.ask(&[&good]).await.expect(400);
    assert_eq!(replayed.text("error"), "invalid_dpop_proof");
}

// whoever isn't let in at all is told so with a nonce too, and the proof's check comes first
#[tokio::test]
async fn a_wrong_secret_with_a_good_proof() {
    let mut scene = Scene::new().await;
    let good = scene.prover.prove(&scene.claims().await);
    let right = std::mem::replace(&mut scene.basic, "Basic YTpi".to_owned());
    let refused = scene.ask(&[&good]).await.expect(401);
    assert_eq!(refused.text("error"), "invalid_client");
    assert_ne!(refused.header("dpop-nonce"), "");
    assert_eq!(scene.ask(&["nonsense"]).await.expect(400).text("error"), "invalid_dpop_proof");
    scene.basic = right;
    scene.ask(&[&good]).await.expect(200);
}

// RFC 9449 section 5.2, by the management API
#[tokio::test]
async fn an_app_may_demand_proofs() {
    let scene = Scene::new().await;
    let path = format!("/api/v1/orgs/acme/apps/{}", scene.world.client);
    let change = json!({ "token_binding": "dpop" });
    let app = scene.world.call("PATCH", &path, scene.world.owner(), &change).await.expect(200);
    assert_eq!(app.text("token_binding"), "dpop");
    assert_eq!(scene.ask(&[]).await.expect(400).text("error"), "invalid_request");
    scene.ask(&[&scene.prover.prove(&scene.claims().await)]).await.expect(200);
    let wrong = json!({ "token_binding": "nonsense" });
    scene.world.call("PATCH", &path, scene.world.owner(), &wrong).await.expect(422);
}

// M1 check 12, M2, M3 and M4 at verification
#[tokio::test]
async fn verification_wants_the_proof() {
    let scene = Scene::new().await;
    let claims = scene.claims().await;
    let token = scene.ask(&[&scene.prover.prove(&claims)]).await.expect(200).text("access_token");
    let claims = json!({
        "jti": "a", "htm": "GET", "htu": "https://orders.example/orders", "iat": scene.now(), "ath": ath(&token),
    });
    let ask = async |proof: Option<&str>, member: &str, value: &str| {
        let mut question = json!({ "credential": token });
        if let Some(proof) = proof {
            question["dpop"] =
                json!({ "proof": proof, "method": "GET", "url": "https://orders.example/orders?page=1" });
            question["dpop"][member] = json!(value);
        }
        scene.world.post("/v1/verify", &scene.world.verification_key, &question).await
    };
    let code = async |proof: Option<&str>, member: &str, value: &str| {
        let answer = ask(proof, member, value).await.expect(200).json();
        assert_eq!(answer["valid"], answer["code"] == "VALID");
        answer["code"].as_str().unwrap().to_owned()
    };
    let good = scene.prover.prove(&claims);
    assert_eq!(code(None, "", "").await, "BAD_SIGNATURE");
    assert_eq!(code(Some(&good), "method", "POST").await, "BAD_SIGNATURE");
    assert_eq!(code(Some(&good), "url", "https://evil.example/orders").await, "BAD_SIGNATURE");
    assert_eq!(code(Some(&good), "proof", "nonsense").await, "BAD_SIGNATURE");
    let mut other_token = claims.clone();
    other_token["ath"] = json!(ath("another"));
    assert_eq!(code(Some(&scene.prover.prove(&other_token)), "method", "GET").await, "BAD_SIGNATURE");
    assert_eq!(code(Some(&Prover::new(2).prove(&claims)), "method", "GET").await, "BAD_SIGNATURE");

    let valid = ask(Some(&good), "method", "GET").await.expect(200).json();
    assert_eq!((&valid["code"], &valid["cnf"]), (&json!("VALID"), &json!({ "jkt": scene.prover.jkt() })));
    assert_eq!(code(Some(&good), "method", "GET").await, "BAD_SIGNATURE", "once");
    ask(Some(&good), "nonsense", "x").await.expect(400);
}
