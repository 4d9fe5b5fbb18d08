//! Two tokens: contract sections 4 and 10. The credential is the original user's, the scope token the caller's own.

use latchkey_core::apis::{self, Api, ApiPatch, TwoToken};
use latchkey_core::apps::{self, AppPatch, NewApp, TokenBinding};
use latchkey_core::oauth::{self, TokenRequest};
use latchkey_core::ports::AppStore;
use latchkey_core::usage;
use latchkey_core::verify::{self, Actor, Answer, ShownProof, VerifyRequest};
use latchkey_core::{Core, keys, signing};
use latchkey_jose::{DpopProof, DpopRequest};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::json;

use crate::apps::{MadeApp, create, grant, new_app};
use crate::oauth::request;
use crate::prover::{Prover, ath};
use crate::setup::{START, World};

const URL: &str = "https://orders.example/orders";

/// An API of `acme` with the scopes `read`, `write` and `ship`, and two apps that call it.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
    /// May `read` and `ship`.
    shop: MadeApp,
    /// May `write` and `ship`.
    worker: MadeApp,
}

impl Scene {
    async fn new(two_token: TwoToken) -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "write", "ship"]).await;
        let patch = ApiPatch { two_token: Some(two_token), ..ApiPatch::default() };
        let api = apis::update(&world.core, &world.acme(Role::Admin), "acme", &api.id, patch).await.unwrap();
        let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
        let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
        let shop = create(&world, vec![grant(&api.audience, &["read", "ship"])]).await.unwrap();
        let worker = create(&world, vec![grant(&api.audience, &["write", "ship"])]).await.unwrap();
        Self { api, verification_key: made.secret.expose().to_owned(), shop, worker, world }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn token(&self, app: &MadeApp) -> String {
        oauth::token(self.core(), request(app)).await.unwrap().access_token.expose().to_owned()
    }

    /// A token that is bound to the key of this seed.
    async fn bound(&self, scopes: &[&str], seed: u8) -> String {
        let new = NewApp { token_binding: TokenBinding::Dpop, ..new_app(vec![grant(&self.api.audience, scopes)]) };
        let made = apps::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap();
        let app = MadeApp { app: made.app, client_secret: made.client_secret.unwrap() };
        let url = "https://portal.example/oauth/token";
        let nonce = oauth::fresh_nonce(self.core());
        let iat = self.core().clock.now().as_seconds();
        let claims = json!({ "jti": format!("t{seed}"), "htm": "POST", "htu": url, "iat": iat, "nonce": nonce });
        let proof = Prover::new(seed).prove(&claims);
        let proof = oauth::check_proof(self.core(), &[proof.as_bytes()], &[url]).unwrap();
        let request = TokenRequest { dpop: Some(proof), ..request(&app) };
        oauth::token(self.core(), request).await.unwrap().access_token.expose().to_owned()
    }

    async fn verify(&self, request: VerifyRequest<'_>) -> Answer {
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap()
    }

    async fn ask(&self, credential: &str, scope_token: &str, scopes: &[&str]) -> Answer {
        let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
        let scope_token = Some(scope_token);
        self.verify(VerifyRequest { credential, scope_token, scopes: &scopes, ..VerifyRequest::default() }).await
    }
}

#[tokio::test]
async fn subject_and_actor_are_both_told() {
    let scene = Scene::new(TwoToken::Either).await;
    let (user, own) = (scene.token(&scene.shop).await, scene.token(&scene.worker).await);
    for _ in 0..2 {
        let answer = scene.ask(&user, &own, &[]).await;
        assert_eq!(answer.code, Outcome::Valid);
        let id = scene.worker.app.id.to_string();
        assert_eq!(answer.actor, Some(Actor { subject: id.clone(), client_id: id }));
        assert_eq!(answer.valid.unwrap().subject, scene.shop.app.id.as_str());
    }
    // a key stands beside a token, too: it is its own client
    let new = keys::NewKey {
        kind: CredentialKind::ApiKey,
        name: "batch".to_owned(),
        api: scene.api.id.to_string(),
        scopes: vec!["write".to_owned()],
        ..keys::NewKey::default()
    };
    let key = keys::create(scene.core(), &scene.world.acme(Role::Developer), "acme", new).await.unwrap();
    let answer = scene.ask(&user, key.secret.expose(), &["read", "write"]).await;
    assert_eq!((answer.code, answer.actor.unwrap().client_id), (Outcome::Valid, key.key.id.to_string()));
}

#[tokio::test]
async fn scopes_are_looked_for_in_either_or_in_both() {
    for (way, scopes, expected) in [
        (TwoToken::Either, &["read"][..], &[][..]),
        (TwoToken::Either, &["read", "write", "ship"], &[]),
        (TwoToken::Either, &["read", "nothing"], &["nothing"]),
        (TwoToken::Both, &["ship"], &[]),
        (TwoToken::Both, &[], &[]),
        (TwoToken::Both, &["read", "ship", "write"], &["read", "write"]),
    ] {
        let scene = Scene::new(way).await;
        let (user, own) = (scene.token(&scene.shop).await, scene.token(&scene.worker).await);
        let answer = scene.ask(&user, &own, scopes).await;
        assert_eq!(answer.missing_scopes, expected, "{way:?} {scopes:?}");
        let code = if expected.is_empty() { Outcome::Valid } else { Outcome::InsufficientScope };
        assert_eq!(answer.code, code, "{way:?} {scopes:?}");
        if code == Outcome::Valid {
            let together = if way == TwoToken::Either { "read ship write" } else { "ship" };
            assert_eq!(answer.scopes.unwrap().to_string(), together);
        }
    }
}

// a token that is left out, or shown twice, gets around nothing
#[tokio::test]
async fn one_token_is_never_both() {
    let scene = Scene::new(TwoToken::Both).await;
    let user = scene.token(&scene.shop).await;
    let scopes = ["read".to_owned()];
    let alone = VerifyRequest { credential: &user, scopes: &scopes, ..VerifyRequest::default() };
    let answer = scene.verify(alone).await;
    assert_eq!((answer.code, answer.missing_scopes.as_slice()), (Outcome::InsufficientScope, &scopes[..]));
    assert_eq!(scene.ask(&user, &user, &["read"]).await.code, Outcome::InsufficientScope);
    let answer = scene.verify(VerifyRequest { scopes: &[], ..alone }).await;
    assert_eq!((answer.code, answer.scopes.unwrap().is_empty()), (Outcome::Valid, true));
}

// both signatures are always checked, and the code that comes first in the contract's order counts
#[tokio::test]
async fn each_bad_token_has_its_own_code() {
    let scene = Scene::new(TwoToken::Either).await;
    let (user, own) = (scene.token(&scene.shop).await, scene.token(&scene.worker).await);
    let other = scene.world.private_api(&scene.world.acme, "bills", &["read"]).await;
    let stranger = create(&scene.world, vec![grant(&other.audience, &["read"])]).await.unwrap();
    let stranger = scene.token(&stranger).await;
    let signature = user.rsplit_once('.').unwrap().1;
    let forged = format!("{}.{signature}", own.rsplit_once('.').unwrap().0);
    for (credential, scope_token, code) in [
        (&user, &"nonsense".to_owned(), Outcome::Malformed),
        (&user, &forged, Outcome::BadSignature),
        (&forged, &user, Outcome::BadSignature),
        (&user, &stranger, Outcome::WrongAudience),
        (&stranger, &own, Outcome::WrongAudience),
        (&stranger, &forged, Outcome::BadSignature),
        (&forged, &stranger, Outcome::BadSignature),
        (&"nonsense".to_owned(), &forged, Outcome::Malformed),
    ] {
        let answer = scene.ask(credential, scope_token, &[]).await;
        assert_eq!((answer.code, answer.id, answer.actor), (code, None, None), "{credential} {scope_token}");
    }
    // the id is that of the token that the code is about
    let developer = scene.world.acme(Role::Developer);
    apps::disable(scene.core(), &developer, "acme", &scene.worker.app.id).await.unwrap();
    let answer = scene.ask(&user, &own, &["write"]).await;
    let id = signing_claims(&own)["jti"].as_str().unwrap().to_owned();
    assert_eq!((answer.code, answer.id), (Outcome::Disabled, Some(id)));
    apps::revoke(scene.core(), &developer, "acme", &scene.shop.app.id, None).await.unwrap();
    let answer = scene.ask(&user, &own, &[]).await;
    let id = signing_claims(&user)["jti"].as_str().unwrap().to_owned();
    assert_eq!((answer.code, answer.id), (Outcome::Revoked, Some(id)));
}

/// What a JWT says, read without any check.
fn signing_claims(jwt: &str) -> serde_json::Value {
    use base64::Engine;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

// what is remembered of the scope token goes with the next change
#[tokio::test]
async fn a_scope_token_loses_its_scopes_at_once() {
    let scene = Scene::new(TwoToken::Either).await;
    let (user, own) = (scene.token(&scene.shop).await, scene.token(&scene.worker).await);
    assert_eq!(scene.ask(&user, &own, &["write"]).await.code, Outcome::Valid);
    let patch = AppPatch { grants: Some(vec![grant(&scene.api.audience, &["ship"])]), ..AppPatch::default() };
    apps::update(scene.core(), &scene.world.acme(Role::Developer), "acme", &scene.worker.app.id, patch).await.unwrap();
    assert_eq!(scene.ask(&user, &own, &["write"]).await.missing_scopes, ["write"]);
}

// RFC 9449 section 7.1: who has only the token has stolen it, and a proof is for one token
#[tokio::test]
async fn a_bound_scope_token_needs_its_proof() {
    let scene = Scene::new(TwoToken::Either).await;
    let user = scene.token(&scene.shop).await;
    let own = scene.bound(&["write"], 1).await;
    let iat = scene.core().clock.now().as_seconds();
    let prove = |seed: u8, token: &str, jti: &str| {
        Prover::new(seed).prove(&json!({ "jti": jti, "htm": "GET", "htu": URL, "iat": iat, "ath": ath(token) }))
    };
    let ask = async |credential: &str, scope_token: &str, proof: Option<&str>| {
        let dpop = proof.map(|proof| ShownProof { proof, method: "GET", url: URL });
        let scope_token = Some(scope_token);
        let answer = scene.verify(VerifyRequest { credential, scope_token, dpop, ..VerifyRequest::default() }).await;
        answer.code
    };
    let good = prove(1, &own, "a");
    assert!(
        DpopProof::parse_and_verify(
            [good.as_bytes()],
            &DpopRequest { method: "GET", url: URL, access_token: Some(&own), now: START }
        )
        .is_ok()
    );
    assert_eq!(ask(&user, &own, None).await, Outcome::BadSignature);
    assert_eq!(ask(&user, &own, Some(&prove(2, &own, "b"))).await, Outcome::BadSignature, "another key");
    assert_eq!(ask(&user, &own, Some(&prove(1, &user, "c"))).await, Outcome::BadSignature, "another token");
    assert_eq!(ask(&user, &own, Some(&good)).await, Outcome::Valid);
    assert_eq!(ask(&user, &own, Some(&good)).await, Outcome::BadSignature, "used before (M3)");
    // the original one is bound: the proof is for it
    assert_eq!(ask(&own, &user, Some(&prove(1, &own, "d"))).await, Outcome::Valid);
    assert_eq!(ask(&own, &user, None).await, Outcome::BadSignature);
    // a call has one proof: two bound tokens can't both be proven
    let bound_user = scene.bound(&["read"], 3).await;
    assert_eq!(ask(&bound_user, &own, Some(&prove(3, &bound_user, "e"))).await, Outcome::BadSignature);
    assert_eq!(ask(&bound_user, &own, Some(&prove(1, &own, "f"))).await, Outcome::BadSignature);
    // nothing is bound: a proof is for nothing
    let plain = scene.token(&scene.worker).await;
    assert_eq!(ask(&user, &plain, Some(&prove(1, &plain, "g"))).await, Outcome::BadSignature);
}

// a call is one call, the original credential's; the scope token's app is used, too
#[tokio::test]
async fn a_call_counts_once() {
    let scene = Scene::new(TwoToken::Either).await;
    let (user, own) = (scene.token(&scene.shop).await, scene.token(&scene.worker).await);
    usage::flush(scene.core()).await.unwrap();
    scene.world.clock.advance(60);
    verify::follow(scene.core()).await.unwrap();
    for _ in 0..3 {
        assert_eq!(scene.ask(&user, &own, &["write"]).await.code, Outcome::Valid);
    }
    scene.ask(&user, "nonsense", &[]).await;
    assert_eq!(scene.world.used(60).await, [(scene.shop.app.id.to_string(), Outcome::Valid, 3)]);
    let worker = scene.world.store.find_app(&scene.world.acme.id, &scene.worker.app.id).await.unwrap().unwrap();
    assert_eq!(worker.last_used_at, Some(START.plus_seconds(60)));
}
