//! Apps that get the same token again while it is good (`repeated_request`).

use std::sync::Arc;

use latchkey_core::apis::{self, Api, ApiPatch, ConsumerPolicyChange, TokenFormat};
use latchkey_core::apps::{self, AppPatch, NewApp, RepeatedRequest};
use latchkey_core::oauth::{self, IssuedToken, RevocationRequest, TokenRequest};
use latchkey_core::ports::ApiStore;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify;
use latchkey_core::{Core, orgs, signing};
use latchkey_jose::CompactJws;
use latchkey_types::Role;
use serde_json::json;

use crate::apps::{MadeApp, grant, new_app};
use crate::oauth::{claims, request, word};
use crate::prover::Prover;
use crate::setup::{MASTER_KEY, World, operator};

/// An app that gets the same token, and the API that it is for.
struct Scene {
    world: World,
    api: Api,
    made: MadeApp,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        // a key that is made by the first request is a change after the request began
        signing::load(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
        let new = NewApp {
            repeated_request: RepeatedRequest::SameToken,
            ..new_app(vec![grant(&api.audience, &["read", "write"])])
        };
        let made = apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
        let made = MadeApp { app: made.app, client_secret: made.client_secret.unwrap() };
        // what this replica changed itself, it sees once more when it follows the change log
        verify::follow(&world.core).await.unwrap();
        Self { world, api, made }
    }

    fn core(&self) -> &Arc<Core> {
        &self.world.core
    }

    async fn ask(&self) -> IssuedToken {
        oauth::token(self.core(), request(&self.made)).await.unwrap()
    }

    async fn token(&self) -> String {
        self.ask().await.access_token.expose().to_owned()
    }

    async fn patch(&self, patch: AppPatch) {
        let developer = self.world.acme(Role::Developer);
        apps::update(self.core(), &developer, "acme", &self.made.app.id, patch).await.unwrap();
    }

    async fn wait(&self, seconds: i64) {
        self.world.clock.advance(seconds);
        verify::follow(self.core()).await.unwrap();
    }
}

#[tokio::test]
async fn the_same_token_comes_again_until_half_of_its_life_is_over() {
    let scene = Scene::new().await;
    let first = scene.ask().await;
    scene.wait(150).await;
    let again = scene.ask().await;
    assert_eq!(again.access_token.expose(), first.access_token.expose());
    assert_eq!((first.expires_in, again.expires_in), (300, 150));
    assert_eq!((again.scope.clone(), again.token_type), (first.scope.clone(), first.token_type));
    scene.wait(1).await;
    let other = scene.ask().await;
    assert_ne!(other.access_token.expose(), first.access_token.expose());
    assert_eq!(other.expires_in, 300);
}

#[tokio::test]
async fn usually_each_request_gets_a_token_of_its_own() {
    let scene = Scene::new().await;
    scene.patch(AppPatch { repeated_request: Some(RepeatedRequest::NewToken), ..AppPatch::default() }).await;
    assert_ne!(scene.token().await, scene.token().await);
    scene.patch(AppPatch { repeated_request: Some(RepeatedRequest::SameToken), ..AppPatch::default() }).await;
    assert_eq!(scene.token().await, scene.token().await);
}

#[tokio::test]
async fn other_scopes_and_keys_get_other_tokens() {
    let scene = Scene::new().await;
    let proof = |seed: u8, jti: &str| {
        let url = "https://portal.example/oauth/token";
        let now = scene.core().clock.now().as_seconds();
        let nonce = oauth::fresh_nonce(scene.core());
        let claims = json!({ "jti": jti, "htm": "POST", "htu": url, "iat": now, "nonce": nonce });
        oauth::check_proof(scene.core(), &[Prover::new(seed).prove(&claims).as_bytes()], &[url]).unwrap()
    };
    let asked =
        |scope: Option<&str>, dpop| TokenRequest { scope: scope.map(str::to_owned), dpop, ..request(&scene.made) };
    let requests = [
        asked(None, None),
        asked(Some("read"), None),
        asked(Some("write"), None),
        asked(None, Some(proof(1, "a"))),
        asked(None, Some(proof(2, "b"))),
    ];
    let mut tokens = Vec::new();
    for request in requests {
        tokens.push(oauth::token(scene.core(), request).await.unwrap().access_token.expose().to_owned());
    }
    let mut apart = tokens.clone();
    apart.sort();
    apart.dedup();
    assert_eq!(apart.len(), tokens.len());
    // all that is granted, by name and in another order, is the same
    let named = oauth::token(scene.core(), asked(Some("write read"), None)).await.unwrap();
    assert_eq!(named.access_token.expose(), tokens[0]);
    // a proof is used up although the token isn't a new one
    let bound = asked(None, Some(proof(1, "c")));
    assert_eq!(oauth::token(scene.core(), bound.clone()).await.unwrap().access_token.expose(), tokens[3]);
    assert_eq!(word(&oauth::token(scene.core(), bound).await), "invalid_dpop_proof");
    // what isn't granted isn't, whatever is remembered
    assert_eq!(word(&oauth::token(scene.core(), asked(Some("delete"), None)).await), "invalid_scope");
}

#[tokio::test]
async fn the_client_must_prove_itself_each_time() {
    let scene = Scene::new().await;
    scene.token().await;
    let other = crate::apps::create(&scene.world, Vec::new()).await.unwrap();
    let stranger = MadeApp { app: scene.made.app.clone(), client_secret: other.client_secret };
    assert_eq!(word(&oauth::token(scene.core(), request(&stranger)).await), "invalid_client");
    apps::disable(scene.core(), &scene.world.acme(Role::Developer), "acme", &scene.made.app.id).await.unwrap();
    assert_eq!(word(&oauth::token(scene.core(), request(&scene.made)).await), "invalid_client");
}

// G5, F-18: whatever the token stands on
#[tokio::test]
async fn a_change_drops_the_token_at_once() {
    let scene = Scene::new().await;
    let (core, world, admin) = (scene.core(), &scene.world, scene.world.acme(Role::Admin));
    let mut seen = vec![scene.token().await];
    let mut expect_another = async |what: &str| {
        let token = scene.token().await;
        assert!(!seen.contains(&token), "{what}");
        assert_eq!(scene.token().await, token, "{what}: the new one is kept");
        seen.push(token);
    };
    // revoked by the client (RFC 7009)
    let token = Some(scene.ask().await.access_token);
    oauth::revoke(core, &RevocationRequest { token, client: request(&scene.made).client, ip: None }).await.unwrap();
    expect_another("token").await;
    scene.patch(AppPatch { name: Some("renamed".to_owned()), ..AppPatch::default() }).await;
    expect_another("app").await;
    let patch = ApiPatch { token_format: Some(TokenFormat::Opaque), ..ApiPatch::default() };
    apis::update(core, &admin, "acme", &scene.api.id, patch).await.unwrap();
    expect_another("api").await;
    let patch = ApiPatch { token_format: Some(TokenFormat::Jwt), ..ApiPatch::default() };
    apis::update(core, &admin, "acme", &scene.api.id, patch).await.unwrap();
    expect_another("api again").await;
    let change = ConsumerPolicyChange { metadata: Some(None), ..ConsumerPolicyChange::default() };
    let audit = world.audit(Some(&world.acme.id), "consumer.set");
    world.store.change_consumer_policy(&scene.api.id, &world.acme.id, &change, &audit).await.unwrap();
    expect_another("consumer").await;
    let patch = orgs::OrgChange { name: Some("Acme Ltd".to_owned()), ..orgs::OrgChange::default() };
    orgs::update(core, &admin, "acme", patch).await.unwrap();
    expect_another("organisation").await;
    let kid = CompactJws::parse(&scene.token().await).unwrap().header().kid().unwrap().to_owned();
    signing::revoke(core, &operator(), &kid).await.unwrap();
    expect_another("signing key").await;
}

// another replica remembers for itself, and learns of a revocation by the change log
#[tokio::test]
async fn each_replica_remembers_for_itself() {
    let scene = Scene::new().await;
    let other = scene.world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&other).await.unwrap();
    verify::follow(&other).await.unwrap();
    let there = async || oauth::token(&other, request(&scene.made)).await.unwrap().access_token;
    let token = there().await;
    assert_ne!(token.expose(), scene.token().await);
    assert_eq!(there().await.expose(), token.expose());
    let client = request(&scene.made).client;
    oauth::revoke(scene.core(), &RevocationRequest { token: Some(token.clone()), client, ip: None }).await.unwrap();
    verify::follow(&other).await.unwrap();
    assert_ne!(there().await.expose(), token.expose());
    // what can't be believed any more isn't given out
    let token = there().await;
    scene.world.clock.advance(3);
    assert_ne!(there().await.expose(), token.expose());
}

#[tokio::test]
async fn a_token_that_comes_again_counts_once() {
    let scene = Scene::new().await;
    scene.patch(AppPatch { tokens_per_day: Some(Some(1)), ..AppPatch::default() }).await;
    let token = scene.token().await;
    assert_eq!(scene.token().await, token);
    assert_eq!(claims(&scene.world, &scene.ask().await).await.client_id, scene.made.app.id.as_str());
    let app = apps::get(scene.core(), &scene.world.acme(Role::Viewer), "acme", &scene.made.app.id).await.unwrap();
    let quota = apps::token_quotas(scene.core(), &[app]).await.unwrap()[0].unwrap();
    assert_eq!(quota.used_today, 1);
    scene.wait(151).await;
    assert_eq!(word(&oauth::token(scene.core(), request(&scene.made)).await), "quota_used_up");
}
