use futures::future::join_all;
use latchkey_core::AddressRules;
use latchkey_core::apis::ConsumerPolicyChange;
use latchkey_core::hashing::SecretHash;
use latchkey_core::keys::{GenerationSecret, Key, KeyChange, Rotation};
use latchkey_core::ports::{LastUse, StoreError, UsageBatch};
use latchkey_types::{CredentialKind, OrgId, Timestamp};

use crate::fixture::{Fixture, NOW, api, generation, hash, id, key, org, scopes, secret};

/// A key that is in the store.
async fn stored(fixture: &Fixture) -> (OrgId, Key) {
    let (acme, orders) = fixture.acme().await;
    let key = key("key", &acme, &orders);
    fixture.insert_key(&key).await;
    (acme, key)
}

pub async fn a_key_reads_back(fixture: &Fixture) {
    let (acme, one) = stored(fixture).await;
    assert_eq!(fixture.store.find_key(&acme, &one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(fixture.store.find_key(&id("other"), &one.id).await.unwrap(), None);
    let mut bare = key("bare", &acme, &one.api);
    (bare.kind, bare.owner, bare.expires_at) = (CredentialKind::JwtKey, None, Some(NOW.plus_seconds(90)));
    (bare.scopes, bare.addresses) = (scopes(""), AddressRules::default());
    (bare.generations[0].jti, bare.generations[0].ends_at) = (Some("jti-1".to_owned()), bare.expires_at);
    let signed = GenerationSecret::SignedBy("kid".to_owned());
    fixture.store.insert_key(&bare, &signed, &fixture.audit("key.create")).await.unwrap();
    assert_eq!(fixture.store.find_key(&acme, &bare.id).await.unwrap(), Some(bare.clone()));
    assert_eq!(fixture.store.find_verifiable_key(&bare.id).await.unwrap().unwrap().secrets, [signed.clone()]);
    let mut twin = bare.clone();
    twin.id = id("twin");
    let taken = fixture.store.insert_key(&twin, &signed, &fixture.audit("key.create")).await;
    assert!(matches!(taken, Err(StoreError::Taken("jti"))), "{taken:?}");
}

pub async fn a_key_for_a_missing_api_is_refused(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    fixture.store.delete_api(&acme, &orders, NOW, &fixture.audit("api.delete")).await.unwrap();
    for api in [orders, id("none")] {
        let refused =
            fixture.store.insert_key(&key("key", &acme, &api), &secret("s"), &fixture.audit("key.create")).await;
        assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    }
    assert_eq!(fixture.audited("key.create").await, 0);
}

pub async fn changes_stop_with_revocation(fixture: &Fixture) {
    let (acme, one) = stored(fixture).await;
    let end = NOW.plus_seconds(99);
    let change = KeyChange {
        name: Some("Renamed".to_owned()),
        scopes: Some(scopes("read")),
        expires_at: Some(Some(end)),
        owner: Some(None),
        metadata: Some(serde_json::Map::new()),
        labels: Some(serde_json::Map::new()),
        allowed_ips: Some(Vec::new()),
        ..KeyChange::default()
    };
    let changed = fixture.store.update_key(&acme, &one.id, &change, &fixture.audit("key.update")).await.unwrap();
    assert_eq!((changed.name.as_str(), &changed.owner, changed.expires_at), ("Renamed", &None, Some(end)));
    // The current generation ends with its key.
    assert_eq!(changed.generations[0].ends_at, Some(end));
    assert_eq!(fixture.store.find_key(&acme, &one.id).await.unwrap(), Some(changed));
    let foreign = fixture.store.update_key(&id("other"), &one.id, &change, &fixture.audit("key.update")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    fixture.store.revoke_key(&acme, &one.id, NOW, Some("leaked"), &fixture.audit("key.revoke")).await.unwrap();
    let stale = fixture.store.update_key(&acme, &one.id, &change, &fixture.audit("key.update")).await;
    assert!(matches!(stale, Err(StoreError::Stale)));
    assert_eq!(fixture.audited("key.update").await, 1);
}

async fn rotate(fixture: &Fixture, one: &Key, number: u32, old_ends_at: Timestamp) -> Result<Key, StoreError> {
    let rotation = Rotation {
        generation: generation(number),
        secret: secret(&number.to_string()),
        old_ends_at,
        key_expires_at: None,
    };
    fixture.store.rotate_key(&one.org, &one.id, &rotation, &fixture.audit("key.rotate")).await
}

pub async fn rotation_keeps_two_generations(fixture: &Fixture) {
    let (acme, one) = stored(fixture).await;
    let used = LastUse { id: one.id.to_string(), generation: 1, at: NOW.plus_seconds(5) };
    let batch = UsageBatch {
        source: "s".to_owned(),
        sequence: 1,
        rows: Vec::new(),
        last_uses: vec![used],
        networks: Vec::new(),
    };
    assert!(fixture.store.add_usage(&batch).await.unwrap());
    let rotated = rotate(fixture, &one, 2, NOW.plus_seconds(500)).await.unwrap();
    let ends: Vec<_> = rotated.generations.iter().map(|one| (one.number, one.ends_at)).collect();
    assert_eq!(ends, [(2, None), (1, Some(NOW.plus_seconds(500)))]);
    let rotated = rotate(fixture, &one, 3, NOW.plus_seconds(900)).await.unwrap();
    let ends: Vec<_> = rotated.generations.iter().map(|one| (one.number, one.ends_at)).collect();
    assert_eq!(ends, [(3, None), (2, Some(NOW.plus_seconds(900)))]);
    assert_eq!(rotated.last_used_at, Some(NOW.plus_seconds(5)), "by a generation that isn't shown any more");
    for number in [3, 5] {
        assert!(matches!(rotate(fixture, &one, number, NOW).await, Err(StoreError::Stale)));
    }
    let verifiable = fixture.store.find_verifiable_key(&one.id).await.unwrap().unwrap();
    // Verification also knows what has ended, so that it answers so.
    assert_eq!(verifiable.secrets, [secret("3"), secret("2"), secret(one.id.as_str())]);
    assert_eq!(verifiable.key.generations[..2], rotated.generations);
    assert_eq!(verifiable.key.generations[2].ends_at, Some(generation(3).created_at));
    // The old one never holds longer than the key did; the key takes the new one's end.
    let short = KeyChange { expires_at: Some(Some(NOW.plus_seconds(60))), ..KeyChange::default() };
    fixture.store.update_key(&acme, &one.id, &short, &fixture.audit("key.update")).await.unwrap();
    let end = NOW.plus_seconds(7_000);
    let rotation = Rotation {
        generation: generation(4),
        secret: secret("4"),
        old_ends_at: NOW.plus_seconds(900),
        key_expires_at: Some(end),
    };
    let rotated = fixture.store.rotate_key(&acme, &one.id, &rotation, &fixture.audit("key.rotate")).await.unwrap();
    let ends: Vec<_> = rotated.generations.iter().map(|one| (one.number, one.ends_at)).collect();
    assert_eq!((rotated.expires_at, ends), (Some(end), vec![(4, Some(end)), (3, Some(NOW.plus_seconds(60)))]));
    assert_eq!(fixture.audited("key.rotate").await, 3);
    fixture.store.revoke_key(&acme, &one.id, NOW, None, &fixture.audit("key.revoke")).await.unwrap();
    assert!(matches!(rotate(fixture, &one, 5, NOW).await, Err(StoreError::Stale)));
}

pub async fn of_two_rotations_one_wins(fixture: &Fixture) {
    let (_, one) = stored(fixture).await;
    let results = join_all((0..6).map(|_| rotate(fixture, &one, 2, NOW.plus_seconds(9)))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| matches!(result, Err(StoreError::Stale))).count(), 5);
    assert_eq!(fixture.audited("key.rotate").await, 1);
}

pub async fn disabling_and_revoking_again_writes_nothing(fixture: &Fixture) {
    let (acme, one) = stored(fixture).await;
    let set = async |at| fixture.store.set_key_disabled(&acme, &one.id, at, &fixture.audit("key.disable")).await;
    assert_eq!(set(Some(NOW)).await.unwrap().unwrap().disabled_at, Some(NOW));
    let revision = fixture.store.revision().await.unwrap();
    assert_eq!(set(Some(NOW.plus_seconds(1))).await.unwrap().unwrap().disabled_at, Some(NOW));
    assert_eq!((fixture.audited("key.disable").await, fixture.store.revision().await.unwrap()), (1, revision));
    assert_eq!(set(None).await.unwrap().unwrap().disabled_at, None);
    let revoke =
        async |at, reason| fixture.store.revoke_key(&acme, &one.id, at, reason, &fixture.audit("key.revoke")).await;
    let revoked = revoke(NOW, Some("leaked")).await.unwrap();
    assert_eq!((revoked.revoked_at, revoked.revoke_reason.as_deref()), (Some(NOW), Some("leaked")));
    assert_eq!(revoke(NOW.plus_seconds(1), Some("again")).await.unwrap(), revoked);
    assert_eq!(fixture.store.find_key(&acme, &one.id).await.unwrap(), Some(revoked));
    assert_eq!(set(None).await.unwrap(), None);
    assert_eq!(fixture.audited("key.revoke").await, 1);
    let foreign = fixture.store.revoke_key(&id("other"), &one.id, NOW, None, &fixture.audit("key.revoke")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    let foreign = fixture.store.set_key_disabled(&id("other"), &one.id, None, &fixture.audit("key.disable")).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
}

// F-39
pub async fn parallel_revocations_write_one_audit_row(fixture: &Fixture) {
    let (acme, one) = stored(fixture).await;
    let before = fixture.store.revision().await.unwrap();
    let revocations = (0..10).map(|_| {
        let (store, org, id, audit) =
            (fixture.store.clone(), acme.clone(), one.id.clone(), fixture.audit("key.revoke"));
        tokio::spawn(async move { store.revoke_key(&org, &id, NOW, Some("leaked"), &audit).await.unwrap() })
    });
    for revoked in join_all(revocations).await {
        assert_eq!(revoked.unwrap().revoked_at, Some(NOW));
    }
    assert_eq!(fixture.audited("key.revoke").await, 1);
    assert_eq!(fixture.store.revision().await.unwrap(), before + 1);
}

// F-08
pub async fn hashes_upgrade_only_where_unchanged(fixture: &Fixture) {
    let (_, one) = stored(fixture).await;
    let old = hash(one.id.as_str());
    let upgrade = async |number, from: &SecretHash, to: &SecretHash| {
        fixture.store.upgrade_key_hash(&one.id, number, from, to).await.unwrap()
    };
    assert!(!upgrade(2, &old, &hash("new")).await);
    assert!(!upgrade(1, &hash("other"), &hash("new")).await);
    assert!(upgrade(1, &old, &hash("new")).await);
    assert!(!upgrade(1, &old, &hash("newer")).await);
    assert_eq!(fixture.store.find_verifiable_key(&one.id).await.unwrap().unwrap().secrets, [secret("new")]);
}

pub async fn verification_sees_holder_api_and_policy(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    let globex = fixture.org("globex", &owner).await;
    let one = key("key", &globex, &orders);
    fixture.insert_key(&one).await;
    let block = ConsumerPolicyChange { blocked_at: Some(Some(NOW)), ..ConsumerPolicyChange::default() };
    let policy = fixture.store.change_consumer_policy(&orders, &globex, &block, &fixture.audit("x")).await.unwrap();
    let found = fixture.store.find_verifiable_key(&one.id).await.unwrap().unwrap();
    assert_eq!((found.key, found.holder, found.api), (one, org("globex"), api("orders", &acme)));
    assert_eq!(found.policy, policy);
    assert!(fixture.store.find_verifiable_key(&id("none")).await.unwrap().is_none());
}
