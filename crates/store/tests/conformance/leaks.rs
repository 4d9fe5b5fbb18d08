use latchkey_core::keys::Rotation;
use latchkey_core::leaks::{Ending, HeldSecret, NewLeak, SecretTarget};
use latchkey_types::{AppSecretId, KeyId, OrgId, Timestamp};

use crate::fixture::{
    Fixture, NOW, after, app, app_secret, generation, id, key, management_key, page, secret, verification_key,
};

const REASON: &str = "its secret leaked";

fn leak(number: u32, mac: u8, url: &str) -> NewLeak {
    NewLeak {
        id: id(&format!("l{number}")),
        mac: [mac; 32],
        reporter: "GitHub".to_owned(),
        url: url.to_owned(),
        source: "commit".to_owned(),
        at: NOW.plus_seconds(i64::from(number)),
    }
}

fn of_key(org: &OrgId, id: &KeyId, generation: u32) -> HeldSecret {
    HeldSecret { org: Some(org.clone()), target: SecretTarget::Key { id: id.clone(), generation } }
}

/// Ends a secret; how it ended.
async fn end(fixture: &Fixture, secret: &HeldSecret, at: Option<Timestamp>) -> Ending {
    fixture.store.end_secret(secret, at, REASON, None, &fixture.audit("leak.report")).await.unwrap()
}

pub async fn a_place_is_noted_once(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let globex = fixture.org("globex", &fixture.user("owner").await).await;
    let key = key("one", &acme, &orders);
    fixture.insert_key(&key).await;
    let held = of_key(&acme, &key.id, 1);
    let report = async |leak: &NewLeak, at| {
        store.end_secret(&held, at, REASON, Some(leak), &fixture.audit("leak.report")).await.unwrap()
    };
    assert_eq!(report(&leak(1, 7, "https://a.example"), None).await, Ending::Kept);
    let revision = store.revision().await.unwrap();
    assert_eq!(report(&leak(2, 7, "https://a.example"), None).await, Ending::Kept);
    assert_eq!(store.revision().await.unwrap(), revision, "nothing changed");
    assert_eq!(report(&leak(3, 7, ""), None).await, Ending::Kept);
    assert_eq!(fixture.audited("leak.report").await, 2, "a place that is known writes no row");

    let listed = store.list_leaks(&acme, &page(10)).await.unwrap().items;
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1].secret, held);
    assert_eq!(
        (listed[1].url.as_str(), listed[1].reporter.as_str(), listed[1].source.as_str()),
        ("https://a.example", "GitHub", "commit")
    );
    assert_eq!((listed[1].times, listed[1].ending), (2, Ending::Kept));
    assert_eq!((listed[1].first_reported_at, listed[1].last_reported_at), (NOW.plus_seconds(1), NOW.plus_seconds(2)));
    assert_eq!(store.leaks_of(&acme, key.id.as_str()).await.unwrap(), listed);
    assert_eq!(store.list_leaks(&globex, &page(10)).await.unwrap().items, []);
    assert_eq!(store.leaks_of(&globex, key.id.as_str()).await.unwrap(), []);
    assert_eq!(store.leaks_of(&acme, "a\0").await.unwrap(), []);
    assert_eq!(store.find_leaked_secret(&[7; 32]).await.unwrap(), Some(held.clone()));
    assert_eq!(store.find_leaked_secret(&[8; 32]).await.unwrap(), None);

    // the organisation decided otherwise meanwhile: the known place says so, and what comes later doesn't take it back
    assert_eq!(report(&leak(4, 7, "https://a.example"), Some(NOW)).await, Ending::Revoked);
    assert_eq!(report(&leak(5, 7, "https://a.example"), Some(NOW)).await, Ending::Before);
    let listed = store.leaks_of(&acme, key.id.as_str()).await.unwrap();
    assert_eq!((listed[1].times, listed[1].ending), (4, Ending::Revoked));
    let row = &store.list_audit(&latchkey_core::audit::AuditFilter::default(), &page(200)).await.unwrap();
    let row = row.items.iter().find(|row| row.detail.get("whole_key").is_some()).unwrap();
    assert_eq!(row.detail["outcome"], "revoked");
}

pub async fn places_of_a_secret_are_bounded(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let key = key("one", &acme, &orders);
    fixture.insert_key(&key).await;
    let held = of_key(&acme, &key.id, 1);
    for number in 0..105 {
        let leak = leak(number, 7, &format!("https://a.example/{number}"));
        store.end_secret(&held, None, REASON, Some(&leak), &fixture.audit("leak.report")).await.unwrap();
    }
    let first = store.list_leaks(&acme, &page(60)).await.unwrap();
    let second = store.list_leaks(&acme, &after(60, first.next_cursor)).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.next_cursor), (60, 40, None));
    assert_eq!(first.items[0].times, 6, "the others are counted");
    assert_eq!(store.leaks_of(&acme, key.id.as_str()).await.unwrap().len(), 20);
}

pub async fn of_two_secrets_of_a_key_one_ends(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let key = key("one", &acme, &orders);
    fixture.insert_key(&key).await;
    let rotation = Rotation {
        generation: generation(2),
        secret: secret("second"),
        old_ends_at: NOW.plus_seconds(3_600),
        key_expires_at: None,
    };
    store.rotate_key(&acme, &key.id, &rotation, &fixture.audit("key.rotate")).await.unwrap();

    assert_eq!(end(fixture, &of_key(&acme, &key.id, 1), Some(NOW)).await, Ending::Revoked);
    let left = store.find_verifiable_key(&key.id).await.unwrap().unwrap().key;
    assert_eq!(left.revoked_at, None, "the other one goes on");
    let ends: Vec<_> = left.generations.iter().map(|one| (one.number, one.revoked_at)).collect();
    assert_eq!(ends, [(2, None), (1, Some(NOW))]);
    assert_eq!(end(fixture, &of_key(&acme, &key.id, 1), Some(NOW)).await, Ending::Before);

    let revision = store.revision().await.unwrap();
    assert_eq!(end(fixture, &of_key(&acme, &key.id, 2), Some(NOW)).await, Ending::Revoked);
    let ended = store.find_key(&acme, &key.id).await.unwrap().unwrap();
    assert_eq!((ended.revoked_at, ended.revoke_reason.as_deref()), (Some(NOW), Some(REASON)));
    let changes = store.changes_after(revision, 10).await.unwrap();
    assert_eq!(changes.iter().map(|change| change.subject.as_str()).collect::<Vec<_>>(), [key.id.as_str()]);
    assert_eq!(fixture.audited("leak.report").await, 2);
}

pub async fn a_grace_is_never_longer_than_before(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let mut ending = key("one", &acme, &orders);
    ending.expires_at = Some(NOW.plus_seconds(100));
    fixture.insert_key(&ending).await;
    let held = of_key(&acme, &ending.id, 1);
    assert_eq!(end(fixture, &held, Some(NOW.plus_seconds(200))).await, Ending::At(NOW.plus_seconds(100)));
    assert_eq!(end(fixture, &held, Some(NOW.plus_seconds(50))).await, Ending::At(NOW.plus_seconds(50)));
    assert_eq!(end(fixture, &held, Some(NOW.plus_seconds(70))).await, Ending::At(NOW.plus_seconds(50)));
    assert_eq!(fixture.audited("leak.report").await, 1);

    // a rotation's overlap doesn't give it back what it lost
    let rotation = Rotation {
        generation: generation(2),
        secret: secret("second"),
        old_ends_at: NOW.plus_seconds(90),
        key_expires_at: None,
    };
    let rotated = store.rotate_key(&acme, &ending.id, &rotation, &fixture.audit("key.rotate")).await.unwrap();
    assert_eq!(rotated.generations[1].ends_at, Some(NOW.plus_seconds(50)));
    assert_eq!(rotated.generations[0].ends_at, ending.expires_at);
}

pub async fn secrets_of_every_kind_end(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let later = NOW.plus_seconds(60);
    let held = |target| HeldSecret { org: Some(acme.clone()), target };
    let expect = async |target: SecretTarget| {
        let secret = held(target);
        assert_eq!(end(fixture, &secret, None).await, Ending::Kept, "{secret:?}");
        assert_eq!(end(fixture, &secret, Some(later)).await, Ending::At(later), "{secret:?}");
        assert_eq!(end(fixture, &secret, Some(NOW)).await, Ending::Revoked, "{secret:?}");
        assert_eq!(end(fixture, &secret, Some(NOW)).await, Ending::Before, "{secret:?}");
    };
    let shop = fixture.insert_app(&app("shop", &acme, &[(&orders, "read")])).await;
    let client_secret: AppSecretId = id("shop");
    assert_eq!(store.find_app_secret(&client_secret).await.unwrap().unwrap().app, shop);
    expect(SecretTarget::AppSecret { app: shop.clone(), id: client_secret.clone() }).await;
    assert!(store.find_app_secret(&client_secret).await.unwrap().is_none());

    let gateway = verification_key("gateway", &orders);
    store.insert_verification_key(&gateway, &fixture.audit("verification_key.create")).await.unwrap();
    expect(SecretTarget::VerificationKey { api: orders.clone(), id: gateway.key.id.clone() }).await;
    assert!(store.find_verification_key(&gateway.key.id).await.unwrap().is_none());

    for (name, org) in [("ours", Some(&acme)), ("operators", None)] {
        let new = management_key(name, org);
        store.insert_management_key(&new, &fixture.audit("management_key.create")).await.unwrap();
        expect(SecretTarget::ManagementKey { id: new.key.id.clone() }).await;
        let ended = store.find_management_key(&new.key.id).await.unwrap().unwrap().key;
        assert_eq!((ended.revoked_at, ended.expires_at), (Some(NOW), Some(later)));
    }

    // a token ends by itself before any grace is over
    let token = held(SecretTarget::AccessToken { jti: "t1".to_owned(), client: shop.to_string(), expires_at: later });
    assert_eq!(end(fixture, &token, None).await, Ending::Kept);
    assert_eq!(end(fixture, &token, Some(later.plus_seconds(60))).await, Ending::At(later));
    assert!(!store.is_token_revoked("t1").await.unwrap());
    assert_eq!(end(fixture, &token, Some(NOW)).await, Ending::Revoked);
    assert!(store.is_token_revoked("t1").await.unwrap());
    assert_eq!(end(fixture, &token, Some(NOW)).await, Ending::Before);

    // what isn't there has ended
    for target in [
        SecretTarget::AppSecret { app: id("none"), id: id("none") },
        SecretTarget::VerificationKey { api: orders.clone(), id: id("none") },
        SecretTarget::ManagementKey { id: id("none") },
        SecretTarget::ActionToken { id: id("none") },
        SecretTarget::InitialAccessToken { id: id("none") },
    ] {
        assert_eq!(end(fixture, &held(target), Some(NOW)).await, Ending::Before);
    }
}

pub async fn an_ended_client_secret_makes_room(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let shop = fixture.insert_app(&app("shop", &acme, &[(&orders, "read")])).await;
    let audit = || fixture.audit("app.secret.create");
    assert!(store.insert_app_secret(&acme, &shop, &app_secret("two"), &audit()).await.unwrap());
    let first = SecretTarget::AppSecret { app: shop.clone(), id: id("shop") };
    let held = HeldSecret { org: Some(acme.clone()), target: first };
    assert_eq!(end(fixture, &held, Some(NOW.plus_seconds(1))).await, Ending::At(NOW.plus_seconds(1)));
    let mut third = app_secret("three");
    assert!(!store.insert_app_secret(&acme, &shop, &third, &audit()).await.unwrap(), "it holds for a second");
    third.secret.created_at = NOW.plus_seconds(1);
    assert!(store.insert_app_secret(&acme, &shop, &third, &audit()).await.unwrap());
    let ids: Vec<_> = store.list_app_secrets(&acme, &shop).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(ids, [id("three"), id("two")]);
}

// F-08: of many at once one ends it
pub async fn parallel_ends_write_one_audit_row(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, orders) = fixture.acme().await;
    let key = key("one", &acme, &orders);
    fixture.insert_key(&key).await;
    let held = of_key(&acme, &key.id, 1);
    let tasks: Vec<_> = (0..10)
        .map(|number| {
            let (store, held, audit) = (store.clone(), held.clone(), fixture.audit("leak.report"));
            let leak = leak(number, 7, "https://a.example");
            tokio::spawn(async move { store.end_secret(&held, Some(NOW), REASON, Some(&leak), &audit).await.unwrap() })
        })
        .collect();
    let mut revoked = 0;
    for task in tasks {
        revoked += usize::from(task.await.unwrap() == Ending::Revoked);
    }
    assert_eq!(revoked, 1);
    assert_eq!(fixture.audited("leak.report").await, 1);
    assert_eq!(store.leaks_of(&acme, key.id.as_str()).await.unwrap()[0].times, 10);
}
