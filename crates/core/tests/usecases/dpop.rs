//! DPoP (RFC 9449): tokens that are bound to a key, nonces, and proofs that are used once.

use latchkey_core::apps::{self, NewApp, TokenBinding};
use latchkey_core::oauth::{self, IssuedToken, TokenError, TokenRequest, TokenType};
use latchkey_core::ports::ReplayStore;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, ShownProof, VerifyRequest};
use latchkey_core::{Core, apis, signing};
use latchkey_jose::{Confirmation, DpopProof};
use latchkey_types::{Outcome, Role};
use serde_json::json;

use crate::apps::{MadeApp, grant, new_app};
use crate::oauth::{claims, request, word};
use crate::prover::{Prover, ath};
use crate::setup::{ISSUER, MASTER_KEY, World};

const URL: &str = "https://portal.example/oauth/token";

/// A proof for the token endpoint as `check_proof` lets it through.
fn proof(core: &Core, jti: &str) -> DpopProof {
    let nonce = oauth::fresh_nonce(core);
    let now = core.clock.now().as_seconds();
    let proof = Prover::new(1).prove(&json!({ "jti": jti, "htm": "POST", "htu": URL, "iat": now, "nonce": nonce }));
    oauth::check_proof(core, &[proof.as_bytes()], &[URL]).unwrap()
}

async fn app(world: &World, token_binding: TokenBinding) -> MadeApp {
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let new = NewApp { token_binding, ..new_app(vec![grant(&api.audience, &["read"])]) };
    let made = apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    MadeApp { app: made.app, client_secret: made.client_secret.unwrap() }
}

async fn bound(world: &World, made: &MadeApp, jti: &str) -> IssuedToken {
    let request = TokenRequest { dpop: Some(proof(&world.core, jti)), ..request(made) };
    oauth::token(&world.core, request).await.unwrap()
}

// M2: RFC 9449 sections 5 and 6.1
#[tokio::test]
async fn a_proof_binds_the_token_to_its_key() {
    let world = World::new().await;
    let made = app(&world, TokenBinding::None).await;
    let token = bound(&world, &made, "one").await;
    assert_eq!(token.token_type, TokenType::Dpop);
    assert_eq!(claims(&world, &token).await.cnf, Some(Confirmation::dpop(Prover::new(1).jkt())));
    let plain = oauth::token(&world.core, request(&made)).await.unwrap();
    assert_eq!((plain.token_type, claims(&world, &plain).await.cnf), (TokenType::Bearer, None));
}

// RFC 9449 section 5.2
#[tokio::test]
async fn an_app_whose_tokens_are_always_bound_needs_a_proof() {
    let world = World::new().await;
    let made = app(&world, TokenBinding::Dpop).await;
    assert_eq!(word(&oauth::token(&world.core, request(&made)).await), "invalid_request");
    bound(&world, &made, "one").await;
}

// M3, F-17: once on all replicas together, however many ask at once
#[tokio::test]
async fn a_proof_is_used_once_across_replicas() {
    let world = World::new().await;
    let made = app(&world, TokenBinding::None).await;
    let other = world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&other).await.unwrap();
    let proof = proof(&world.core, "one");
    let asking = (0..20).map(|number| {
        let core = if number % 2 == 0 { &world.core } else { &other };
        oauth::token(core, TokenRequest { dpop: Some(proof.clone()), ..request(&made) })
    });
    let answers = futures::future::join_all(asking).await;
    let words: Vec<&str> = answers.iter().map(word).collect();
    assert_eq!(words.iter().filter(|word| **word == "issued").count(), 1, "{words:?}");
    assert_eq!(words.iter().filter(|word| **word == "invalid_dpop_proof").count(), 19, "{words:?}");

    // another key's proof of the same id is another proof
    let of_another = DpopProof { jkt: Prover::new(2).jkt(), ..proof };
    let request = TokenRequest { dpop: Some(of_another), ..request(&made) };
    assert_eq!(word(&oauth::token(&other, request).await), "issued");
}

// M3: what is refused for another reason doesn't use the proof up, and what is over is forgotten
#[tokio::test]
async fn a_proof_is_used_up_by_a_token_alone() {
    let world = World::new().await;
    let made = app(&world, TokenBinding::None).await;
    let proof = proof(&world.core, "one");
    let asking =
        |scope: &str| TokenRequest { scope: Some(scope.to_owned()), dpop: Some(proof.clone()), ..request(&made) };
    assert_eq!(word(&oauth::token(&world.core, asking("nonsense")).await), "invalid_scope");
    assert_eq!(word(&oauth::token(&world.core, asking("read")).await), "issued");
    assert_eq!(word(&oauth::token(&world.core, asking("read")).await), "invalid_dpop_proof");
    assert_eq!(world.store.delete_expired_uses(proof.remember_until.plus_seconds(-1)).await.unwrap(), 0);
    assert_eq!(world.store.delete_expired_uses(proof.remember_until).await.unwrap(), 1);
}

// M4: a nonce holds on every replica for this window of five minutes and the next, and through a change of the master key
#[tokio::test]
async fn nonces() {
    let world = World::new().await;
    let changed = Vault::new(MasterKey::from_bytes([8; 32]), Some(MasterKey::from_bytes(MASTER_KEY)));
    let (other, changed) =
        (world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None)), world.replica(3, changed));
    let ask = |core: &Core, nonce: Option<&str>| {
        let now = core.clock.now().as_seconds();
        let mut claims = json!({ "jti": "one", "htm": "POST", "htu": URL, "iat": now });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        match oauth::check_proof(core, &[Prover::new(1).prove(&claims).as_bytes()], &[URL]) {
            Ok(_) => "good",
            Err(TokenError::UseDpopNonce) => "use_dpop_nonce",
            Err(_) => "other",
        }
    };
    let nonce = oauth::fresh_nonce(&world.core);
    assert_eq!(oauth::fresh_nonce(&other), nonce);
    for core in [&world.core, &other, &changed] {
        assert_eq!(ask(core, Some(&nonce)), "good");
    }
    let (from_new_key, longer) = (oauth::fresh_nonce(&changed), format!("{nonce}A"));
    assert_eq!(ask(&changed, Some(&from_new_key)), "good");
    for nonce in [None, Some(""), Some(&nonce[1..]), Some(&longer), Some(&from_new_key)] {
        assert_eq!(ask(&world.core, nonce), "use_dpop_nonce", "{nonce:?}");
    }
    world.clock.advance(300);
    assert_eq!(ask(&world.core, Some(&nonce)), "good");
    world.clock.advance(300);
    assert_eq!(ask(&world.core, Some(&nonce)), "use_dpop_nonce");
    assert_eq!(ask(&world.core, Some(&oauth::fresh_nonce(&world.core))), "good");
}

// M1 checks 8, 9 and 12, M2, M3 at verification
#[tokio::test]
async fn an_api_takes_a_bound_token_with_its_key_alone() {
    let world = World::new().await;
    let made = app(&world, TokenBinding::Dpop).await;
    let api = made.app.grants[0].api.clone();
    let admin = world.acme(Role::Admin);
    let key = apis::create_verification_key(&world.core, &admin, "acme", &api, "gateway", vec![]).await.unwrap();
    let other = world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    verify::follow(&world.core).await.unwrap();
    verify::follow(&other).await.unwrap();
    let token = bound(&world, &made, "one").await;
    let token = token.access_token.expose();
    let now = world.core.clock.now().as_seconds();
    let claims = |jti: &str| json!({ "jti": jti, "htm": "GET", "htu": "https://orders.example/1", "iat": now, "ath": ath(token) });
    let ask = async |core: &Core, credential: &str, proof: Option<&str>| {
        let shown = |proof| ShownProof { proof, method: "GET", url: "https://orders.example/1?page=2" };
        let request = VerifyRequest { credential, dpop: proof.map(shown), ..VerifyRequest::default() };
        let answer = verify::verify(core, key.secret.expose(), &request).await.unwrap();
        assert_eq!(answer.valid.is_some(), answer.code == Outcome::Valid);
        answer.code
    };
    let holder = Prover::new(1);
    let good = holder.prove(&claims("a"));
    assert_eq!(ask(&world.core, token, Some(&good)).await, Outcome::Valid);
    for core in [&world.core, &other] {
        assert_eq!(ask(core, token, Some(&good)).await, Outcome::BadSignature, "used before, across replicas");
        assert_eq!(ask(core, token, None).await, Outcome::BadSignature, "shown as a bearer token");
    }
    assert_eq!(ask(&other, token, Some(&holder.prove(&claims("b")))).await, Outcome::Valid, "remembered or not");
    assert_eq!(ask(&other, token, Some(&holder.prove(&claims("c")))).await, Outcome::Valid);
    for (member, value) in [
        ("htm", json!("POST")),
        ("htu", json!("https://orders.example/2")),
        ("iat", json!(now - 61)),
        ("iat", json!(now + 6)),
        ("ath", json!(ath("another"))),
        ("ath", json!(null)),
    ] {
        let mut wrong = claims("d");
        wrong[member] = value.clone();
        assert_eq!(
            ask(&world.core, token, Some(&holder.prove(&wrong))).await,
            Outcome::BadSignature,
            "{member} {value}"
        );
    }
    assert_eq!(ask(&world.core, token, Some(&Prover::new(2).prove(&claims("d")))).await, Outcome::BadSignature);
    assert_eq!(ask(&world.core, token, Some("nonsense")).await, Outcome::BadSignature);
    // the id `d` was never used up by what didn't hold
    assert_eq!(ask(&world.core, token, Some(&holder.prove(&claims("d")))).await, Outcome::Valid);

    // a state of the token goes before nothing: who doesn't hold the key learns none
    apps::disable(&world.core, &world.acme(Role::Developer), "acme", &made.app.id).await.unwrap();
    assert_eq!(ask(&world.core, token, None).await, Outcome::BadSignature);
    assert_eq!(ask(&world.core, token, Some(&holder.prove(&claims("e")))).await, Outcome::Disabled);
    apps::enable(&world.core, &world.acme(Role::Developer), "acme", &made.app.id).await.unwrap();
    assert_eq!(ask(&world.core, token, Some(&holder.prove(&claims("e")))).await, Outcome::Valid);
}

// RFC 9449 section 7.1: a proof with a token that isn't bound proves nothing
#[tokio::test]
async fn a_proof_does_not_go_with_a_bearer_token() {
    let world = World::new().await;
    let made = app(&world, TokenBinding::None).await;
    let admin = world.acme(Role::Admin);
    let api = &made.app.grants[0].api;
    let key = apis::create_verification_key(&world.core, &admin, "acme", api, "gateway", vec![]).await.unwrap();
    let token = oauth::token(&world.core, request(&made)).await.unwrap();
    let token = token.access_token.expose();
    let now = world.core.clock.now().as_seconds();
    let proof =
        Prover::new(1).prove(&json!({ "jti": "a", "htm": "GET", "htu": ISSUER, "iat": now, "ath": ath(token) }));
    let shown = ShownProof { proof: &proof, method: "GET", url: ISSUER };
    let request = VerifyRequest { credential: token, dpop: Some(shown), ..VerifyRequest::default() };
    let answer = verify::verify(&world.core, key.secret.expose(), &request).await.unwrap();
    assert_eq!(answer.code, Outcome::BadSignature);
}
