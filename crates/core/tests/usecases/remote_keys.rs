//! Keys that are fetched: F-30.

use latchkey_core::ports::FetchError;
use latchkey_core::remote_keys::{REFETCH_SECONDS, RemoteKeysError, STALE_SECONDS};
use latchkey_jose::{Jwk, JwkSet, JwkSetError, SigningKey};
use serde_json::{Value, json};

use crate::setup::World;

const URL: &str = "https://keys.example/jwks";
const ISSUER: &str = "https://idp.example/tenant";
const DISCOVERY: &str = "https://idp.example/tenant/.well-known/openid-configuration";

fn jwk(number: u8) -> Value {
    serde_json::to_value(Jwk::new(SigningKey::from_seed(&[number; 32]).public_key())).unwrap()
}

fn kid(number: u8) -> String {
    SigningKey::from_seed(&[number; 32]).kid().to_owned()
}

fn set(numbers: &[u8]) -> Value {
    json!({ "keys": numbers.iter().map(|number| jwk(*number)).collect::<Vec<_>>() })
}

async fn ask(world: &World, wanted: u8) -> Result<bool, RemoteKeysError> {
    let kid = kid(wanted);
    let keys = world.core.remote_keys.jwks(&world.core, URL, Some(&kid)).await;
    keys.map(|keys: std::sync::Arc<JwkSet>| keys.find(&kid).is_some())
}

fn seconds(count: u64) -> i64 {
    i64::try_from(count).unwrap()
}

#[tokio::test]
async fn a_good_answer_is_kept_for_five_minutes() {
    let world = World::new().await;
    world.fetcher.answer(URL, &set(&[1]));
    for _ in 0..3 {
        assert_eq!(ask(&world, 1).await, Ok(true));
        world.clock.advance(60);
    }
    assert_eq!(world.fetcher.calls(URL), 1);
    world.clock.advance(120);
    assert_eq!(ask(&world, 1).await, Ok(true));
    assert_eq!(world.fetcher.calls(URL), 2);
}

#[tokio::test]
async fn a_new_key_is_found_and_one_that_was_withdrawn_ends() {
    let world = World::new().await;
    world.fetcher.answer(URL, &set(&[1]));
    assert_eq!(ask(&world, 1).await, Ok(true));
    world.fetcher.answer(URL, &set(&[2]));
    world.clock.advance(seconds(REFETCH_SECONDS));
    assert_eq!(ask(&world, 2).await, Ok(true));
    assert_eq!(ask(&world, 1).await, Ok(false));
}

#[tokio::test]
async fn a_flood_of_unknown_kids_is_one_fetch_each_thirty_seconds() {
    let world = World::new().await;
    world.fetcher.answer(URL, &set(&[1]));
    for round in 0..5 {
        for unknown in 100..150 {
            assert_eq!(ask(&world, unknown).await, Ok(false));
            assert_eq!(ask(&world, 1).await, Ok(true));
        }
        assert_eq!(world.fetcher.calls(URL), 1 + round);
        world.clock.advance(seconds(REFETCH_SECONDS));
    }
}

#[tokio::test]
async fn whatever_an_address_answers_the_old_set_stays_for_an_hour() {
    let world = World::new().await;
    world.fetcher.answer(URL, &set(&[1]));
    assert_eq!(ask(&world, 1).await, Ok(true));
    let private = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": jwk(2)["x"], "d": "AA" }] });
    let twins = json!({ "keys": [jwk(2), jwk(2)] });
    let endings: [&dyn Fn(); 8] = [
        &|| world.fetcher.fail(URL, FetchError::NoAnswer),
        &|| world.fetcher.fail(URL, FetchError::Refused),
        &|| world.fetcher.fail(URL, FetchError::TooLarge),
        &|| world.fetcher.fail(URL, FetchError::NotAllowed),
        &|| world.fetcher.answer_bytes(URL, b"<html>"),
        &|| world.fetcher.answer(URL, &private),
        &|| world.fetcher.answer(URL, &twins),
        &|| world.fetcher.answer(URL, &json!([])),
    ];
    for (round, ending) in endings.iter().enumerate() {
        ending();
        world.clock.advance(300);
        assert_eq!(ask(&world, 1).await, Ok(true), "{round}");
        assert_eq!(ask(&world, 2).await, Ok(false), "{round}");
        assert_eq!(world.fetcher.calls(URL), round + 2);
    }
    world.clock.advance(seconds(STALE_SECONDS));
    assert_eq!(ask(&world, 1).await, Err(RemoteKeysError::Keys(JwkSetError::NotAJwkSet)));
    // and comes back by itself
    world.fetcher.answer(URL, &set(&[1]));
    assert_eq!(ask(&world, 1).await, Err(RemoteKeysError::Keys(JwkSetError::NotAJwkSet)));
    world.clock.advance(seconds(REFETCH_SECONDS));
    assert_eq!(ask(&world, 1).await, Ok(true));
}

#[tokio::test]
async fn a_failure_is_remembered_and_nobody_else_asks() {
    let world = World::new().await;
    for _ in 0..20 {
        assert_eq!(ask(&world, 1).await, Err(RemoteKeysError::Fetch(FetchError::NoAnswer)));
    }
    assert_eq!(world.fetcher.calls(URL), 1);
    let bad = world.core.remote_keys.jwks(&world.core, "keys.example", None).await;
    assert_eq!(bad.unwrap_err(), RemoteKeysError::NotAUrl);
}

#[tokio::test]
async fn one_fetches_and_all_who_wait_get_its_answer() {
    let world = World::new().await;
    world.fetcher.answer(URL, &set(&[1]));
    let gate = world.fetcher.hold();
    let askers: Vec<_> = (0..50)
        .map(|_| {
            let core = world.core.clone();
            tokio::spawn(async move { core.remote_keys.jwks(&core, URL, Some(&kid(1))).await.is_ok() })
        })
        .collect();
    // a client that hangs up doesn't end the fetch that the others wait for
    tokio::task::yield_now().await;
    askers[0].abort();
    gate.add_permits(1);
    let mut answered = 0;
    for asker in askers {
        answered += usize::from(asker.await.unwrap_or(false));
    }
    assert!(answered >= 49, "{answered}");
    assert_eq!(world.fetcher.calls(URL), 1);

    // while it is fetched anew, the old set answers at once
    world.clock.advance(300);
    let core = world.core.clone();
    let slow = tokio::spawn(async move { core.remote_keys.jwks(&core, URL, None).await.is_ok() });
    while world.fetcher.calls(URL) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(&world, 1).await, Ok(true));
    gate.add_permits(1);
    assert!(slow.await.unwrap());
}

#[tokio::test]
async fn an_issuer_is_found_by_its_own_description_only() {
    let world = World::new().await;
    let ask = async |wanted: u8| {
        let kid = kid(wanted);
        let keys = world.core.remote_keys.discovered(&world.core, ISSUER, Some(&kid)).await;
        keys.map(|keys| keys.find(&kid).is_some())
    };
    world.fetcher.answer(URL, &set(&[1]));
    for (document, expected) in [
        (json!({ "issuer": "https://idp.example/tenant/", "jwks_uri": URL }), RemoteKeysError::OtherIssuer),
        (json!({ "issuer": "https://IDP.example/tenant", "jwks_uri": URL }), RemoteKeysError::OtherIssuer),
        (json!({ "issuer": ISSUER }), RemoteKeysError::NotDiscovery),
        (json!({ "issuer": ISSUER, "jwks_uri": [URL] }), RemoteKeysError::NotDiscovery),
        (json!({ "issuer": ISSUER, "jwks_uri": "/jwks" }), RemoteKeysError::NotDiscovery),
    ] {
        world.fetcher.answer(DISCOVERY, &document);
        assert_eq!(ask(1).await, Err(expected), "{document}");
        world.clock.advance(300);
    }
    world
        .fetcher
        .answer_bytes(DISCOVERY, format!(r#"{{"issuer":"x","issuer":"{ISSUER}","jwks_uri":"{URL}"}}"#).as_bytes());
    assert_eq!(ask(1).await, Err(RemoteKeysError::NotDiscovery), "a member that stands there twice");
    world.clock.advance(300);

    world.fetcher.answer(DISCOVERY, &json!({ "issuer": ISSUER, "jwks_uri": URL, "more": true }));
    assert_eq!(ask(1).await, Ok(true));
    assert_eq!(world.fetcher.calls(URL), 1);
    // another issuer with the same address of its document, which doesn't describe it
    let twin = world.core.remote_keys.discovered(&world.core, &format!("{ISSUER}/"), None).await;
    assert_eq!(twin.unwrap_err(), RemoteKeysError::OtherIssuer);
    // another document in its place is refused, and the old one stays
    world
        .fetcher
        .answer(DISCOVERY, &json!({ "issuer": "https://evil.example", "jwks_uri": "https://evil.example/jwks" }));
    world.clock.advance(300);
    assert_eq!(ask(1).await, Ok(true));
    assert_eq!(world.fetcher.calls("https://evil.example/jwks"), 0);
}
