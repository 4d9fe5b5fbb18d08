//! Tokens that an app may get a day.

use latchkey_core::apps::{self, AppPatch, NewApp, TokenQuota};
use latchkey_core::oauth::{self, TokenError};
use latchkey_core::ports::QuotaStore;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Core, signing};
use latchkey_types::Role;

use crate::apps::{MadeApp, create, created, grant, new_app};
use crate::oauth::{request, word};
use crate::setup::{MASTER_KEY, World, refused_fields};

async fn limited(world: &World, per_day: i64) -> MadeApp {
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let new = NewApp { tokens_per_day: Some(per_day), ..new_app(vec![grant(&api.audience, &["read"])]) };
    let made = apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    MadeApp { app: made.app, client_secret: made.client_secret.unwrap() }
}

async fn change(world: &World, made: &MadeApp, per_day: Option<i64>) {
    let patch = AppPatch { tokens_per_day: Some(per_day), ..AppPatch::default() };
    apps::update(&world.core, &world.acme(Role::Developer), "acme", &made.app.id, patch).await.unwrap();
}

async fn ask(core: &Core, made: &MadeApp) -> &'static str {
    word(&oauth::token(core, request(made)).await)
}

async fn quota(world: &World, made: &MadeApp) -> Option<TokenQuota> {
    let app = apps::get(&world.core, &world.acme(Role::Viewer), "acme", &made.app.id).await.unwrap();
    apps::token_quotas(&world.core, &[app]).await.unwrap().remove(0)
}

/// The shares that the audit log warns of, smallest first.
async fn warnings(world: &World, made: &MadeApp) -> Vec<i64> {
    let rows = world.audit_rows(Some(&world.acme.id), made.app.id.as_str()).await;
    let rows = rows.iter().filter(|row| row.action == "app.quota_warning" && row.actor_kind == "system");
    let mut shares: Vec<i64> = rows.map(|row| row.detail["percent"].as_i64().unwrap()).collect();
    shares.sort_unstable();
    shares
}

#[tokio::test]
async fn beyond_the_quota_nothing_is_issued_until_midnight_utc() {
    let world = World::new().await;
    let made = limited(&world, 2).await;
    assert_eq!((ask(&world.core, &made).await, ask(&world.core, &made).await), ("issued", "issued"));
    let Err(TokenError::QuotaUsedUp(seconds)) = oauth::token(&world.core, request(&made)).await else {
        panic!("overspent")
    };
    // 08:00 UTC
    assert_eq!(seconds, 16 * 3_600);
    // the app itself is as good as before: a wrong secret is told from a used-up quota, and the other way round
    let free = create(&world, vec![grant("https://orders.example", &["read"])]).await.unwrap();
    assert_eq!(ask(&world.core, &free).await, "issued");
    let stranger = MadeApp { app: made.app.clone(), client_secret: free.client_secret };
    assert_eq!(ask(&world.core, &stranger).await, "invalid_client");
    world.clock.advance(i64::from(seconds) - 1);
    assert_eq!(ask(&world.core, &made).await, "quota_used_up");
    world.clock.advance(1);
    assert_eq!(ask(&world.core, &made).await, "issued");
    assert_eq!(quota(&world, &made).await, Some(TokenQuota { per_day: 2, used_today: 1 }));
}

#[tokio::test]
async fn what_is_refused_takes_nothing() {
    let world = World::new().await;
    let made = limited(&world, 1).await;
    for scope in ["write", "\""] {
        let mut request = request(&made);
        request.scope = Some(scope.to_owned());
        assert_eq!(word(&oauth::token(&world.core, request).await), "invalid_scope");
    }
    assert_eq!(quota(&world, &made).await.unwrap().used_today, 0);
    assert_eq!(ask(&world.core, &made).await, "issued");
}

// F-15: 500 at once on two replicas
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_quota_is_never_overspent_across_replicas() {
    let world = World::new().await;
    let made = limited(&world, 100).await;
    let other = world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&other).await.unwrap();
    // so that the secret is remembered, and hashing doesn't refuse for being busy
    for core in [&world.core, &other] {
        assert_eq!(ask(core, &made).await, "issued");
    }
    let asking = (0..500).map(|number| {
        let core = if number % 2 == 0 { world.core.clone() } else { other.clone() };
        let request = request(&made);
        tokio::spawn(async move { word(&oauth::token(&core, request).await) })
    });
    let words: Vec<&str> = futures::future::join_all(asking).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(words.iter().filter(|word| **word == "issued").count(), 98, "{words:?}");
    assert_eq!(words.iter().filter(|word| **word == "quota_used_up").count(), 402, "{words:?}");
    assert_eq!(quota(&world, &made).await.unwrap().used_today, 100);
    assert_eq!(warnings(&world, &made).await, [60, 80, 100]);
}

#[tokio::test]
async fn warnings_come_once_a_day_and_share() {
    let world = World::new().await;
    let made = limited(&world, 10).await;
    let mut seen = Vec::new();
    for _ in 0..12 {
        ask(&world.core, &made).await;
        seen.push((quota(&world, &made).await.unwrap().warning(), warnings(&world, &made).await.len()));
    }
    let expected =
        [(None, 0); 5].into_iter().chain([(Some(60), 1); 2]).chain([(Some(80), 2); 2]).chain([(Some(100), 3); 3]);
    assert_eq!(seen, expected.collect::<Vec<_>>());
    assert_eq!(warnings(&world, &made).await, [60, 80, 100]);
    // the same shares of a larger quota on the same day were warned of already
    change(&world, &made, Some(12)).await;
    for expected in ["issued", "issued", "quota_used_up"] {
        assert_eq!(ask(&world.core, &made).await, expected);
    }
    assert_eq!(warnings(&world, &made).await, [60, 80, 100]);
    world.clock.advance(86_400);
    change(&world, &made, Some(1)).await;
    ask(&world.core, &made).await;
    assert_eq!(warnings(&world, &made).await, [60, 60, 80, 80, 100, 100]);
}

#[tokio::test]
async fn a_quota_comes_and_goes() {
    let world = World::new().await;
    let made = created(&world).await;
    assert_eq!(quota(&world, &made).await, None);
    assert_eq!(ask(&world.core, &made).await, "issued");
    change(&world, &made, Some(1)).await;
    assert_eq!((ask(&world.core, &made).await, ask(&world.core, &made).await), ("issued", "quota_used_up"));
    change(&world, &made, None).await;
    assert_eq!(ask(&world.core, &made).await, "issued");
    let app = apps::get(&world.core, &world.acme(Role::Viewer), "acme", &made.app.id).await.unwrap();
    assert_eq!(app.tokens_per_day, None);
    for bad in [0, -1, 10_000_001] {
        let patch = AppPatch { tokens_per_day: Some(Some(bad)), ..AppPatch::default() };
        let result = apps::update(&world.core, &world.acme(Role::Developer), "acme", &made.app.id, patch).await;
        assert_eq!(refused_fields(result), ["tokens_per_day"]);
        let new = NewApp { tokens_per_day: Some(bad), ..new_app(Vec::new()) };
        let result = apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await;
        assert_eq!(refused_fields(result), ["tokens_per_day"]);
    }
    assert_eq!(world.store.delete_issued_before(i64::MAX).await.unwrap(), 1);
}
