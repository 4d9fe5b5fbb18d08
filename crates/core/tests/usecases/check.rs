//! An API's people look into a credential: what verification would answer, and nothing left behind.

use latchkey_core::apis::{self, Api, ScopeGrant, Visibility};
use latchkey_core::keys::{self, CreatedKey, KeyPatch, NewKey};
use latchkey_core::limits::{LimitMode, NewCredits, NewRateLimit, left_of_keys};
use latchkey_core::ports::OperationStore;
use latchkey_core::usage::{self, Bucket, GroupBy};
use latchkey_core::verify::{self, Answer, Check, Explanation, Operation, VerifyRequest};
use latchkey_core::{Caller, Core, Error, signing};
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};

use crate::setup::World;

/// `acme`'s API with a verification key.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let scopes = [("read", ScopeGrant::SelfService), ("write", ScopeGrant::SelfService)];
        let api = world.api(&world.acme, "orders", Visibility::Public, &scopes).await;
        let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
        let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gw", live).await.unwrap();
        let verification_key = made.secret.expose().to_owned();
        Self { world, api, verification_key }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    fn developer(&self) -> Caller {
        self.world.acme(Role::Developer)
    }

    async fn key(&self, change: impl FnOnce(&mut NewKey)) -> CreatedKey {
        let mut new = NewKey {
            kind: CredentialKind::ApiKey,
            name: "batch".to_owned(),
            api: self.api.id.to_string(),
            scopes: vec!["read".to_owned()],
            ..NewKey::default()
        };
        change(&mut new);
        keys::create(self.core(), &self.developer(), "acme", new).await.unwrap()
    }

    async fn check(&self, credential: &str, scopes: &[String]) -> Answer {
        let ip = Some("203.0.113.9".parse().unwrap());
        let wanted = Check { credential, scopes, ip, ..Check::default() };
        verify::check(self.core(), &self.developer(), "acme", &self.api.id, &wanted).await.unwrap()
    }

    async fn verify(&self, credential: &str, scopes: &[String]) -> Answer {
        let ip = Some("203.0.113.9".parse().unwrap());
        let request = VerifyRequest { credential, scopes, ip, explain: true, ..VerifyRequest::default() };
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap()
    }
}

/// All that an answer says, but where it came from: the second one of two comes from the cache.
fn said(mut answer: Answer) -> String {
    if let Some(explanation) = answer.explanation.take() {
        let (decided_by, rules) = (explanation.decided_by, explanation.rules);
        return format!("{answer:?} {decided_by} {rules:?}");
    }
    panic!("not explained: {answer:?}")
}

#[tokio::test]
async fn it_answers_what_verification_answers() {
    let scene = Scene::new().await;
    let developer = scene.developer();
    let good = scene.key(|new| new.allowed_ips = vec!["203.0.113.0/24".to_owned()]).await;
    let away = scene.key(|new| new.allowed_ips = vec!["198.51.100.0/24".to_owned()]).await;
    let signed = scene.key(|new| new.kind = CredentialKind::JwtKey).await;
    let off = scene.key(|_| {}).await;
    keys::disable(scene.core(), &developer, "acme", &off.key.id).await.unwrap();
    let ended = scene.key(|_| {}).await;
    keys::revoke(scene.core(), &developer, "acme", &ended.key.id, None).await.unwrap();
    let (read, write) = (vec!["read".to_owned()], vec!["read".to_owned(), "write".to_owned()]);
    let unknown = compose("lk", SecretKind::Live, "0000000000000000", &[1; 32]);
    let of_other_form = "sk_123456789012345678901234";
    for (credential, scopes, code) in [
        (good.secret.expose(), &read, Outcome::Valid),
        (good.secret.expose(), &write, Outcome::InsufficientScope),
        (signed.secret.expose(), &read, Outcome::Valid),
        (away.secret.expose(), &read, Outcome::IpNotAllowed),
        (off.secret.expose(), &read, Outcome::Disabled),
        (ended.secret.expose(), &read, Outcome::Revoked),
        (unknown.as_str(), &read, Outcome::NotFound),
        (of_other_form, &read, Outcome::Malformed),
    ] {
        let checked = scene.check(credential, scopes).await;
        assert_eq!(checked.code, code);
        assert_eq!(said(checked), said(scene.verify(credential, scopes).await));
    }
}

#[tokio::test]
async fn it_leaves_nothing_behind() {
    let scene = Scene::new().await;
    let core = scene.core();
    let limit = |name: &str, mode| NewRateLimit {
        name: name.to_owned(),
        limit: 2,
        window_seconds: 60,
        mode: Some(mode),
        on_unknown: None,
    };
    let limits = vec![limit("here", LimitMode::Local), limit("there", LimitMode::Exact)];
    let credits = NewCredits { remaining: Some(1), refill: None, on_unknown: None };
    let key = scene.key(|new| (new.rate_limits, new.credits) = (limits, Some(credits))).await;
    let rows = scene.world.audit_text().await;
    let operation = Some(Operation { method: "GET", path: "/nowhere" });
    for credential in [key.secret.expose(), "nonsense"] {
        for _ in 0..5 {
            let wanted = Check { credential, operation, ..Check::default() };
            verify::check(core, &scene.developer(), "acme", &scene.api.id, &wanted).await.unwrap();
        }
    }
    let answer = scene.check(key.secret.expose(), &[]).await;
    assert_eq!((answer.code, answer.credits_remaining), (Outcome::Valid, Some(1)));
    assert!(answer.rate_limits.iter().all(|state| state.remaining == 2), "{:?}", answer.rate_limits);
    let left = left_of_keys(core, std::slice::from_ref(&key.key)).await.unwrap();
    assert_eq!((left[0].credits, left[0].rate_limits[0].remaining), (Some(1), 2));

    usage::flush(core).await.unwrap();
    let now = scene.world.clock.0.load(std::sync::atomic::Ordering::SeqCst);
    let at = latchkey_types::Timestamp::from_millis(now);
    let request = usage::ReportRequest {
        from: at.plus_seconds(-3_600),
        to: at.plus_seconds(60),
        bucket: Bucket::Minute,
        group_by: GroupBy::default(),
        side: usage::Side::Both,
        credential: None,
        api: None,
    };
    assert!(usage::report(core, &scene.developer(), "acme", request).await.unwrap().is_empty());
    let stored = keys::get(core, &scene.developer(), "acme", &key.key.id).await.unwrap();
    assert_eq!(stored.last_used_at, None);
    let listed = apis::list_verification_keys(core, &scene.world.acme(Role::Admin), "acme", &scene.api.id).await;
    assert_eq!(listed.unwrap()[0].last_used_at, None);
    apis::operations::flush_unknown_operations(core).await.unwrap();
    assert!(scene.world.store.list_unknown_operations(&scene.api.id).await.unwrap().is_empty());
    assert_eq!(scene.world.audit_text().await, rows, "it is a look");

    // what is used up is said
    let spent = VerifyRequest { credential: key.secret.expose(), cost: 1, ..VerifyRequest::default() };
    verify::verify(core, &scene.verification_key, &spent).await.unwrap();
    let checked = scene.check(key.secret.expose(), &[]).await;
    assert_eq!((checked.code, checked.credits_remaining), (Outcome::CreditsExhausted, Some(0)));
    assert_eq!((checked.explanation.unwrap().decided_by, checked.id), ("credits", Some(key.key.id.to_string())));
}

#[tokio::test]
async fn only_people_of_the_api_ask_and_only_from_developer_on() {
    let scene = Scene::new().await;
    let (core, world) = (scene.core(), &scene.world);
    let key = scene.key(|_| {}).await;
    let wanted = Check { credential: key.secret.expose(), ..Check::default() };
    let viewer = verify::check(core, &world.acme(Role::Viewer), "acme", &scene.api.id, &wanted).await;
    assert!(matches!(viewer, Err(Error::Forbidden(_))), "{viewer:?}");
    let stranger = verify::check(core, &world.globex(Role::Owner), "acme", &scene.api.id, &wanted).await;
    assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
    // a public API that they may hold keys for isn't theirs to look into
    let consumer = verify::check(core, &world.globex(Role::Owner), "globex", &scene.api.id, &wanted).await;
    assert!(matches!(consumer, Err(Error::NotFound)), "{consumer:?}");
}

// another API's credential is explained as one that nobody has, remembered or not
#[tokio::test]
async fn nothing_is_said_of_another_apis_credential() {
    let scene = Scene::new().await;
    let other = scene.world.private_api(&scene.world.acme, "other", &["read"]).await;
    let elsewhere = scene.key(|new| new.api = other.id.to_string()).await;
    let unknown = compose("lk", SecretKind::Live, "0000000000000000", &[1; 32]);
    let nobody = *scene.check(&unknown, &[]).await.explanation.unwrap();
    let wanted = Check { credential: elsewhere.secret.expose(), ..Check::default() };
    let known = verify::check(scene.core(), &scene.developer(), "acme", &other.id, &wanted).await.unwrap();
    assert_eq!(known.code, Outcome::Valid);
    for _ in 0..2 {
        let answer = scene.check(elsewhere.secret.expose(), &[]).await;
        assert_eq!((answer.code, &answer.id), (Outcome::NotFound, &None));
        let explained = *answer.explanation.unwrap();
        assert_eq!(Explanation { revision: nobody.revision, ..explained }, nobody);
    }
}

#[tokio::test]
async fn test_keys_are_looked_into_and_a_change_holds_at_once() {
    let scene = Scene::new().await;
    let key = scene.key(|new| new.environment = Environment::Test).await;
    let answer = scene.check(key.secret.expose(), &["read".to_owned()]).await;
    assert_eq!(answer.valid.unwrap().environment, Environment::Test);
    let patch = KeyPatch { scopes: Some(Vec::new()), ..KeyPatch::default() };
    keys::update(scene.core(), &scene.developer(), "acme", &key.key.id, patch).await.unwrap();
    let answer = scene.check(key.secret.expose(), &["read".to_owned()]).await;
    assert_eq!((answer.code, answer.missing_scopes), (Outcome::InsufficientScope, vec!["read".to_owned()]));
}

// F-22: who tries many is slowed down, and nobody else
#[tokio::test]
async fn wrong_secrets_slow_down_who_asks() {
    let scene = Scene::new().await;
    let key = scene.key(|_| {}).await;
    let wrong = compose("lk", SecretKind::Live, key.key.id.random_part(), &[9; 32]);
    let wanted = Check { credential: &wrong, ..Check::default() };
    let (one, another) = (scene.developer(), scene.developer());
    let ask = async |who: &Caller| verify::check(scene.core(), who, "acme", &scene.api.id, &wanted).await;
    let mut refused = None;
    for _ in 0..20 {
        match ask(&one).await {
            Ok(answer) => assert_eq!(answer.code, Outcome::NotFound),
            Err(error) => refused = Some(error),
        }
    }
    assert!(matches!(refused, Some(Error::TooMany(_))), "{refused:?}");
    assert_eq!(ask(&another).await.unwrap().code, Outcome::NotFound);
    assert_eq!(scene.verify(key.secret.expose(), &[]).await.code, Outcome::Valid);
}
