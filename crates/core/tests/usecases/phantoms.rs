//! What a gateway gets of a good call: the phantom JWT, and how long it is remembered (contract sections 5 and 7).

use std::collections::BTreeSet;
use std::sync::Arc;

use latchkey_core::apis::{self, Api, ApiPatch, ConsumerPolicyChange, TokenFormat, TwoToken, Visibility};
use latchkey_core::apps;
use latchkey_core::keys::{self, CreatedKey, KeyPatch, NewKey};
use latchkey_core::oauth::{
    self, Introspection, IntrospectionForm, IntrospectionRequest, Introspector, RevocationRequest,
};
use latchkey_core::ports::{ApiStore, UsageStore};
use latchkey_core::signing::{self, SigningAlg};
use latchkey_core::usage::{self, Bucket, GroupBy, Side, UsageQuery};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, ForwardError, Forwarded, VerifyRequest};
use latchkey_core::{Core, Error, PlainSecret, orgs};
use latchkey_jose::{AccessToken, CompactJws, Cred, Principal};
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use proptest::prelude::*;
use serde_json::json;

use crate::apps::{MadeApp, create, grant};
use crate::oauth::{request, word};
use crate::setup::{ISSUER, MASTER_KEY, START, World, operator};
use crate::token_exchange::{ACCESS_TOKEN, Shop, exchange, exchange_text};

/// An API of `acme` with a gateway before it.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
        Self::before(world, api).await
    }

    async fn before(world: World, api: Api) -> Self {
        let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
        let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        Self { world, api, verification_key: made.secret.expose().to_owned() }
    }

    fn core(&self) -> &Arc<Core> {
        &self.world.core
    }

    async fn set(&self, patch: ApiPatch) {
        apis::update(self.core(), &self.world.acme(Role::Admin), "acme", &self.api.id, patch).await.unwrap();
        verify::follow(self.core()).await.unwrap();
    }

    async fn key(&self, kind: CredentialKind) -> CreatedKey {
        self.key_with(kind, |_| {}).await
    }

    async fn key_with(&self, kind: CredentialKind, change: impl FnOnce(&mut NewKey)) -> CreatedKey {
        let mut new = NewKey {
            kind,
            name: "batch".to_owned(),
            api: self.api.id.to_string(),
            scopes: vec!["read".to_owned()],
            ..NewKey::default()
        };
        change(&mut new);
        let made = keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap();
        // what this process changed itself, it sees once more when it follows the change log
        verify::follow(self.core()).await.unwrap();
        made
    }

    async fn app(&self) -> MadeApp {
        let made = create(&self.world, vec![grant(&self.api.audience, &["read", "write"])]).await.unwrap();
        verify::follow(self.core()).await.unwrap();
        made
    }

    async fn token(&self, app: &MadeApp) -> String {
        oauth::token(self.core(), request(app)).await.unwrap().access_token.expose().to_owned()
    }

    async fn forward(&self, credential: &str) -> Forwarded {
        forward(self.core(), &self.verification_key, credential).await
    }

    /// The phantom of a credential that holds.
    async fn phantom(&self, credential: &str) -> String {
        phantom(self.core(), &self.verification_key, credential).await
    }

    async fn claims(&self, credential: &str) -> AccessToken {
        read(self.core(), &self.phantom(credential).await).await
    }

    async fn wait(&self, seconds: i64) {
        self.world.clock.advance(seconds);
        verify::follow(self.core()).await.unwrap();
    }
}

async fn forward(core: &Core, verification_key: &str, credential: &str) -> Forwarded {
    let asked = VerifyRequest { credential, cost: 1, ..VerifyRequest::default() };
    verify::forward(core, verification_key, &asked).await.unwrap()
}

async fn phantom(core: &Core, verification_key: &str, credential: &str) -> String {
    let forwarded = forward(core, verification_key, credential).await;
    assert_eq!(forwarded.answer.code, Outcome::Valid);
    forwarded.phantom.unwrap().expose().to_owned()
}

async fn read(core: &Core, jwt: &str) -> AccessToken {
    let jws = CompactJws::parse(jwt).unwrap();
    let ring = signing::current(core).await.unwrap();
    AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap()
}

fn replica(scene: &Scene) -> Arc<Core> {
    scene.world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None))
}

// contract sections 5 and 7
#[tokio::test]
async fn every_kind_of_credential_becomes_a_jwt_of_a_minute() {
    let scene = Scene::new().await;
    let (api_key, jwt_key) = (scene.key(CredentialKind::ApiKey).await, scene.key(CredentialKind::JwtKey).await);
    let app = scene.app().await;
    let jwt = scene.token(&app).await;
    scene.set(ApiPatch { token_format: Some(TokenFormat::Opaque), ..ApiPatch::default() }).await;
    let opaque = scene.token(&app).await;
    assert!(jwt.contains('.') && opaque.starts_with("lk_at_"));

    let (api_key_id, jwt_key_id, app_id) = (api_key.key.id.as_str(), jwt_key.key.id.as_str(), app.app.id.as_str());
    let mut names = BTreeSet::new();
    for (credential, client, scope) in [
        (api_key.secret.expose(), api_key_id, "read"),
        (jwt_key.secret.expose(), jwt_key_id, "read"),
        (jwt.as_str(), app_id, "read write"),
        (opaque.as_str(), app_id, "read write"),
    ] {
        let claims = scene.claims(credential).await;
        assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (ISSUER, "https://orders.example"));
        assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (client, client));
        assert_eq!((claims.scope.to_string().as_str(), &claims.org), (scope, &scene.world.acme.id));
        assert_eq!((claims.cred, claims.principal), (Cred::Phantom, Principal::Service));
        assert_eq!((claims.iat, claims.nbf, claims.exp), (START, START, START.plus_seconds(60)));
        assert_eq!((claims.act, claims.may_act, claims.cnf), (None, None, None));
        names.insert(claims.jti);
    }
    assert_eq!(names.len(), 4, "each has a name of its own, which isn't the credential's");
}

#[tokio::test]
async fn it_is_signed_as_the_apis_tokens_are() {
    for alg in [SigningAlg::EdDsa, SigningAlg::Es256] {
        let scene = Scene::new().await;
        scene.set(ApiPatch { signing_alg: Some(alg), ..ApiPatch::default() }).await;
        let key = scene.key(CredentialKind::ApiKey).await;
        let jwt = scene.phantom(key.secret.expose()).await;
        let jws = CompactJws::parse(&jwt).unwrap();
        assert_eq!(jws.header().alg(), alg.as_str());
        assert!(jws.header().is_type("at+jwt"));
        read(scene.core(), &jwt).await;
    }
}

#[tokio::test]
async fn it_comes_again_until_half_of_its_life_is_over() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    let first = scene.phantom(key.secret.expose()).await;
    assert_eq!(scene.phantom(key.secret.expose()).await, first);
    scene.wait(30).await;
    assert_eq!(scene.phantom(key.secret.expose()).await, first);
    scene.wait(1).await;
    let second = scene.phantom(key.secret.expose()).await;
    assert_ne!(second, first);
    assert_eq!(read(scene.core(), &second).await.exp, START.plus_seconds(91));
    assert_eq!(scene.phantom(key.secret.expose()).await, second);
    // another credential never gets it
    let other = scene.key(CredentialKind::ApiKey).await;
    assert_eq!(scene.claims(other.secret.expose()).await.sub, other.key.id.as_str());
}

#[tokio::test]
async fn it_never_outlives_its_credential() {
    let scene = Scene::new().await;
    let ends = START.plus_seconds(100);
    let key = scene.key_with(CredentialKind::ApiKey, |new| new.expires_at = Some(ends)).await;
    assert_eq!(scene.claims(key.secret.expose()).await.exp, START.plus_seconds(60));
    scene.wait(50).await;
    assert_eq!(scene.claims(key.secret.expose()).await.exp, ends);
    // a shorter life has a shorter half: of ten seconds five
    scene.wait(40).await;
    let late = scene.phantom(key.secret.expose()).await;
    assert_eq!(read(scene.core(), &late).await.exp, ends);
    scene.wait(5).await;
    assert_eq!(scene.phantom(key.secret.expose()).await, late);
    scene.wait(1).await;
    assert_ne!(scene.phantom(key.secret.expose()).await, late);
    scene.wait(4).await;
    let over = scene.forward(key.secret.expose()).await;
    assert_eq!((over.answer.code, over.phantom.is_none()), (Outcome::Expired, true));

    // an access token, and the generation of a key that was rotated
    let token = scene.token(&scene.app().await).await;
    let issued = scene.world.core.clock.now();
    scene.wait(280).await;
    assert_eq!(scene.claims(&token).await.exp, issued.plus_seconds(300));
    let key = scene.key(CredentialKind::ApiKey).await;
    let developer = scene.world.acme(Role::Developer);
    keys::rotate(scene.core(), &developer, "acme", &key.key.id, 20).await.unwrap();
    let now = scene.world.core.clock.now();
    assert_eq!(scene.claims(key.secret.expose()).await.exp, now.plus_seconds(20));
}

// the decisions of issue 4: it is for the upstream alone
#[tokio::test]
async fn nothing_here_takes_it_as_a_credential() {
    let shop = Shop::new().await;
    let own = shop.own(&shop.order, &shop.payments).await;
    let Shop { world, payments, order, payment, .. } = shop;
    let scene = Scene::before(world, payments.clone()).await;
    let core = scene.core();
    let phantom = scene.phantom(own.access_token.expose()).await;

    assert_eq!(scene.forward(&phantom).await.answer.code, Outcome::BadSignature);
    let asked = VerifyRequest { credential: &phantom, ..VerifyRequest::default() };
    assert_eq!(verify::verify(core, &scene.verification_key, &asked).await.unwrap().code, Outcome::BadSignature);
    // another API isn't even told that it is for another one
    let elsewhere = scene.world.private_api(&scene.world.acme, "elsewhere", &[]).await;
    let admin = scene.world.acme(Role::Admin);
    let gateway = apis::create_verification_key(core, &admin, "acme", &elsewhere.id, "g", vec![Environment::Live]);
    let gateway = gateway.await.unwrap().secret;
    assert_eq!(verify::verify(core, gateway.expose(), &asked).await.unwrap().code, Outcome::BadSignature);

    let inactive = json!({ "active": false });
    let by_api = Introspector::Api { id: None, verification_key: PlainSecret::new(scene.verification_key.clone()) };
    for caller in [by_api, Introspector::Client(request(&order).client.unwrap())] {
        let token = Some(PlainSecret::new(phantom.clone()));
        let asked = IntrospectionRequest { token, ip: None, caller: Some(caller), form: IntrospectionForm::Json };
        match oauth::introspect(core, &asked).await.unwrap() {
            Introspection::Json(said) => assert_eq!(serde_json::Value::Object(said), inactive),
            other => panic!("{other:?}"),
        }
    }
    let exchanged = oauth::token(core, exchange_text(&payment, &phantom, ACCESS_TOKEN, &payments)).await;
    assert_eq!(word(&exchanged), "invalid_request");
    oauth::token(core, exchange(&payment, &own, &payments)).await.unwrap();
    // G2: revoking it ends nothing
    let token = Some(PlainSecret::new(phantom));
    oauth::revoke(core, &RevocationRequest { token, client: request(&order).client, ip: None }).await.unwrap();
    assert_eq!(scene.forward(own.access_token.expose()).await.answer.code, Outcome::Valid);
}

// RFC 8693 section 4.1: whoever acts stays named
#[tokio::test]
async fn a_chain_of_actors_is_kept() {
    let shop = Shop::new().await;
    let first = shop.own(&shop.cart, &shop.orders).await;
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let said = shop.claims(&second).await;
    let scene = Scene::before(shop.world, shop.payments).await;
    let claims = scene.claims(second.access_token.expose()).await;
    assert!(claims.act.is_some());
    assert_eq!((claims.act, claims.sub, claims.client_id), (said.act, said.sub, said.client_id));
}

// contract section 10, "Two tokens"
#[tokio::test]
async fn of_two_tokens_it_says_both_and_stands_on_both() {
    let scene = Scene::new().await;
    let (key, app) = (scene.key(CredentialKind::ApiKey).await, scene.app().await);
    let token = scene.token(&app).await;
    let issued = scene.core().clock.now();
    let both = async || {
        let asked = VerifyRequest {
            credential: key.secret.expose(),
            scope_token: Some(&token),
            cost: 1,
            ..VerifyRequest::default()
        };
        verify::forward(scene.core(), &scene.verification_key, &asked).await.unwrap()
    };
    let first = both().await.phantom.unwrap();
    let claims = first.claims();
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (key.key.id.as_str(), key.key.id.as_str()));
    assert_eq!(claims.act, serde_json::from_value(json!({ "sub": app.app.id.as_str() })).unwrap());
    assert_eq!(claims.scope.to_string(), "read write");
    assert_eq!(both().await.phantom.unwrap().expose(), first.expose());
    // without the second token it is another one
    assert_eq!(scene.claims(key.secret.expose()).await.act, None);

    let patch = apps::AppPatch { name: Some("renamed".to_owned()), ..apps::AppPatch::default() };
    apps::update(scene.core(), &scene.world.acme(Role::Developer), "acme", &app.app.id, patch).await.unwrap();
    assert_ne!(both().await.phantom.unwrap().expose(), first.expose(), "a change of the second token's app");
    scene.set(ApiPatch { two_token: Some(TwoToken::Both), ..ApiPatch::default() }).await;
    assert_eq!(both().await.phantom.unwrap().claims().scope.to_string(), "read");
    scene.wait(280).await;
    assert_eq!(both().await.phantom.unwrap().claims().exp, issued.plus_seconds(300), "the second one's end");
    scene.wait(20).await;
    assert!(both().await.phantom.is_none());
}

// G5, F-08, F-18: whatever it stands on
#[tokio::test]
async fn a_change_drops_it_at_once() {
    let scene = Scene::new().await;
    let (core, world, admin) = (scene.core(), &scene.world, scene.world.acme(Role::Admin));
    let key = scene.key(CredentialKind::ApiKey).await;
    let secret = key.secret.expose();
    let mut seen = vec![scene.phantom(secret).await];
    let mut expect_another = async |what: &str| {
        let phantom = scene.phantom(secret).await;
        assert!(!seen.contains(&phantom), "{what}");
        assert_eq!(scene.phantom(secret).await, phantom, "{what}: the new one is kept");
        seen.push(phantom);
    };
    let scopes = Some(vec!["read".to_owned(), "write".to_owned()]);
    let patch = KeyPatch { scopes, ..KeyPatch::default() };
    keys::update(core, &world.acme(Role::Developer), "acme", &key.key.id, patch).await.unwrap();
    expect_another("key").await;
    assert_eq!(scene.claims(secret).await.scope.to_string(), "read write");
    let patch = ApiPatch { signing_alg: Some(SigningAlg::Es256), ..ApiPatch::default() };
    apis::update(core, &admin, "acme", &scene.api.id, patch).await.unwrap();
    // the first key of an algorithm is a change after the fill began
    scene.phantom(secret).await;
    expect_another("api").await;
    let change = ConsumerPolicyChange { metadata: Some(None), ..ConsumerPolicyChange::default() };
    let audit = world.audit(Some(&world.acme.id), "consumer.set");
    world.store.change_consumer_policy(&scene.api.id, &world.acme.id, &change, &audit).await.unwrap();
    expect_another("consumer").await;
    let patch = orgs::OrgChange { name: Some("Acme Ltd".to_owned()), ..orgs::OrgChange::default() };
    orgs::update(core, &admin, "acme", patch).await.unwrap();
    expect_another("organisation").await;
    let kid = CompactJws::parse(&scene.phantom(secret).await).unwrap().header().kid().unwrap().to_owned();
    signing::revoke(core, &operator(), &kid).await.unwrap();
    expect_another("signing key").await;

    keys::revoke(core, &world.acme(Role::Developer), "acme", &key.key.id, None).await.unwrap();
    let over = scene.forward(secret).await;
    assert_eq!((over.answer.code, over.phantom.is_none()), (Outcome::Revoked, true));
}

// F-11: another replica makes its own, and drops it by the change log
#[tokio::test]
async fn each_replica_remembers_for_itself() {
    let scene = Scene::new().await;
    let other = replica(&scene);
    signing::load(&other).await.unwrap();
    verify::follow(&other).await.unwrap();
    let app = scene.app().await;
    let token = scene.token(&app).await;
    verify::follow(&other).await.unwrap();
    let there = async || phantom(&other, &scene.verification_key, &token).await;
    let first = there().await;
    assert_ne!(first, scene.phantom(&token).await);
    assert_eq!(there().await, first);
    apps::disable(scene.core(), &scene.world.acme(Role::Developer), "acme", &app.app.id).await.unwrap();
    verify::follow(&other).await.unwrap();
    assert_eq!(forward(&other, &scene.verification_key, &token).await.answer.code, Outcome::Disabled);
    apps::enable(scene.core(), &scene.world.acme(Role::Developer), "acme", &app.app.id).await.unwrap();
    verify::follow(&other).await.unwrap();
    let second = there().await;
    assert_ne!(second, first);
    // what can't be believed any more isn't handed out
    scene.world.clock.advance(3);
    assert_ne!(there().await, second);
}

#[tokio::test]
async fn a_refusal_has_none_and_says_the_same_as_verification() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    let scopes = ["write".to_owned()];
    let asked = VerifyRequest { credential: key.secret.expose(), scopes: &scopes, ..VerifyRequest::default() };
    let refused = verify::forward(scene.core(), &scene.verification_key, &asked).await.unwrap();
    assert_eq!((refused.answer.code, refused.phantom.is_none()), (Outcome::InsufficientScope, true));
    assert_eq!(refused.answer.missing_scopes, ["write"]);
    for (credential, code) in
        [("", Outcome::Malformed), ("lk_live_x", Outcome::Malformed), ("a.b.c", Outcome::Malformed)]
    {
        let refused = scene.forward(credential).await;
        assert_eq!((refused.answer.code, refused.phantom.is_none()), (code, true), "{credential}");
    }
    let foreign = scene.world.api(&scene.world.globex, "weather", Visibility::Public, &[]).await;
    let developer = scene.world.acme(Role::Developer);
    let new = NewKey {
        kind: CredentialKind::ApiKey,
        name: "other".to_owned(),
        api: foreign.id.to_string(),
        ..NewKey::default()
    };
    let other = keys::create(scene.core(), &developer, "acme", new).await.unwrap();
    assert_eq!(scene.forward(other.secret.expose()).await.answer.code, Outcome::NotFound);
}

// contract section 10, "Gateways"
#[tokio::test]
async fn the_gateways_own_key_is_told_apart() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    let asked = VerifyRequest { credential: key.secret.expose(), ..VerifyRequest::default() };
    let id = scene.verification_key.split('_').nth(2).unwrap().to_owned();
    let wrong = |number| compose("lk", SecretKind::Verify, &id, &[number; 32]);
    for bad in ["", "x", key.secret.expose(), &wrong(0)] {
        let refused = verify::forward(scene.core(), bad, &asked).await;
        assert!(matches!(refused, Err(ForwardError::BadVerificationKey)), "{bad}");
    }
    // guessing it is slowed down, and isn't the caller's fault either
    for number in 1..10 {
        let refused = verify::forward(scene.core(), &wrong(number), &asked).await;
        assert!(matches!(refused, Err(ForwardError::BadVerificationKey)));
    }
    let slowed = verify::forward(scene.core(), &wrong(10), &asked).await;
    assert!(matches!(slowed, Err(ForwardError::Other(Error::Unavailable(_)))));
}

// contract section 10, "Management": forward-auth counts too
#[tokio::test]
async fn usage_counts_it() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    scene.phantom(key.secret.expose()).await;
    scene.phantom(key.secret.expose()).await;
    usage::flush(scene.core()).await.unwrap();
    let query = UsageQuery {
        org: scene.world.acme.id.clone(),
        side: Side::Holder,
        from: START,
        to: START.plus_seconds(60),
        bucket: Bucket::Minute,
        group_by: GroupBy { credential: true, outcome: true, ..GroupBy::default() },
        credential: None,
        api: None,
        limit: 100,
    };
    let points = scene.world.store.usage_series(&query).await.unwrap();
    let counts: Vec<_> =
        points.iter().map(|point| (point.credential.clone().flatten(), point.outcome, point.count)).collect();
    assert_eq!(counts, [(Some(key.key.id.to_string()), Some(Outcome::Valid), 2)], "and no token was issued");
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(i64),
    Ask,
    Disable,
    Enable,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_i64..70).prop_map(Step::Wait),
        Just(Step::Ask),
        Just(Step::Ask),
        Just(Step::Disable),
        Just(Step::Enable),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // whatever happens: never for a credential that doesn't hold, never over, never beyond the credential's end
    #[test]
    fn a_phantom_always_stands_for_a_credential_that_holds(steps in steps(), life in 60_i64..400) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let scene = Scene::new().await;
            let (developer, ends) = (scene.world.acme(Role::Developer), START.plus_seconds(life));
            let key = scene.key_with(CredentialKind::ApiKey, |new| new.expires_at = Some(ends)).await;
            let (mut enabled, id) = (true, &key.key.id);
            for step in steps {
                match step {
                    Step::Wait(seconds) => scene.wait(seconds).await,
                    Step::Disable => {
                        keys::disable(scene.core(), &developer, "acme", id).await.unwrap();
                        enabled = false;
                    }
                    Step::Enable => {
                        keys::enable(scene.core(), &developer, "acme", id).await.unwrap();
                        enabled = true;
                    }
                    Step::Ask => {
                        let now = scene.core().clock.now();
                        let forwarded = scene.forward(key.secret.expose()).await;
                        assert_eq!(forwarded.phantom.is_some(), enabled && now < ends);
                        if let Some(phantom) = forwarded.phantom {
                            let claims = phantom.claims();
                            assert!(claims.iat <= now && claims.exp > now && claims.exp <= ends);
                            // half of what it could have at most, so that the upstream has time to read it
                            let most = now.plus_seconds(60).min(ends).as_seconds() - now.as_seconds();
                            assert!((claims.exp.as_seconds() - now.as_seconds()) * 2 >= most);
                            assert_eq!(&read(scene.core(), phantom.expose()).await, claims);
                        }
                    }
                }
            }
        });
    }
}
