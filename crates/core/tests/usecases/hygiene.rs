//! Hygiene: what of an organisation's credentials somebody should look at.

use latchkey_core::apis;
use latchkey_core::hygiene::{self, MANY_TOKENS, Untidy};
use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::oauth;
use latchkey_core::ports::{Listed, Page};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Error, usage};
use latchkey_types::{Environment, Outcome, Role};

use crate::apps::{create as create_app, grant};
use crate::oauth::request;
use crate::service_accounts::created as created_account;
use crate::setup::{DAY, START, World, page, refused_fields};

/// A key of `acme` and what its API asks with.
async fn furnished() -> (World, CreatedKey, String) {
    let world = World::new().await;
    verify::follow(&world.core).await.unwrap();
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
    let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
    let new = NewKey {
        name: "checkout".to_owned(),
        api: api.id.to_string(),
        expires_at: Some(START.plus_seconds(300 * DAY)),
        ..NewKey::default()
    };
    let key = keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    (world, key, made.secret.expose().to_owned())
}

async fn list(world: &World, only: Option<&str>, page: &Page) -> Listed<Untidy> {
    hygiene::list(&world.core, &world.acme(Role::Viewer), "acme", only, page).await.unwrap()
}

/// The findings of this credential.
async fn of(world: &World, id: &str) -> Vec<&'static str> {
    let listed = list(world, None, &page()).await.items;
    let found = listed.iter().find(|untidy| untidy.credential.id == id);
    found.map(|untidy| untidy.findings.iter().map(|finding| finding.code()).collect()).unwrap_or_default()
}

async fn used_from(world: &World, verification_key: &str, key: &CreatedKey, ips: &[&str]) {
    for ip in ips {
        let ip = Some(ip.parse().unwrap());
        let asked = VerifyRequest { credential: key.secret.expose(), ip, ..VerifyRequest::default() };
        assert_eq!(verify::verify(&world.core, verification_key, &asked).await.unwrap().code, Outcome::Valid);
    }
    usage::flush(&world.core).await.unwrap();
}

#[tokio::test]
async fn networks_are_noted_as_credentials_are_used() {
    let (world, key, verification_key) = furnished().await;
    let id = key.key.id.as_str();
    used_from(&world, &verification_key, &key, &["203.0.113.1", "203.0.113.2", "::ffff:203.0.113.3"]).await;
    assert_eq!(of(&world, id).await, ["no_address_list"], "one site");
    used_from(&world, &verification_key, &key, &["2001:db8::1", "2001:db8::2"]).await;
    assert_eq!(of(&world, id).await, ["several_networks", "no_address_list"]);
    let listed = list(&world, Some("several_networks"), &page()).await.items;
    assert_eq!((listed.len(), listed[0].credential.networks), (1, 2));
    // they count for thirty days
    world.clock.advance(31 * DAY);
    verify::follow(&world.core).await.unwrap();
    assert_eq!(of(&world, id).await, ["no_address_list"]);
    usage::flush(&world.core).await.unwrap();
    used_from(&world, &verification_key, &key, &["203.0.113.1", "198.51.100.1"]).await;
    assert_eq!(of(&world, id).await, ["several_networks", "no_address_list"], "what is in use is noted anew");
}

#[tokio::test]
async fn age_and_idleness_are_told() {
    let (world, key, verification_key) = furnished().await;
    let id = key.key.id.as_str();
    assert_eq!(of(&world, id).await, ["no_address_list"]);
    world.clock.advance(30 * DAY);
    assert_eq!(of(&world, id).await, ["never_used", "no_address_list"]);
    verify::follow(&world.core).await.unwrap();
    used_from(&world, &verification_key, &key, &["203.0.113.1"]).await;
    assert_eq!(of(&world, id).await, ["no_address_list"]);
    world.clock.advance(90 * DAY);
    assert_eq!(of(&world, id).await, ["never_rotated", "idle", "no_address_list"]);
    keys::rotate(&world.core, &world.acme(Role::Developer), "acme", &key.key.id, 0).await.unwrap();
    assert_eq!(of(&world, id).await, ["idle", "no_address_list"]);
    keys::revoke(&world.core, &world.acme(Role::Developer), "acme", &key.key.id, None).await.unwrap();
    assert!(of(&world, id).await.is_empty(), "what is over needs no care");
}

#[tokio::test]
async fn apps_and_accounts_are_told_too() {
    let (world, _, _) = furnished().await;
    latchkey_core::signing::load(&world.core).await.unwrap();
    let made = create_app(&world, vec![grant("https://orders.example", &["read"])]).await.unwrap();
    let account = created_account(&world, &[Role::Developer]).await;
    assert_eq!(of(&world, made.app.id.as_str()).await, ["no_address_list"]);
    for _ in 0..=MANY_TOKENS {
        oauth::token(&world.core, request(&made)).await.unwrap();
    }
    usage::flush(&world.core).await.unwrap();
    assert_eq!(of(&world, made.app.id.as_str()).await, ["overused_secret", "no_address_list"]);
    world.clock.advance(90 * DAY);
    assert_eq!(of(&world, account.as_str()).await, ["never_rotated", "never_used", "no_address_list"]);
    assert_eq!(of(&world, made.app.id.as_str()).await, ["never_rotated", "idle", "no_address_list"]);
}

#[tokio::test]
async fn findings_come_in_pages_and_to_whoever_may_see_credentials() {
    let (world, key, _) = furnished().await;
    let api = key.key.api.clone();
    for number in 0..5 {
        world.clock.advance(1);
        let expires_at = (number % 2 == 0).then(|| world.core.clock.now().plus_seconds(DAY));
        let new = NewKey { name: format!("key {number}"), api: api.to_string(), expires_at, ..NewKey::default() };
        keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    }
    let names = |listed: &Listed<Untidy>| -> Vec<String> {
        listed.items.iter().map(|untidy| untidy.credential.name.clone()).collect()
    };
    let mut asked = Page { limit: 2, cursor: None };
    let mut all = Vec::new();
    loop {
        let listed = list(&world, None, &asked).await;
        assert!(listed.items.len() <= 2);
        all.extend(names(&listed));
        match listed.next_cursor {
            None => break,
            cursor => asked.cursor = cursor,
        }
    }
    assert_eq!(all, ["key 4", "key 3", "key 2", "key 1", "key 0", "checkout"]);
    // what doesn't fit is passed over within the page
    let first = list(&world, Some("no_end"), &Page { limit: 1, cursor: None }).await;
    assert_eq!(names(&first), ["key 3"]);
    let second = list(&world, Some("no_end"), &Page { limit: 1, cursor: first.next_cursor }).await;
    assert_eq!(names(&second), ["key 1"]);
    let rest = list(&world, Some("no_end"), &Page { limit: 1, cursor: second.next_cursor }).await;
    assert!(rest.items.is_empty() && rest.next_cursor.is_none());
    let viewer = world.acme(Role::Viewer);
    let unknown = hygiene::list(&world.core, &viewer, "acme", Some("dust"), &page()).await;
    assert_eq!(refused_fields(unknown), ["finding"]);
    let foreign = hygiene::list(&world.core, &world.globex(Role::Owner), "acme", None, &page()).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
}
