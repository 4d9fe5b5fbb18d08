use std::sync::Arc;

use futures::future::join_all;
use latchkey_core::apis::{ApiChange, ConsumerPolicyChange};
use latchkey_core::apps::AppChange;
use latchkey_core::keys::KeyChange;
use latchkey_core::limits::{
    CreditChange, CreditRule, CreditsLeft, LimitMode, Nanos, OnUnknown, Plan, Rate, RateLimit, Refill, RefillEvery,
    nanos,
};
use latchkey_core::ports::{Counters, CreditPool, ExactLimit, Exhausted, LocalUse, Spend, Standing};
use latchkey_types::Timestamp;

use crate::fixture::{Fixture, NOW, api, app, key};

const SECOND: Nanos = 1_000_000_000;

fn limit(name: &str, limit: i64, window_seconds: i64) -> RateLimit {
    RateLimit { name: name.to_owned(), limit, window_seconds, mode: LimitMode::Exact, on_unknown: OnUnknown::Allow }
}

fn exact(id: &str, most: i64, window_seconds: i64) -> ExactLimit {
    ExactLimit { id: id.into(), rate: Rate::of(&limit("x", most, window_seconds)) }
}

fn pool(subject: &str, granted: i64, refill: Option<i64>) -> CreditPool {
    let refill = refill.map(|amount| Refill { amount, every: RefillEvery::Day });
    CreditPool { subject: subject.into(), rule: CreditRule { granted, refill, on_unknown: OnUnknown::Refuse } }
}

fn spend(limits: &[ExactLimit], pools: &[CreditPool], cost: u32, now: Timestamp) -> Spend {
    Spend { counters: Arc::new(Counters { limits: limits.to_vec(), pools: pools.to_vec() }), cost, now }
}

async fn ask(fixture: &Fixture, spend: Spend) -> Standing {
    fixture.store.spend(spend).await.unwrap()
}

pub async fn what_was_decided_reads_back(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let rule = CreditRule {
        granted: 5,
        refill: Some(Refill { amount: 9, every: RefillEvery::Month }),
        on_unknown: OnUnknown::Allow,
    };
    let mut stored = key("limited", &acme, &orders);
    stored.rate_limits = vec![limit("a", 1, 2), limit("b", 3, 4)];
    stored.credits = Some(rule);
    fixture.insert_key(&stored).await;
    let audit = || fixture.audit("limits");
    let read = fixture.store.find_key(&acme, &stored.id).await.unwrap().unwrap();
    assert_eq!((&read.rate_limits, read.credits), (&stored.rate_limits, stored.credits));
    let subjects = [stored.id.to_string()];
    let left = async || fixture.store.credits_left(&subjects).await.unwrap().remove(&subjects[0]);
    let first = CreditsLeft { remaining: 5, granted: 5, refilled_at: NOW };
    assert_eq!(left().await, Some(first));

    // another rule leaves what is left, another number doesn't, none forgets it
    let other = CreditRule { refill: None, ..rule };
    for (credits, expected) in [
        (Some(CreditChange { rule: other, remaining: None }), Some(first)),
        (
            Some(CreditChange { rule: other, remaining: Some(7) }),
            Some(CreditsLeft { remaining: 7, granted: 7, ..first }),
        ),
        (None, None),
    ] {
        let change = KeyChange { credits: Some(credits), rate_limits: Some(Vec::new()), ..KeyChange::default() };
        let changed = fixture.store.update_key(&acme, &stored.id, &change, &audit()).await.unwrap();
        assert_eq!((changed.credits, changed.rate_limits.len()), (credits.map(|change| change.rule), 0));
        assert_eq!(left().await, expected);
    }

    let offered = Plan { name: "pro".to_owned(), rate_limits: vec![limit("a", 1, 2)], credits: Some(rule) };
    let change = ApiChange { plans: Some(vec![offered.clone()]), ..ApiChange::default() };
    assert_eq!(fixture.store.update_api(&acme, &orders, &change, &audit()).await.unwrap().plans, [offered.clone()]);
    let mut second = api("second", &acme);
    second.plans = vec![offered];
    fixture.store.insert_api(&second, &audit()).await.unwrap();
    assert_eq!(fixture.store.find_api(&second.id).await.unwrap().unwrap().plans, second.plans);

    let change = ConsumerPolicyChange {
        rate_limits: Some(vec![limit("c", 5, 6)]),
        credits: Some(Some(CreditChange { rule, remaining: Some(5) })),
        plan: Some(Some("pro".to_owned())),
        ..ConsumerPolicyChange::default()
    };
    fixture.store.change_consumer_policy(&orders, &acme, &change, &audit()).await.unwrap();
    let policy = fixture.store.consumer_policy(&orders, &acme).await.unwrap();
    assert_eq!((policy.rate_limits, policy.credits), (vec![limit("c", 5, 6)], Some(rule)));
    assert_eq!(policy.plan.as_deref(), Some("pro"));
    let pools = [format!("{orders}/{acme}")];
    assert_eq!(fixture.store.credits_left(&pools).await.unwrap()[&pools[0]], first);

    let id = fixture.insert_app(&app("app", &acme, &[(&orders, "read")])).await;
    let change = AppChange { rate_limits: Some(vec![limit("d", 7, 8)]), ..AppChange::default() };
    fixture.store.update_app(&acme, &id, &change, &audit()).await.unwrap();
    let verifiable = fixture.store.find_verifiable_app(&id).await.unwrap().unwrap();
    assert_eq!(verifiable.app.rate_limits, [limit("d", 7, 8)]);
    assert_eq!(verifiable.apis[0].1.plan.as_deref(), Some("pro"));
}

/// The statement says what the algorithm says.
pub async fn an_exact_limit_is_the_algorithm(fixture: &Fixture) {
    let limited = exact("key_a 10 x", 7, 10);
    let (rate, mut tat, mut at) = (limited.rate, 0, NOW);
    let mut seed = 1_u64;
    for _ in 0..120 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        at = at.plus_millis(i64::try_from(seed >> 53).unwrap());
        let cost = u32::try_from((seed >> 40) % 10).unwrap();
        let told = ask(fixture, spend(std::slice::from_ref(&limited), &[], cost, at)).await;
        let expected = rate.take(tat, nanos(at), rate.increment(cost));
        assert_eq!(told.exhausted.is_none(), expected.is_ok(), "{cost} at {at}");
        if cost > 0 {
            tat = expected.unwrap_or(tat);
        }
        assert_eq!(rate.remaining(told.tats[0], nanos(at)), rate.remaining(tat, nanos(at)));
    }
    // a clock that ran a year ahead, and was set right
    let ahead = NOW.plus_seconds(365 * 86_400);
    let full = |at| spend(std::slice::from_ref(&limited), &[], 7, at);
    assert_eq!(ask(fixture, full(ahead)).await.exhausted, None);
    assert_eq!(ask(fixture, full(NOW)).await.exhausted, None);
    assert_eq!(ask(fixture, full(NOW)).await.exhausted, Some(Exhausted::Limit));
    assert_eq!(fixture.store.delete_full_limits(nanos(NOW)).await.unwrap(), 0);
    assert_eq!(fixture.store.delete_full_limits(nanos(NOW) + 11 * SECOND).await.unwrap(), 1);
}

/// The statement says what the rule says.
pub async fn credits_are_refilled_when_they_are_spent(fixture: &Fixture) {
    let refilled = pool("key_a", 10, Some(8));
    let (mut row, mut at) = (refilled.rule.first(NOW), NOW);
    for (hours, cost) in [(0, 4), (1, 5), (1, 2), (22, 2), (1, 6), (1, 1), (0, 8), (26, 8), (200, 9), (0, 8), (0, 1)] {
        at = at.plus_seconds(hours * 3_600);
        let told = ask(fixture, spend(&[], std::slice::from_ref(&refilled), cost, at)).await;
        let before = refilled.rule.at(at, row);
        let fits = before.remaining >= i64::from(cost);
        assert_eq!(told.exhausted, (!fits).then_some(Exhausted::Credits), "{cost} at {at}");
        if fits {
            row = CreditsLeft { remaining: before.remaining - i64::from(cost), ..before };
        }
        let seen = told.credits[0];
        assert_eq!(seen, refilled.rule.at(at, row));
    }
    let for_ever = pool("key_b", 3, None);
    let read = ask(fixture, spend(&[], std::slice::from_ref(&for_ever), 0, NOW)).await;
    assert_eq!((read.exhausted, read.credits[0].remaining), (None, 3));
    assert!(fixture.store.credits_left(&["key_b".to_owned()]).await.unwrap().is_empty(), "reading writes nothing");
    assert_eq!(ask(fixture, spend(&[], std::slice::from_ref(&for_ever), 3, NOW)).await.exhausted, None);
    let later = ask(fixture, spend(&[], &[for_ever], 1, NOW.plus_seconds(900 * 86_400))).await;
    assert_eq!(later.exhausted, Some(Exhausted::Credits));
}

pub async fn all_counters_are_spent_or_none(fixture: &Fixture) {
    let limits = [exact("key_a 60 x", 5, 60), exact("api_b/org_c 60 x", 3, 60)];
    let pools = [pool("key_a", 10, None), pool("api_b/org_c", 2, None)];
    let standing = async |cost| {
        let told = ask(fixture, spend(&limits, &pools, cost, NOW)).await;
        let left = |number: usize| limits[number].rate.remaining(told.tats[number], nanos(NOW));
        (told.exhausted, left(0), left(1), told.credits[0].remaining, told.credits[1].remaining)
    };
    assert_eq!(standing(1).await, (None, 4, 2, 9, 1));
    assert_eq!(standing(2).await, (Some(Exhausted::Credits), 4, 2, 9, 1), "the last of the four had no room");
    assert_eq!(standing(3).await, (Some(Exhausted::Limit), 4, 2, 9, 1), "limits are named first");
    assert_eq!(standing(6).await, (Some(Exhausted::Limit), 4, 2, 9, 1), "more than there ever is");
    assert_eq!(standing(1).await, (None, 3, 1, 8, 0));
    assert_eq!(standing(0).await, (None, 3, 1, 8, 0));
}

// F-15: 500 at once
pub async fn counters_are_never_overspent(fixture: &Fixture) {
    for (limits, pools) in [
        (vec![], vec![pool("key_a", 100, None)]),
        (vec![exact("key_a 3600 x", 100, 3_600)], vec![]),
        (vec![exact("key_b 3600 x", 100, 3_600)], vec![pool("key_b", 1_000, None)]),
    ] {
        let counters = Arc::new(Counters { limits, pools });
        let calls = (0..500).map(|_| {
            let (store, counters) = (fixture.store.clone(), Arc::clone(&counters));
            tokio::spawn(async move { store.spend(Spend { counters, cost: 1, now: NOW }).await.unwrap() })
        });
        let told = join_all(calls).await;
        let through = told.iter().filter(|told| told.as_ref().unwrap().exhausted.is_none()).count();
        assert_eq!(through, 100, "{counters:?}");
        let end = fixture.store.spend(Spend { counters: Arc::clone(&counters), cost: 0, now: NOW }).await.unwrap();
        if counters.limits.is_empty() {
            assert_eq!(end.credits[0].remaining, 0);
        } else {
            assert_eq!(counters.limits[0].rate.remaining(end.tats[0], nanos(NOW)), 0);
            assert_eq!(end.credits.first().map(|left| left.remaining), counters.pools.first().map(|_| 900));
        }
    }
}

/// Nobody is refused because another one came first to credits that nobody has used yet.
pub async fn first_calls_at_once_all_have_their_credits(fixture: &Fixture) {
    for round in 0..20 {
        let subject = format!("api_b/org_c/round {round}");
        for limits in [vec![], vec![exact(&format!("{subject} 60 x"), 1_000, 60)]] {
            let pools = vec![pool(&format!("{subject} {}", limits.len()), 1_000, None)];
            let counters = Arc::new(Counters { limits, pools });
            let calls = (0..8).map(|_| {
                let (store, counters) = (fixture.store.clone(), Arc::clone(&counters));
                tokio::spawn(async move { store.spend(Spend { counters, cost: 1, now: NOW }).await.unwrap() })
            });
            let told = join_all(calls).await;
            assert!(told.iter().all(|told| told.as_ref().unwrap().exhausted.is_none()), "{told:?}");
            let end = fixture.store.spend(Spend { counters, cost: 0, now: NOW }).await.unwrap();
            assert_eq!(end.credits[0].remaining, 992);
        }
    }
}

/// Credits that begin with nothing come with the first refill, also beside a limit.
pub async fn credits_that_begin_empty_are_refilled(fixture: &Fixture) {
    for limits in [vec![], vec![exact("api_b/org_c 60 x", 100, 60)]] {
        let empty = [pool(&format!("api_b/org_c/{}", limits.len()), 0, Some(10))];
        let told = ask(fixture, spend(&limits, &empty, 1, NOW)).await;
        assert_eq!((told.exhausted, told.credits[0].remaining), (Some(Exhausted::Credits), 0));
        let again = ask(fixture, spend(&limits, &empty, 1, NOW)).await;
        assert_eq!(again.exhausted, Some(Exhausted::Credits));
        let refilled = ask(fixture, spend(&limits, &empty, 4, NOW.plus_seconds(86_400))).await;
        assert_eq!((refilled.exhausted, refilled.credits[0].remaining), (None, 6));
    }
}

pub async fn replicas_add_what_they_counted(fixture: &Fixture) {
    let rate = Rate::of(&limit("x", 10, 10));
    let now = nanos(NOW);
    let local = |spent: i64, tat: i64| LocalUse {
        id: "key_a 10 x".into(),
        rate,
        since: now - SECOND,
        spent: spent * SECOND,
        tat: now + tat * SECOND,
    };
    let add = async |uses: &[LocalUse]| fixture.store.add_local_uses(uses, now).await.unwrap();
    // one alone is believed; two come on top of each other
    assert_eq!(add(&[local(4, 4)]).await, [now + 4 * SECOND]);
    assert_eq!(add(&[local(3, 3)]).await, [now + 7 * SECOND]);
    assert_eq!(add(&[local(1, 9)]).await, [now + 9 * SECOND], "it counted further than the sum");
    // what was given back after it was told
    assert_eq!(add(&[local(-2, 0)]).await, [now + 7 * SECOND]);
    // debt has an end
    assert_eq!(add(&[local(1_000, 3)]).await, [rate.ceiling(now)]);
    let ids = [Arc::from("key_a 10 x"), Arc::from("none")];
    assert_eq!(fixture.store.limit_tats(&ids).await.unwrap(), [("key_a 10 x".to_owned(), rate.ceiling(now))].into());
    assert_eq!(fixture.store.limits_since(now).await.unwrap().len(), 1);
    assert_eq!(fixture.store.limits_since(now + 1).await.unwrap().len(), 0);
    assert_eq!(add(&[]).await, Vec::<Nanos>::new());
}

pub async fn a_warning_is_noted_once_a_day(fixture: &Fixture) {
    let warnings = (0..20).map(|_| {
        let (store, audit) = (fixture.store.clone(), fixture.audit("limit"));
        tokio::spawn(async move { store.note_limit_warning("key_a 60 x", 7, 80, &audit).await.unwrap() })
    });
    let noted = join_all(warnings).await.into_iter().filter(|noted| *noted.as_ref().unwrap()).count();
    assert_eq!((noted, fixture.audited("limit").await), (1, 1));
    let note = async |id, day, percent| {
        fixture.store.note_limit_warning(id, day, percent, &fixture.audit("limit")).await.unwrap()
    };
    assert!(note("key_a 60 x", 7, 100).await);
    assert!(!note("key_a 60 x", 7, 80).await);
    assert!(note("key_a 60 y", 7, 80).await);
    assert!(note("key_a 60 x", 8, 80).await, "a new day");
    assert!(!note("key_a 60 x", 7, 100).await, "a late clock");
    assert_eq!(fixture.audited("limit").await, 4);
    assert_eq!(fixture.store.delete_limit_warnings_before(8).await.unwrap(), 1);
}

pub async fn a_deleted_api_takes_its_consumers_counts_along(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let other = fixture.api("other", &acme).await;
    let pools: Vec<_> = [&orders, &other].map(|api| pool(&format!("{api}/{acme}/pro"), 5, None)).into();
    ask(fixture, spend(&[], &pools, 1, NOW)).await;
    assert!(fixture.store.delete_api(&acme, &orders, NOW, &fixture.audit("api.delete")).await.unwrap());
    let subjects: Vec<String> = pools.iter().map(|pool| pool.subject.to_string()).collect();
    let left = fixture.store.credits_left(&subjects).await.unwrap();
    assert_eq!(left.keys().collect::<Vec<_>>(), [&subjects[1]]);
}
