use futures::future::join_all;
use latchkey_core::keys::GenerationSecret;
use latchkey_core::ports::ResealedKey;
use latchkey_core::signing::{SigningAlg, SigningKeyRow, SigningKeyState};
use latchkey_core::vault::Sealed;
use latchkey_types::CredentialKind;

use crate::fixture::{Fixture, NOW, key};

fn row(kid: &str, state: SigningKeyState) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        alg: SigningAlg::EdDsa,
        state,
        public: vec![3; 32],
        sealed: vec![1, 0, 255],
        sealed_by: "m1".to_owned(),
        created_at: NOW,
        activated_at: (state == SigningKeyState::Active).then_some(NOW),
        retired_at: None,
        revoked_at: None,
    }
}

async fn begin(fixture: &Fixture) {
    let (active, next) = (row("a", SigningKeyState::Active), row("b", SigningKeyState::Next));
    assert!(fixture.store.insert_first_signing_keys(&active, &next, &fixture.audit("signing.create")).await.unwrap());
}

async fn states(fixture: &Fixture) -> Vec<(String, SigningKeyState)> {
    fixture.store.list_signing_keys().await.unwrap().into_iter().map(|row| (row.kid, row.state)).collect()
}

// F-18
pub async fn the_first_keys_are_inserted_once(fixture: &Fixture) {
    let starts = (0..8).map(|number| {
        let (store, audit) = (fixture.store.clone(), fixture.audit("signing.create"));
        let (active, next) =
            (row(&format!("a{number}"), SigningKeyState::Active), row(&format!("n{number}"), SigningKeyState::Next));
        tokio::spawn(async move { store.insert_first_signing_keys(&active, &next, &audit).await.unwrap() })
    });
    let first = join_all(starts).await.into_iter().filter(|first| *first.as_ref().unwrap()).count();
    let keys = fixture.store.list_signing_keys().await.unwrap();
    assert_eq!((first, keys.len(), fixture.audited("signing.create").await), (1, 2, 1));
    assert!(keys.contains(&row(&keys[0].kid, SigningKeyState::Active)));
}

pub async fn rotation_and_revocation(fixture: &Fixture) {
    use SigningKeyState::{Active, Next, Retired, Revoked};
    begin(fixture).await;
    let store = &fixture.store;
    let rotate = async |active, next, new: &str, revoke| {
        store
            .rotate_signing_keys(active, next, &row(new, Next), NOW, revoke, &fixture.audit("signing.rotate"))
            .await
            .unwrap()
    };
    assert!(!rotate("b", "a", "c", false).await);
    assert!(rotate("a", "b", "c", false).await);
    assert_eq!(states(fixture).await, [("a".into(), Retired), ("b".into(), Active), ("c".into(), Next)]);
    assert!(rotate("b", "c", "d", true).await);
    assert_eq!(fixture.audited("signing.rotate").await, 2);
    let rows = store.list_signing_keys().await.unwrap();
    assert_eq!((rows[1].state, rows[1].revoked_at, rows[2].activated_at), (Revoked, Some(NOW), Some(NOW)));
    let revoke = async |kid, new: Option<&SigningKeyRow>| {
        store.revoke_signing_key(kid, new, NOW, &fixture.audit("signing.revoke")).await.unwrap()
    };
    assert!(!revoke("c", None).await);
    assert!(!revoke("none", None).await);
    assert!(revoke("a", None).await);
    assert!(revoke("d", Some(&row("e", Next))).await);
    let seen = states(fixture).await;
    assert_eq!(seen[3..], [("d".into(), Revoked), ("e".into(), Next)]);
    assert!(store.delete_signing_key("c", &fixture.audit("signing.delete")).await.is_err());
    store.delete_signing_key("a", &fixture.audit("signing.delete")).await.unwrap();
    assert_eq!((states(fixture).await.len(), fixture.audited("signing.delete").await), (4, 1));
}

// contract section 5: a pair of each algorithm
pub async fn each_algorithm_has_its_pair(fixture: &Fixture) {
    use SigningKeyState::{Active, Next};
    begin(fixture).await;
    let of = |alg, kid, state| SigningKeyRow { alg, public: vec![3; 91], ..row(kid, state) };
    let es256 = |kid, state| of(SigningAlg::Es256, kid, state);
    let store = &fixture.store;
    let insert = async |active: &SigningKeyRow, next: &SigningKeyRow| {
        store.insert_first_signing_keys(active, next, &fixture.audit("signing.create")).await.unwrap()
    };
    assert!(insert(&es256("e1", Active), &es256("e2", Next)).await);
    assert!(!insert(&es256("e3", Active), &es256("e4", Next)).await, "once");
    assert!(insert(&of(SigningAlg::Rs256, "r1", Active), &of(SigningAlg::Rs256, "r2", Next)).await);
    let rotate = async |active, next, new: &SigningKeyRow| {
        store.rotate_signing_keys(active, next, new, NOW, false, &fixture.audit("signing.rotate")).await
    };
    assert!(rotate("e1", "e2", &es256("e5", Next)).await.unwrap());
    assert!(!matches!(rotate("a", "r2", &row("c", Next)).await, Ok(true)), "never two active ones of an algorithm");
    let rows = store.list_signing_keys().await.unwrap();
    let active: Vec<_> = rows.iter().filter(|row| row.state == Active).map(|row| (row.alg, row.kid.as_str())).collect();
    assert_eq!(active, [(SigningAlg::EdDsa, "a"), (SigningAlg::Es256, "e2"), (SigningAlg::Rs256, "r1")]);
    assert!(rows.contains(&es256("e5", Next)));
}

// F-18
pub async fn of_two_rotations_one_wins(fixture: &Fixture) {
    begin(fixture).await;
    let rotations = (0..6).map(|number| {
        let (store, audit) = (fixture.store.clone(), fixture.audit("signing.rotate"));
        let new = row(&format!("n{number}"), SigningKeyState::Next);
        tokio::spawn(async move { store.rotate_signing_keys("a", "b", &new, NOW, false, &audit).await.unwrap() })
    });
    let won = join_all(rotations).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
    assert_eq!((won, states(fixture).await.len()), (1, 3));
}

pub async fn resealing_and_expiry(fixture: &Fixture) {
    begin(fixture).await;
    let store = &fixture.store;
    // F-39: all or none, and with a row of the audit log
    let after = || Sealed { bytes: vec![8], by: "m2".to_owned() };
    let resealed =
        |kid: &str, before: &[u8]| ResealedKey { kid: kid.to_owned(), before: before.to_vec(), after: after() };
    let rotate = || fixture.audit("master_key.rotate");
    let some_stale = [resealed("a", &[1, 0, 255]), resealed("b", &[9])];
    assert!(!store.reseal_signing_keys(&some_stale, &rotate()).await.unwrap());
    assert_eq!(store.list_signing_keys().await.unwrap()[0].sealed, [1, 0, 255]);
    assert_eq!(fixture.audited("master_key.rotate").await, 0);
    assert!(store.reseal_signing_keys(&[resealed("a", &[1, 0, 255])], &rotate()).await.unwrap());
    assert_eq!(fixture.audited("master_key.rotate").await, 1);
    let resealed = store.list_signing_keys().await.unwrap().remove(0);
    assert_eq!((resealed.sealed, resealed.sealed_by.as_str()), (vec![8], "m2"));
    let (acme, orders) = fixture.acme().await;
    assert_eq!(store.last_jwt_key_expiry("a").await.unwrap(), None);
    for (name, seconds) in [("one", 60), ("two", 90)] {
        let mut one = key(name, &acme, &orders);
        (one.kind, one.expires_at) = (CredentialKind::JwtKey, Some(NOW.plus_seconds(seconds)));
        one.generations[0].jti = Some(name.to_owned());
        let signed = GenerationSecret::SignedBy("a".to_owned());
        store.insert_key(&one, &signed, &fixture.audit("key.create")).await.unwrap();
    }
    assert_eq!(store.last_jwt_key_expiry("a").await.unwrap(), Some(NOW.plus_seconds(90)));
}
