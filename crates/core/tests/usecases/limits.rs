//! Rate limits and credits: what they let through, whom they count for, and what is said of them.

use std::sync::Arc;

use latchkey_core::apis::{self, Api, ApiPatch, PolicyPatch, ScopeGrant, Visibility};
use latchkey_core::apps::{self, AppPatch};
use latchkey_core::keys::{self, ApiOwnerPatch, CreatedKey, KeyPatch, NewKey};
use latchkey_core::limits::{
    self, LimitMode, LimitState, NewCredits, NewPlan, NewRateLimit, NewRefill, OnUnknown, RefillEvery, left_of_keys,
};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Core, Error, oauth, signing};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};

use crate::apps::{create, grant};
use crate::oauth::request;
use crate::setup::{DAY, MASTER_KEY, World, page, refused_fields};

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
        let api = world.api(&world.acme, "orders", Visibility::Public, &[("read", ScopeGrant::SelfService)]).await;
        let verification_key = verification_key(&world, &api).await;
        Self { world, api, verification_key }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn key(&self, limits: Vec<NewRateLimit>, credits: Option<NewCredits>) -> CreatedKey {
        let new = NewKey { rate_limits: limits, credits, ..new_key(&self.api) };
        keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap()
    }

    /// A key of the other organisation for this API.
    async fn foreign_key(&self) -> CreatedKey {
        keys::create(self.core(), &self.world.globex(Role::Developer), "globex", new_key(&self.api)).await.unwrap()
    }

    async fn change(&self, key: &CreatedKey, patch: KeyPatch) {
        let developer = self.world.acme(Role::Developer);
        keys::update(self.core(), &developer, "acme", &key.key.id, patch).await.unwrap();
    }

    async fn offer(&self, plans: Vec<NewPlan>) {
        let patch = ApiPatch { plans: Some(plans), ..ApiPatch::default() };
        apis::update(self.core(), &self.world.acme(Role::Admin), "acme", &self.api.id, patch).await.unwrap();
    }

    async fn decide(&self, patch: PolicyPatch) -> Result<(), Error> {
        let admin = self.world.acme(Role::Admin);
        apis::set_consumer_policy(self.core(), &admin, "acme", &self.api.id, "globex", patch).await.map(|_| ())
    }

    async fn ask(&self, credential: &str, cost: u32) -> Answer {
        ask(self.core(), &self.verification_key, credential, cost).await.unwrap()
    }

    /// The codes of so many calls of cost 1.
    async fn codes(&self, key: &CreatedKey, calls: usize) -> Vec<Outcome> {
        let mut codes = Vec::new();
        for _ in 0..calls {
            codes.push(self.ask(key.secret.expose(), 1).await.code);
        }
        codes
    }

    /// What a look says: what is left of each limit by name, and of the credits.
    async fn left(&self, key: &CreatedKey) -> (Vec<(String, i64)>, Option<i64>) {
        let answer = self.ask(key.secret.expose(), 0).await;
        assert_eq!(answer.code, Outcome::Valid);
        (named(&answer.rate_limits), answer.credits_remaining)
    }
}

fn named(limits: &[LimitState]) -> Vec<(String, i64)> {
    limits.iter().map(|state| (state.name.to_string(), state.remaining)).collect()
}

async fn verification_key(world: &World, api: &Api) -> String {
    let admin = if api.org == world.acme.id { world.acme(Role::Admin) } else { world.globex(Role::Admin) };
    let org = if api.org == world.acme.id { "acme" } else { "globex" };
    let made = apis::create_verification_key(&world.core, &admin, org, &api.id, "gateway", Vec::new()).await.unwrap();
    made.secret.expose().to_owned()
}

async fn ask(core: &Core, verification_key: &str, credential: &str, cost: u32) -> Result<Answer, Error> {
    verify::verify(core, verification_key, &VerifyRequest { credential, cost, ..VerifyRequest::default() }).await
}

fn new_key(api: &Api) -> NewKey {
    NewKey {
        kind: CredentialKind::ApiKey,
        name: "checkout".to_owned(),
        api: api.id.to_string(),
        environment: Environment::Live,
        scopes: vec!["read".to_owned()],
        ..NewKey::default()
    }
}

fn limit(name: &str, limit: i64, window_seconds: i64) -> NewRateLimit {
    NewRateLimit { name: name.to_owned(), limit, window_seconds, mode: None, on_unknown: None }
}

fn exact(name: &str, most: i64, window_seconds: i64) -> NewRateLimit {
    NewRateLimit { mode: Some(LimitMode::Exact), ..limit(name, most, window_seconds) }
}

fn credits(remaining: i64, refill: Option<(i64, RefillEvery)>) -> NewCredits {
    let refill = refill.map(|(amount, every)| NewRefill { amount, every });
    NewCredits { remaining: Some(remaining), refill, on_unknown: None }
}

fn plan(name: &str, rate_limits: Vec<NewRateLimit>, credits: Option<NewCredits>) -> NewPlan {
    NewPlan { name: name.to_owned(), rate_limits, credits }
}

use Outcome::{CreditsExhausted, RateLimited, Valid};

#[tokio::test]
async fn a_limit_lets_its_number_through_and_refills_evenly() {
    for limits in [vec![limit("default", 3, 60)], vec![exact("default", 3, 60)]] {
        let scene = Scene::new().await;
        let key = scene.key(limits, None).await;
        assert_eq!(scene.codes(&key, 5).await, [Valid, Valid, Valid, RateLimited, RateLimited]);
        let refused = scene.ask(key.secret.expose(), 1).await;
        assert!(refused.valid.is_none() && refused.id.as_deref() == Some(key.key.id.as_str()));
        let state = &refused.rate_limits[0];
        assert_eq!((&*state.name, state.limit, state.remaining), ("default", 3, 0));
        assert_eq!((state.reset_seconds, state.retry_after_seconds, state.window_seconds), (60, 20, 60));
        scene.world.clock.advance(19);
        verify::follow(scene.core()).await.unwrap();
        assert_eq!(scene.codes(&key, 1).await, [RateLimited]);
        scene.world.clock.advance(1);
        assert_eq!(scene.codes(&key, 2).await, [Valid, RateLimited], "one is there again");
        scene.world.clock.advance(600);
        verify::follow(scene.core()).await.unwrap();
        assert_eq!(scene.ask(key.secret.expose(), 2).await.rate_limits[0].remaining, 1);
        assert_eq!(scene.ask(key.secret.expose(), 2).await.code, RateLimited, "the cost doesn't fit");
        assert_eq!(scene.left(&key).await.0, [("default".to_owned(), 1)], "and spent nothing");
        assert_eq!(scene.ask(key.secret.expose(), 1_000_000).await.code, RateLimited);
    }
}

// contract section 10: nothing is spent anywhere unless all has room; limits are named before credits
#[tokio::test]
async fn a_call_spends_everywhere_or_nowhere() {
    let scene = Scene::new().await;
    let limits = vec![limit("local", 10, 60), exact("exact", 5, 60), limit("small", 4, 60)];
    let key = scene.key(limits, Some(credits(3, None))).await;
    let all = |local: i64, exact: i64, small: i64| {
        vec![("local".to_owned(), local), ("exact".to_owned(), exact), ("small".to_owned(), small)]
    };
    let answer = scene.ask(key.secret.expose(), 2).await;
    assert_eq!((answer.code, named(&answer.rate_limits), answer.credits_remaining), (Valid, all(8, 3, 2), Some(1)));
    for (cost, code) in [(2, CreditsExhausted), (3, RateLimited), (4, RateLimited), (100, RateLimited)] {
        let answer = scene.ask(key.secret.expose(), cost).await;
        assert_eq!(answer.code, code, "{cost}");
        assert_eq!((named(&answer.rate_limits), answer.credits_remaining), (all(8, 3, 2), Some(1)), "{cost}");
    }
    assert_eq!(scene.ask(key.secret.expose(), 1).await.code, Valid);
    assert_eq!(scene.left(&key).await, (all(7, 2, 1), Some(0)));
    assert_eq!(scene.ask(key.secret.expose(), 1).await.code, CreditsExhausted);
    // the key itself comes first
    let scopes = vec!["other".to_owned()];
    let request =
        VerifyRequest { credential: key.secret.expose(), scopes: &scopes, cost: 1, ..VerifyRequest::default() };
    let answer = verify::verify(scene.core(), &scene.verification_key, &request).await.unwrap();
    assert_eq!((answer.code, answer.rate_limits.len()), (Outcome::InsufficientScope, 0));
    scene.change(&key, KeyPatch::default()).await;
    let developer = scene.world.acme(Role::Developer);
    keys::revoke(scene.core(), &developer, "acme", &key.key.id, None).await.unwrap();
    assert_eq!(scene.ask(key.secret.expose(), 1).await.code, Outcome::Revoked, "never confused with a limit");
}

#[tokio::test]
async fn credits_come_back_at_midnight_utc() {
    let scene = Scene::new().await;
    let key = scene.key(Vec::new(), Some(credits(2, Some((3, RefillEvery::Day))))).await;
    assert_eq!(scene.codes(&key, 3).await, [Valid, Valid, CreditsExhausted]);
    // 08:00 UTC
    scene.world.clock.advance(16 * 3_600 - 1);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.codes(&key, 1).await, [CreditsExhausted]);
    scene.world.clock.advance(1);
    assert_eq!(scene.left(&key).await.1, Some(3));
    assert_eq!(scene.codes(&key, 4).await, [Valid, Valid, Valid, CreditsExhausted]);
    // bought besides
    scene
        .change(&key, KeyPatch { credits: Some(Some(credits(10, Some((3, RefillEvery::Day))))), ..KeyPatch::default() })
        .await;
    scene.world.clock.advance(DAY);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.left(&key).await.1, Some(10), "filled up, never cut");
    // another rhythm alone leaves what is left
    scene.codes(&key, 9).await;
    let monthly = NewCredits { remaining: None, ..credits(0, Some((5, RefillEvery::Month))) };
    scene.change(&key, KeyPatch { credits: Some(Some(monthly)), ..KeyPatch::default() }).await;
    assert_eq!(scene.left(&key).await.1, Some(1));
    let left = left_of_keys(scene.core(), std::slice::from_ref(&key.key)).await.unwrap();
    assert_eq!(left[0].credits, Some(1));
    scene.change(&key, KeyPatch { credits: Some(None), ..KeyPatch::default() }).await;
    assert_eq!(scene.left(&key).await.1, None, "no longer counted");
}

#[tokio::test]
async fn a_change_of_the_key_refills_nothing() {
    let scene = Scene::new().await;
    let key = scene.key(vec![limit("a", 10, 3_600)], None).await;
    scene.codes(&key, 8).await;
    let rename = |name: &str| KeyPatch { name: Some(name.to_owned()), ..KeyPatch::default() };
    scene.change(&key, rename("other")).await;
    assert_eq!(scene.left(&key).await.0, [("a".to_owned(), 2)]);
    scene.change(&key, KeyPatch { rate_limits: Some(vec![limit("a", 20, 3_600)]), ..KeyPatch::default() }).await;
    assert_eq!(scene.left(&key).await.0, [("a".to_owned(), 4)], "four fifths stay used");
    scene.change(&key, KeyPatch { rate_limits: Some(vec![exact("a", 20, 3_600)]), ..KeyPatch::default() }).await;
    limits::reconcile(scene.core()).await.unwrap();
    scene.change(&key, rename("third")).await;
    assert_eq!(scene.left(&key).await.0, [("a".to_owned(), 4)], "counted elsewhere from now on");
    scene.change(&key, KeyPatch { rate_limits: Some(Vec::new()), ..KeyPatch::default() }).await;
    assert_eq!(scene.codes(&key, 30).await, [Valid; 30]);
}

#[tokio::test]
async fn another_process_goes_on_where_this_one_was() {
    let scene = Scene::new().await;
    let key = scene.key(vec![limit("a", 10, 3_600)], None).await;
    scene.codes(&key, 7).await;
    limits::reconcile(scene.core()).await.unwrap();
    let other = scene.world.replica(9, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    verify::follow(&other).await.unwrap();
    let state = async |core: &Arc<Core>| {
        ask(core, &scene.verification_key, key.secret.expose(), 0).await.unwrap().rate_limits.remove(0).remaining
    };
    assert_eq!(state(&other).await, 3);
    ask(&other, &scene.verification_key, key.secret.expose(), 2).await.unwrap();
    assert_eq!((state(&other).await, state(&scene.world.core).await), (1, 3));
    limits::reconcile(&other).await.unwrap();
    limits::reconcile(scene.core()).await.unwrap();
    assert_eq!((state(&other).await, state(&scene.world.core).await), (1, 1), "they heard of each other");
}

#[tokio::test]
async fn an_organisation_shares_its_limits_and_its_plan() {
    let scene = Scene::new().await;
    let (one, other) = (scene.foreign_key().await, scene.foreign_key().await);
    let own = scene.key(Vec::new(), None).await;
    scene
        .offer(vec![
            plan("default", vec![limit("hourly", 5, 3_600)], None),
            plan("pro", vec![limit("hourly", 50, 3_600)], Some(credits(6, None))),
        ])
        .await;
    assert_eq!(scene.codes(&one, 3).await, [Valid; 3]);
    assert_eq!(scene.codes(&other, 3).await, [Valid, Valid, RateLimited], "over all its credentials");
    assert_eq!(scene.codes(&own, 5).await, [Valid; 5], "counted for each organisation");
    assert_eq!(scene.codes(&own, 1).await, [RateLimited], "the owner's own with it");

    scene.decide(PolicyPatch { plan: Some(Some("pro".to_owned())), ..PolicyPatch::default() }).await.unwrap();
    assert_eq!(scene.left(&one).await, (vec![("hourly".to_owned(), 50)], Some(6)));
    scene.codes(&one, 2).await;
    assert_eq!(scene.left(&other).await, (vec![("hourly".to_owned(), 48)], Some(4)));
    // what was decided for it goes in the place of the plan's limit of that name, and of its credits
    let patch = PolicyPatch {
        rate_limits: Some(vec![limit("hourly", 7, 3_600), limit("daily", 9, DAY)]),
        credits: Some(Some(credits(1, None))),
        ..PolicyPatch::default()
    };
    scene.decide(patch).await.unwrap();
    let own_limits = vec![("hourly".to_owned(), 7), ("daily".to_owned(), 9)];
    assert_eq!(scene.left(&one).await, (own_limits, Some(1)));
    assert_eq!(scene.codes(&other, 2).await, [Valid, CreditsExhausted]);
    let details = apis::consumers(scene.core(), &scene.world.acme(Role::Admin), "acme", &scene.api.id, &page())
        .await
        .unwrap()
        .items;
    assert_eq!(named(&details[0].left.rate_limits), [("hourly".to_owned(), 6), ("daily".to_owned(), 8)]);
    assert_eq!(details[0].left.credits, Some(0));

    let unknown = PolicyPatch { plan: Some(Some("gold".to_owned())), ..PolicyPatch::default() };
    assert_eq!(refused_fields(scene.decide(unknown).await), ["plan"]);
    // a plan that is gone leaves the default
    let none = PolicyPatch { rate_limits: Some(Vec::new()), credits: Some(None), ..PolicyPatch::default() };
    scene.decide(none).await.unwrap();
    scene.offer(vec![plan("default", vec![limit("hourly", 5, 3_600)], None)]).await;
    assert_eq!(scene.left(&one).await, (vec![("hourly".to_owned(), 0)], None));
}

#[tokio::test]
async fn an_apps_tokens_count_together_at_its_own_apis() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let foreign = world.public_api_of_globex().await;
    let foreign_key = verification_key(world, &foreign).await;
    let grants = vec![grant(&scene.api.audience, &["read"]), grant(&foreign.audience, &["read"])];
    let made = create(world, grants).await.unwrap();
    let patch = AppPatch { rate_limits: Some(vec![exact("a", 3, 60)]), ..AppPatch::default() };
    let app = apps::update(&world.core, &world.acme(Role::Developer), "acme", &made.app.id, patch).await.unwrap();
    assert_eq!(app.rate_limits.len(), 1);
    let token = async |api: &Api| {
        let wanted = oauth::TokenRequest { resource: vec![api.audience.clone()], ..request(&made) };
        oauth::token(&world.core, wanted).await.unwrap().access_token.expose().to_owned()
    };
    let (one, other) = (token(&scene.api).await, token(&scene.api).await);
    for (token, code) in [(&one, Valid), (&other, Valid), (&one, Valid), (&other, RateLimited)] {
        assert_eq!(scene.ask(token, 1).await.code, code);
    }
    let elsewhere = token(&foreign).await;
    for _ in 0..5 {
        let answer = ask(&world.core, &foreign_key, &elsewhere, 1).await.unwrap();
        assert_eq!((answer.code, answer.rate_limits.len()), (Valid, 0), "there its owner decides");
    }
}

// contract section 10, "Who owns what"
#[tokio::test]
async fn limits_for_another_organisations_api_are_its_owners_to_set() {
    let scene = Scene::new().await;
    let holder = scene.world.globex(Role::Owner);
    let key = scene.foreign_key().await;
    let forbidden = |result: Result<(), Error>| assert!(matches!(result, Err(Error::Forbidden(_))), "{result:?}");
    for new in [
        NewKey { rate_limits: vec![limit("a", 1, 1)], ..new_key(&scene.api) },
        NewKey { credits: Some(credits(1, None)), ..new_key(&scene.api) },
    ] {
        forbidden(keys::create(scene.core(), &holder, "globex", new).await.map(|_| ()));
    }
    for patch in [
        KeyPatch { rate_limits: Some(Vec::new()), ..KeyPatch::default() },
        KeyPatch { credits: Some(None), ..KeyPatch::default() },
    ] {
        forbidden(keys::update(scene.core(), &holder, "globex", &key.key.id, patch).await.map(|_| ()));
    }
    let patch = ApiOwnerPatch {
        rate_limits: Some(vec![limit("a", 1, 60)]),
        credits: Some(Some(credits(9, None))),
        ..ApiOwnerPatch::default()
    };
    let owner = scene.world.acme(Role::Admin);
    let api = &scene.api.id;
    keys::update_as_api_owner(scene.core(), &owner, "acme", api, &key.key.id, patch).await.unwrap();
    assert_eq!(scene.codes(&key, 2).await, [Valid, RateLimited]);
    assert_eq!(scene.left(&key).await.1, Some(8));
}

#[tokio::test]
async fn what_is_typed_wrong_is_named() {
    let scene = Scene::new().await;
    let developer = scene.world.acme(Role::Developer);
    let new = NewKey {
        rate_limits: vec![limit("a", 0, 60), limit("b", 1, -1), limit("b", i64::MAX, 60)],
        credits: Some(credits(-1, Some((0, RefillEvery::Day)))),
        ..new_key(&scene.api)
    };
    let fields = refused_fields(keys::create(scene.core(), &developer, "acme", new).await);
    let expected = [
        "rate_limits/0/limit",
        "rate_limits/1/window_seconds",
        "rate_limits/2/name",
        "rate_limits/2/limit",
        "credits/remaining",
        "credits/refill/amount",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn what_the_database_counts_is_refused_or_allowed_without_it() {
    let scene = Scene::new().await;
    let allowing = |limit: NewRateLimit| NewRateLimit { on_unknown: Some(OnUnknown::Allow), ..limit };
    let unknown_credits = NewCredits { on_unknown: Some(OnUnknown::Allow), ..credits(5, None) };
    let cases = [
        (scene.key(vec![limit("local", 5, 60)], None).await, true),
        (scene.key(vec![exact("exact", 5, 60), limit("local", 5, 60)], None).await, false),
        (scene.key(vec![allowing(exact("exact", 5, 60)), limit("local", 2, 60)], None).await, true),
        (scene.key(Vec::new(), Some(credits(5, None))).await, false),
        (scene.key(vec![allowing(exact("exact", 5, 60))], Some(unknown_credits)).await, true),
        (scene.key(vec![allowing(exact("exact", 5, 60))], Some(credits(5, None))).await, false),
    ];
    for (key, _) in &cases {
        assert_eq!(scene.codes(key, 1).await, [Valid]);
    }
    // the cache may be believed for two seconds yet
    scene.world.store.close().await;
    for (number, (key, through)) in cases.iter().enumerate() {
        let answer = ask(scene.core(), &scene.verification_key, key.secret.expose(), 1).await;
        match answer {
            Ok(answer) => assert!(*through && answer.code == Valid, "{number}: {}", answer.code.as_str()),
            Err(Error::Unavailable(_)) => assert!(!through, "{number}"),
            Err(other) => panic!("{number}: {other}"),
        }
    }
    // a call that was not answered spent nothing here either
    let refused = ask(scene.core(), &scene.verification_key, cases[2].0.secret.expose(), 1).await.unwrap();
    assert_eq!((refused.code, named(&refused.rate_limits)), (RateLimited, vec![("local".to_owned(), 0)]));
    assert!(limits::reconcile(scene.core()).await.is_err(), "and is tried again");
}

#[tokio::test]
async fn each_share_is_warned_of_once_a_day() {
    let scene = Scene::new().await;
    let key = scene.key(vec![limit("hourly", 10, 3_600)], Some(credits(100, None))).await;
    let warnings = async || {
        limits::reconcile(scene.core()).await.unwrap();
        let rows = scene.world.audit_rows(Some(&scene.world.acme.id), key.key.id.as_str()).await;
        let mut seen: Vec<_> = rows
            .iter()
            .filter(|row| row.action.ends_with(".warning"))
            .map(|row| (row.action.clone(), row.detail["percent"].as_i64().unwrap(), row.target_type.clone()))
            .collect();
        seen.sort();
        seen
    };
    let warning = |action: &str, percent| (action.to_owned(), percent, "key".to_owned());
    scene.codes(&key, 7).await;
    assert_eq!(warnings().await, []);
    scene.codes(&key, 1).await;
    assert_eq!(warnings().await, [warning("limit.warning", 80)]);
    scene.codes(&key, 5).await;
    assert_eq!(warnings().await, [warning("limit.warning", 80), warning("limit.warning", 100)]);
    scene.world.clock.advance(3_600);
    verify::follow(scene.core()).await.unwrap();
    scene.codes(&key, 12).await;
    assert_eq!(warnings().await.len(), 2, "the same day");
    scene.world.clock.advance(DAY);
    verify::follow(scene.core()).await.unwrap();
    scene.change(&key, KeyPatch { rate_limits: Some(Vec::new()), ..KeyPatch::default() }).await;
    assert_eq!(scene.ask(key.secret.expose(), 60).await.credits_remaining, Some(20));
    assert_eq!(warnings().await[0], warning("credits.warning", 80));
    assert_eq!(scene.ask(key.secret.expose(), 21).await.code, CreditsExhausted);
    assert_eq!(warnings().await.len(), 3);
    assert_eq!(scene.ask(key.secret.expose(), 20).await.code, Valid);
    assert_eq!(warnings().await[..2], [warning("credits.warning", 80), warning("credits.warning", 100)]);
}

#[tokio::test]
async fn rows_of_limits_that_are_full_again_go() {
    let scene = Scene::new().await;
    let key = scene.key(vec![limit("a", 10, 60), exact("b", 10, 60)], None).await;
    scene.codes(&key, 3).await;
    limits::reconcile(scene.core()).await.unwrap();
    let ids = [format!("{} 60 a", key.key.id), format!("{} 60 b", key.key.id)].map(Arc::from);
    let rows = async || scene.core().store.limit_tats(&ids).await.unwrap().len();
    limits::reap(scene.core()).await.unwrap();
    assert_eq!(rows().await, 2);
    scene.world.clock.advance(3_600 + 18);
    limits::reap(scene.core()).await.unwrap();
    assert_eq!(rows().await, 0);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.left(&key).await.0, [("a".to_owned(), 10), ("b".to_owned(), 10)]);
}

// when to come again, where a refill brings enough
#[tokio::test]
async fn exhausted_credits_say_when_they_are_back() {
    let scene = Scene::new().await;
    let waits = async |key: &str, cost| {
        let answer = scene.ask(key, cost).await;
        assert_eq!(answer.code, CreditsExhausted);
        answer.credits_back_in_seconds
    };
    let key = async |rule| scene.key(vec![], Some(rule)).await.secret.expose().to_owned();
    // 2027-01-15T08:00:00Z
    let (until_midnight, until_february) = (16 * 3_600, 16 * DAY + 16 * 3_600);
    let daily = key(credits(0, Some((5, RefillEvery::Day)))).await;
    assert_eq!((waits(&daily, 1).await, waits(&daily, 5).await), (Some(until_midnight), Some(until_midnight)));
    assert_eq!(waits(&daily, 6).await, None, "more than there ever is");
    let monthly = key(credits(0, Some((5, RefillEvery::Month)))).await;
    assert_eq!(waits(&monthly, 1).await, Some(until_february));
    assert_eq!(waits(&key(credits(0, None)).await, 1).await, None, "somebody has to give new ones");

    // with a pool of the organisation's: the later one, and none where that has none to come
    let of_plan = |rule| vec![NewPlan { name: "default".to_owned(), rate_limits: vec![], credits: Some(rule) }];
    scene.offer(of_plan(credits(0, Some((9, RefillEvery::Month))))).await;
    assert_eq!(waits(&daily, 1).await, Some(until_february));
    scene.offer(of_plan(credits(9, Some((9, RefillEvery::Month))))).await;
    scene.world.clock.advance(until_midnight);
    verify::follow(scene.core()).await.unwrap();
    let again = scene.ask(&daily, 1).await;
    assert_eq!((again.code, again.credits_back_in_seconds), (CreditsExhausted, Some(until_february - until_midnight)));
}
