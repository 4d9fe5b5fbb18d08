//! Action tokens: contract sections 4, 5, 8 and 10; F-17.

use futures::future::join_all;
use latchkey_core::action_tokens::{self, ActionTokenStatus, CreatedActionToken, NewActionToken};
use latchkey_core::apis::{self, Api, ApiPatch, ConsumerPolicy, NewScope, ScopeGrant, TokenFormat};
use latchkey_core::oauth::{
    self, ClientAuthentication, ClientCredentials, Introspection, IntrospectionForm, IntrospectionRequest,
    Introspector, IssuedToken, RevocationRequest, TokenError,
};
use latchkey_core::ports::OrgStore;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Core, Error, PlainSecret, management_keys, signing};
use latchkey_jose::{Cred, Principal};
use latchkey_store::SqliteStore;
use latchkey_types::secret::{SecretKind, compose, parse};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};

use crate::apps::{create as create_app, grant};
use crate::oauth::{claims, word};
use crate::setup::{MASTER_KEY, START, World, page, refused_fields};
use crate::token_exchange::exchange_text;

/// An API of `acme` with a verification key.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        Self::on(World::new().await).await
    }

    async fn on(world: World) -> Self {
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "confirm"]).await;
        let verification_key = verification_key(&world, &api).await;
        Self { world, api, verification_key }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn change(&self, patch: ApiPatch) {
        apis::update(self.core(), &self.world.acme(Role::Admin), "acme", &self.api.id, patch).await.unwrap();
    }

    async fn make(&self) -> CreatedActionToken {
        self.made(|_| {}).await.unwrap()
    }

    async fn made(&self, change: impl FnOnce(&mut NewActionToken)) -> Result<CreatedActionToken, Error> {
        let mut new = NewActionToken {
            api: self.api.audience.clone(),
            scopes: vec!["confirm".to_owned()],
            purpose: "confirm-order".to_owned(),
            ..NewActionToken::default()
        };
        change(&mut new);
        action_tokens::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await
    }

    async fn redeem(&self, made: &CreatedActionToken) -> Result<IssuedToken, TokenError> {
        oauth::redeem(self.core(), made.secret.expose(), Some("198.51.100.7".parse().unwrap())).await
    }

    async fn ask(&self, credential: &str) -> Answer {
        let request = VerifyRequest { credential, ..VerifyRequest::default() };
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap()
    }

    async fn revoke(&self, made: &CreatedActionToken) {
        let developer = self.world.acme(Role::Developer);
        let reason = Some("wrong mail".to_owned());
        action_tokens::revoke(self.core(), &developer, "acme", &made.token.id, reason).await.unwrap();
    }

    async fn status(&self, made: &CreatedActionToken) -> ActionTokenStatus {
        let found = action_tokens::get(self.core(), &self.world.acme(Role::Viewer), "acme", &made.token.id).await;
        found.unwrap().status(self.core().clock.now())
    }

    async fn actions(&self, made: &CreatedActionToken) -> Vec<String> {
        self.world.actions_on(&self.world.acme, made.token.id.as_str()).await
    }
}

async fn verification_key(world: &World, api: &Api) -> String {
    let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
    let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
    made.secret.expose().to_owned()
}

// contract section 10; F-19: no row and no debug text holds the secret
#[tokio::test]
async fn it_is_made_and_swapped_for_a_token_of_its_purpose() {
    let scene = Scene::new().await;
    let made = scene.make().await;
    let secret = made.secret.expose();
    let parsed = parse("lk", secret).unwrap();
    assert_eq!((parsed.kind, parsed.id), (SecretKind::Once, made.token.id.random_part()));
    assert_eq!(made.token.expires_at, START.plus_seconds(600));
    assert_eq!(scene.status(&made).await, ActionTokenStatus::Pending);

    let issued = scene.redeem(&made).await.unwrap();
    assert_eq!((issued.expires_in, issued.scope.to_string().as_str()), (300, "confirm"));
    let claims = claims(&scene.world, &issued).await;
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (made.token.id.as_str(), made.token.id.as_str()));
    assert_eq!((claims.aud.as_str(), &claims.org), (scene.api.audience.as_str(), &scene.world.acme.id));
    assert_eq!((claims.cred, claims.principal), (Cred::ActionToken, Principal::Service));
    assert_eq!(claims.purpose.as_deref(), Some("confirm-order"));

    let verified = scene.ask(issued.access_token.expose()).await.valid.unwrap();
    assert_eq!((verified.kind, verified.id.as_str()), (CredentialKind::AccessToken, claims.jti.as_str()));
    assert_eq!((verified.subject.as_str(), verified.scopes.to_string().as_str()), (claims.sub.as_str(), "confirm"));
    assert_eq!(verified.token.as_ref().unwrap().purpose.as_deref(), Some("confirm-order"));
    assert_eq!(scene.status(&made).await, ActionTokenStatus::Redeemed);

    assert_eq!(scene.actions(&made).await, ["action_token.create", "action_token.redeem"]);
    let rows = scene.world.audit_rows(Some(&scene.world.acme.id), made.token.id.as_str()).await;
    let swap = rows.iter().find(|row| row.action == "action_token.redeem").unwrap();
    assert_eq!((swap.actor_kind.as_str(), swap.ip), ("action_token", Some("198.51.100.7".parse().unwrap())));
    assert_eq!(swap.detail["jti"], claims.jti);
    let texts = format!("{made:?} {issued:?} {}", scene.world.audit_text().await);
    assert!(!texts.contains(&secret[secret.len() - 49..]));
}

#[tokio::test]
async fn access_is_never_longer_than_maker_and_api_allow() {
    let scene = Scene::new().await;
    for (ttl, most, expected) in [(300, 60, 60), (300, 3_600, 300), (60, 61, 60), (3_600, 1, 1)] {
        scene.change(ApiPatch { token_ttl_seconds: Some(ttl), ..ApiPatch::default() }).await;
        let made = scene.made(|new| new.max_access_seconds = Some(most)).await.unwrap();
        let issued = scene.redeem(&made).await.unwrap();
        assert_eq!(issued.expires_in, expected);
        scene.world.clock.advance(expected - 1);
        verify::follow(scene.core()).await.unwrap();
        assert_eq!(scene.ask(issued.access_token.expose()).await.code, Outcome::Valid);
        scene.world.clock.advance(1);
        assert_eq!(scene.ask(issued.access_token.expose()).await.code, Outcome::Expired);
    }
}

#[tokio::test]
async fn bad_members_are_named() {
    let scene = Scene::new().await;
    let refused = scene
        .made(|new| {
            new.scopes = vec!["read".to_owned(), "delete".to_owned()];
            new.purpose = "a\u{7}".to_owned();
            new.expires_in_seconds = Some(86_401);
            new.max_access_seconds = Some(0);
        })
        .await;
    assert_eq!(refused_fields(refused), ["scopes/1", "purpose", "expires_in_seconds", "max_access_seconds"]);
    for seconds in [0, -1, i64::MIN, i64::MAX, 1 << 32] {
        let refused = scene.made(|new| new.expires_in_seconds = Some(seconds)).await;
        assert_eq!(refused_fields(refused), ["expires_in_seconds"], "{seconds}");
    }
    let hidden = scene.world.private_api(&scene.world.globex, "hidden", &["read"]).await;
    assert_eq!(refused_fields(scene.made(|new| new.api = hidden.audience.clone()).await), ["api"]);
    let many = scene.made(|new| new.scopes = vec!["read".to_owned(); 17]).await;
    assert_eq!(refused_fields(many), ["scopes"]);
}

// F-14
#[tokio::test]
async fn who_may_make_see_and_end_them() {
    let scene = Scene::new().await;
    let (core, world) = (scene.core(), &scene.world);
    let id = scene.make().await.token.id;
    for role in Role::ALL {
        let new =
            NewActionToken { api: scene.api.id.to_string(), purpose: "x".to_owned(), ..NewActionToken::default() };
        let made = action_tokens::create(core, &world.acme(role), "acme", new.clone()).await;
        assert_eq!(made.is_ok(), role >= Role::Developer, "{role}");
        assert!(action_tokens::get(core, &world.acme(role), "acme", &id).await.is_ok());
        assert!(!action_tokens::list(core, &world.acme(role), "acme", &page()).await.unwrap().items.is_empty());
        let foreign = world.globex(role);
        for org in ["acme", "globex"] {
            assert!(matches!(action_tokens::get(core, &foreign, org, &id).await, Err(Error::NotFound)));
            let ended = action_tokens::revoke(core, &foreign, org, &id, None).await;
            assert!(matches!(ended, Err(Error::NotFound | Error::Forbidden(_))), "{role}");
        }
        let foreign_made = action_tokens::create(core, &foreign, "acme", new).await;
        assert!(matches!(foreign_made, Err(Error::NotFound)));
    }
    let viewer = action_tokens::revoke(core, &world.acme(Role::Viewer), "acme", &id, None).await;
    assert!(matches!(viewer, Err(Error::Forbidden(_))));
    assert!(action_tokens::revoke(core, &world.acme(Role::Developer), "acme", &id, None).await.is_ok());
}

/// Many at once on two replicas; exactly one gets a token.
async fn swapped_by_many(world: World) {
    let scene = Scene::on(world).await;
    let other = scene.world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&other).await.unwrap();
    for format in TokenFormat::ALL {
        scene.change(ApiPatch { token_format: Some(format), ..ApiPatch::default() }).await;
        let made = scene.make().await;
        let swapping = (0..200).map(|number| {
            let core = if number % 2 == 0 { &scene.world.core } else { &other };
            oauth::redeem(core, made.secret.expose(), None)
        });
        let answers = join_all(swapping).await;
        let issued: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
        assert_eq!(issued.len(), 1, "{format:?}");
        assert!(answers.iter().all(|answer| matches!(word(answer), "issued" | "invalid_grant")));
        assert_eq!(scene.ask(issued[0].access_token.expose()).await.code, Outcome::Valid);
        let rows = scene.world.audit_rows(Some(&scene.world.acme.id), made.token.id.as_str()).await;
        let done = rows.iter().filter(|row| row.action == "action_token.redeem" && row.outcome.as_str() == "done");
        assert_eq!(done.count(), 1);
        // who came too late is noted, but nobody fills the log with one link
        let denied = rows.iter().filter(|row| row.outcome.as_str() == "denied").count();
        assert!((1..=20).contains(&denied), "{denied}");
    }
}

// F-17
#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_exactly_one_swaps_it() {
    swapped_by_many(World::on(SqliteStore::in_memory().await.unwrap()).await).await;
}

#[tokio::test]
async fn what_does_not_hold_is_refused_alike_and_not_used_up() {
    let scene = Scene::new().await;
    let (world, core) = (&scene.world, scene.core());
    let made = scene.make().await;
    for presented in [
        String::new(),
        "nonsense".to_owned(),
        compose("lk", SecretKind::Once, made.token.id.random_part(), &[1; 32]),
        compose("lk", SecretKind::Once, "0000000000000000", &[1; 32]),
        compose("lk", SecretKind::AccessToken, made.token.id.random_part(), &[1; 32]),
    ] {
        assert_eq!(word(&oauth::redeem(core, &presented, None).await), "invalid_grant", "{presented}");
    }
    world.suspend(&world.acme).await;
    assert_eq!(word(&scene.redeem(&made).await), "invalid_grant", "its organisation is suspended");
    let audit = world.audit(None, "org.unsuspend");
    world.store.set_org_suspended(&world.acme.id, None, &audit).await.unwrap();
    let less = NewScope { name: "read".to_owned(), description: String::new(), grant: ScopeGrant::SelfService };
    scene.change(ApiPatch { scopes: Some(vec![less.clone()]), ..ApiPatch::default() }).await;
    assert_eq!(word(&scene.redeem(&made).await), "invalid_grant", "never a silent reduction");
    let confirm = NewScope { name: "confirm".to_owned(), ..less.clone() };
    scene.change(ApiPatch { scopes: Some(vec![less, confirm]), ..ApiPatch::default() }).await;
    world.clock.advance(599);
    assert_eq!(word(&scene.redeem(&made).await), "issued");

    let late = scene.make().await;
    world.clock.advance(600);
    assert_eq!(word(&scene.redeem(&late).await), "invalid_grant");
    assert_eq!(scene.status(&late).await, ActionTokenStatus::Expired);
    let revoked = scene.make().await;
    scene.revoke(&revoked).await;
    assert_eq!(word(&scene.redeem(&revoked).await), "invalid_grant");
    assert_eq!(scene.status(&revoked).await, ActionTokenStatus::Revoked);
}

#[tokio::test]
async fn another_organisations_api_decides_with_its_owner() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let weather = world.public_api_of_globex().await;
    let make = async |scope: &str| {
        scene.made(|new| (new.api, new.scopes) = (weather.audience.clone(), vec![scope.to_owned()])).await
    };
    assert_eq!(refused_fields(make("write").await), ["scopes/0"], "by approval alone");
    let made = make("read").await.unwrap();
    let blocked = ConsumerPolicy { blocked_at: Some(START), ..ConsumerPolicy::default() };
    world.decide(&weather, &world.acme, blocked).await;
    assert_eq!(word(&scene.redeem(&made).await), "invalid_grant");
    world.decide(&weather, &world.acme, ConsumerPolicy::default()).await;
    let issued = scene.redeem(&made).await.unwrap();
    let admin = world.globex(Role::Admin);
    let key =
        apis::create_verification_key(&world.core, &admin, "globex", &weather.id, "gw", Vec::new()).await.unwrap();
    let ask = async || {
        let request = VerifyRequest { credential: issued.access_token.expose(), ..VerifyRequest::default() };
        verify::verify(&world.core, key.secret.expose(), &request).await.unwrap().code
    };
    assert_eq!(ask().await, Outcome::Valid);
    world.decide(&weather, &world.acme, ConsumerPolicy { blocked_at: Some(START), ..ConsumerPolicy::default() }).await;
    assert_eq!(ask().await, Outcome::Disabled);
}

// G5: at once here, and what is remembered goes with it
#[tokio::test]
async fn revoking_it_ends_what_it_was_swapped_for() {
    for format in TokenFormat::ALL {
        let scene = Scene::new().await;
        scene.change(ApiPatch { token_format: Some(format), ..ApiPatch::default() }).await;
        let made = scene.make().await;
        let issued = scene.redeem(&made).await.unwrap();
        for _ in 0..2 {
            assert_eq!(scene.ask(issued.access_token.expose()).await.code, Outcome::Valid);
        }
        scene.revoke(&made).await;
        scene.revoke(&made).await;
        assert_eq!(scene.ask(issued.access_token.expose()).await.code, Outcome::Revoked);
        let actions = ["action_token.create", "action_token.redeem", "action_token.revoke"];
        assert_eq!(scene.actions(&made).await, actions);
        let suspended = scene.make().await;
        let issued = scene.redeem(&suspended).await.unwrap();
        scene.world.suspend(&scene.world.acme).await;
        assert_eq!(word(&scene.redeem(&suspended).await), "invalid_grant");
        // the API's own organisation is suspended with it: its verification key is good no more
        let request = VerifyRequest { credential: issued.access_token.expose(), ..VerifyRequest::default() };
        let asked = verify::verify(scene.core(), &scene.verification_key, &request).await;
        assert!(matches!(asked, Err(Error::Unauthenticated)));
    }
}

// K4: its purpose would get lost
#[tokio::test]
async fn what_it_was_swapped_for_is_not_exchanged() {
    let scene = Scene::new().await;
    let app = create_app(&scene.world, vec![grant(&scene.api.audience, &["read", "confirm"])]).await.unwrap();
    let issued = scene.redeem(&scene.make().await).await.unwrap();
    let token = issued.access_token.expose();
    let subject = exchange_text(&app, token, crate::token_exchange::ACCESS_TOKEN, &scene.api);
    assert_eq!(word(&oauth::token(scene.core(), subject).await), "invalid_request");
    let own = oauth::token(scene.core(), crate::oauth::request(&app)).await.unwrap();
    let mut acting = exchange_text(&app, own.access_token.expose(), crate::token_exchange::ACCESS_TOKEN, &scene.api);
    acting.exchange.actor_token = Some(PlainSecret::new(token.to_owned()));
    acting.exchange.actor_token_type = Some(crate::token_exchange::ACCESS_TOKEN.to_owned());
    assert_eq!(word(&oauth::token(scene.core(), acting).await), "invalid_request");
}

// D6: each secret is taken at its own place alone
#[tokio::test]
async fn the_secret_is_taken_nowhere_else() {
    let scene = Scene::new().await;
    let core = scene.core();
    let made = scene.make().await;
    let secret = made.secret.expose();
    assert_eq!(scene.ask(secret).await.code, Outcome::NotFound);
    let beside = VerifyRequest { credential: secret, scope_token: Some(secret), ..VerifyRequest::default() };
    let answer = verify::verify(core, &scene.verification_key, &beside).await.unwrap();
    assert_eq!(answer.code, Outcome::NotFound);
    let as_key = VerifyRequest { credential: secret, ..VerifyRequest::default() };
    assert!(matches!(verify::verify(core, secret, &as_key).await, Err(Error::Unauthenticated)));
    assert!(matches!(management_keys::authenticate(core, secret, None).await, Err(Error::Unauthenticated)));
    let credentials = ClientCredentials { id: made.token.id.to_string(), secret: made.secret.clone() };
    let client = ClientAuthentication::Secret(credentials);
    let request = oauth::TokenRequest {
        grant_type: Some("client_credentials".to_owned()),
        client: Some(client.clone()),
        ..oauth::TokenRequest::default()
    };
    assert_eq!(word(&oauth::token(core, request).await), "invalid_client");
    let revocation = RevocationRequest { token: Some(made.secret.clone()), client: Some(client), ip: None };
    assert!(matches!(oauth::revoke(core, &revocation).await, Err(TokenError::InvalidClient)));
    // and none of it used it up
    assert_eq!(word(&scene.redeem(&made).await), "issued");
}

#[tokio::test]
async fn an_api_introspects_what_it_was_swapped_for() {
    let scene = Scene::new().await;
    let made = scene.make().await;
    let issued = scene.redeem(&made).await.unwrap();
    let ask = async || {
        let verification_key = PlainSecret::new(scene.verification_key.clone());
        let request = IntrospectionRequest {
            token: Some(issued.access_token.clone()),
            caller: Some(Introspector::Api { id: None, verification_key }),
            form: IntrospectionForm::Json,
            ip: None,
        };
        match oauth::introspect(scene.core(), &request).await.unwrap() {
            Introspection::Json(text) => {
                serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).unwrap()
            }
            other => panic!("{other:?}"),
        }
    };
    let active = ask().await;
    assert_eq!((&active["active"], &active["purpose"]), (&true.into(), &"confirm-order".into()));
    assert_eq!((&active["cred"], &active["sub"]), (&"action_token".into(), &made.token.id.as_str().into()));
    scene.revoke(&made).await;
    assert_eq!(ask().await.len(), 1, "inactive, and nothing else (F3)");
}

#[tokio::test]
async fn swaps_and_calls_are_counted() {
    let scene = Scene::new().await;
    let made = scene.make().await;
    let issued = scene.redeem(&made).await.unwrap();
    assert_eq!(word(&scene.redeem(&made).await), "invalid_grant");
    scene.ask(issued.access_token.expose()).await;
    let id = made.token.id.to_string();
    assert_eq!(scene.world.used(0).await, [(id.clone(), Outcome::Valid, 1), (id, Outcome::Issued, 1)]);
}
