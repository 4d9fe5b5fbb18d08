use futures::future::join_all;
use latchkey_core::hashing::SecretIndex;
use latchkey_core::keys::{GenerationSecret, ImportedKey, Key};
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, OrgId};

use crate::fixture::{Fixture, NOW, hash, id, key, page, verification_key};

fn index(name: &str) -> SecretIndex {
    let mut bytes = [0xA5; 32];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    SecretIndex::from_bytes(bytes)
}

/// A key whose hash and index have its name in them.
fn imported(fixture: &Fixture, name: &str, org: &OrgId, api: &ApiId) -> ImportedKey {
    let mut key = key(name, org, api);
    key.generations[0].imported = true;
    ImportedKey { key, hash: hash(name), index: index(name), audit: fixture.audit("key.import") }
}

fn proof(hash_of: &str, index_of: &str) -> GenerationSecret {
    GenerationSecret::Imported { hash: hash(hash_of), index: index(index_of) }
}

async fn has_imported_keys(fixture: &Fixture, name: &str) -> bool {
    let row = fixture.store.find_verification_key(&id(name)).await.unwrap().unwrap();
    assert_eq!(fixture.store.has_imported_keys(&row.api.id).await.unwrap(), row.has_imported_keys);
    row.has_imported_keys
}

pub async fn imported_keys_are_found_by_their_index(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let keys = [imported(fixture, "one", &acme, &orders), imported(fixture, "two", &acme, &orders)];
    fixture.store.import_keys(&keys).await.unwrap();
    assert_eq!(fixture.audited("key.import").await, 2);
    for ImportedKey { key, .. } in &keys {
        let found = fixture.store.find_imported_key(&index(key.id.random_part().trim_start_matches('0'))).await;
        let found = found.unwrap().unwrap();
        let name = key.id.random_part().trim_start_matches('0');
        assert_eq!((&found.key, found.secrets), (key, vec![proof(name, name)]));
        assert_eq!(fixture.store.find_key(&acme, &key.id).await.unwrap().as_ref(), Some(key));
        assert_eq!(fixture.store.find_verifiable_key(&key.id).await.unwrap().unwrap().key, *key);
    }
    let filter = latchkey_core::keys::KeyFilter::default();
    let listed: Vec<Key> = fixture.store.list_keys(&acme, &filter, &page(9)).await.unwrap().items;
    assert!(listed.len() == 2 && listed.iter().all(|key| key.generations[0].imported));
    assert!(fixture.store.find_imported_key(&index("none")).await.unwrap().is_none());
    let mut known = fixture.store.known_indexes(&[index("two"), index("none"), index("one")]).await.unwrap();
    known.sort_by_key(|index| *index.as_bytes());
    assert_eq!(known, [index("one"), index("two")]);
    assert_eq!(fixture.store.known_indexes(&[]).await.unwrap(), []);
}

pub async fn an_import_is_all_or_nothing(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    fixture.store.import_keys(&[imported(fixture, "one", &acme, &orders)]).await.unwrap();
    // revoked or not, an index is taken for good
    fixture.store.revoke_key(&acme, &id("one"), NOW, None, &fixture.audit("key.revoke")).await.unwrap();
    let revision = fixture.store.revision().await.unwrap();
    let mut again = imported(fixture, "again", &acme, &orders);
    again.index = index("one");
    let taken = fixture.store.import_keys(&[imported(fixture, "two", &acme, &orders), again]).await;
    assert!(matches!(taken, Err(StoreError::Taken("imported_index"))), "{taken:?}");
    let nowhere = [imported(fixture, "two", &acme, &orders), imported(fixture, "three", &acme, &id("none"))];
    assert!(matches!(fixture.store.import_keys(&nowhere).await, Err(StoreError::NotFound)));
    assert!(fixture.store.find_key(&acme, &id("two")).await.unwrap().is_none());
    assert_eq!((fixture.audited("key.import").await, fixture.store.revision().await.unwrap()), (1, revision));
}

// F-11: who remembers a verification key looks again when its API gets its first imported key, and only then
pub async fn the_first_import_is_a_change_of_the_api(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let billing = fixture.api("billing", &acme).await;
    for (name, api) in [("gate", &orders), ("desk", &billing)] {
        let new = verification_key(name, api);
        fixture.store.insert_verification_key(&new, &fixture.audit("verification_key.create")).await.unwrap();
    }
    assert!(!has_imported_keys(fixture, "gate").await);
    let changes = async |name: &str| {
        let before = fixture.store.revision().await.unwrap();
        fixture.store.import_keys(&[imported(fixture, name, &acme, &orders)]).await.unwrap();
        let changes = fixture.store.changes_after(before, 99).await.unwrap();
        changes.into_iter().map(|change| change.subject).collect::<Vec<_>>()
    };
    assert_eq!(changes("one").await, [orders.to_string(), key("one", &acme, &orders).id.to_string()]);
    assert!(has_imported_keys(fixture, "gate").await && !has_imported_keys(fixture, "desk").await);
    assert_eq!(changes("two").await, [key("two", &acme, &orders).id.to_string()]);
}

pub async fn hash_and_index_move_together(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let one = imported(fixture, "one", &acme, &orders);
    fixture.store.import_keys(std::slice::from_ref(&one)).await.unwrap();
    fixture.insert_key(&key("own", &acme, &orders)).await;
    let upgrade = async |name: &str, number, from: &str, to: &str| {
        let store = &fixture.store;
        store.upgrade_imported_hash(&id(name), number, &hash(from), &hash(to), &index(to)).await.unwrap()
    };
    assert!(!upgrade("one", 2, "one", "new").await);
    assert!(!upgrade("one", 1, "other", "new").await);
    assert!(!upgrade("own", 1, key("own", &acme, &orders).id.as_str(), "new").await, "no imported secret");
    assert!(upgrade("one", 1, "one", "new").await);
    assert!(!upgrade("one", 1, "one", "newer").await);
    assert!(fixture.store.find_imported_key(&index("one")).await.unwrap().is_none());
    let found = fixture.store.find_imported_key(&index("new")).await.unwrap().unwrap();
    assert_eq!((found.key, found.secrets), (one.key, vec![proof("new", "new")]));
}

// of several calls at once with the same secret one wins, whatever the order of their APIs
pub async fn of_parallel_imports_one_wins(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let billing = fixture.api("billing", &acme).await;
    let imports = (0..6).map(|number| {
        let (first, second) = if number % 2 == 0 { (&orders, &billing) } else { (&billing, &orders) };
        let mut same = imported(fixture, &format!("same{number}"), &acme, second);
        same.index = index("same");
        let keys = [imported(fixture, &format!("own{number}"), &acme, first), same];
        let store = fixture.store.clone();
        tokio::spawn(async move { store.import_keys(&keys).await })
    });
    let results: Vec<_> = join_all(imports).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    let taken = |result: &&Result<(), StoreError>| matches!(result, Err(StoreError::Taken("imported_index")));
    assert_eq!(results.iter().filter(taken).count(), 5, "{results:?}");
    assert_eq!(fixture.audited("key.import").await, 2);
}
