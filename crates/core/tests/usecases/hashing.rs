use std::time::Duration;

use latchkey_core::PlainSecret;
use latchkey_core::hashing::{Checked, Hasher, SecretHash};
use latchkey_core::vault::{MasterKey, Vault};

use crate::setup::TestRandom;

fn vault(current: u8, previous: Option<u8>) -> Vault {
    Vault::new(MasterKey::from_bytes([current; 32]), previous.map(|byte| MasterKey::from_bytes([byte; 32])))
}

async fn hash(hasher: &Hasher, secret: &str, seed: u64) -> SecretHash {
    hasher.hash(&PlainSecret::new(secret.to_owned()), &TestRandom::new(seed)).await.unwrap()
}

// contract section 3: Argon2id, profile `generated`, peppered, the pepper's id in the hash, salted per secret
#[tokio::test]
async fn a_hash_says_how_it_was_made_and_nothing_else() {
    let hasher = Hasher::new(&vault(1, None));
    let phc = hash(&hasher, "secret", 1).await;
    let start = format!("$argon2id$v=19$m=1024,t=1,p=1,keyid={}$", MasterKey::from_bytes([1; 32]).id());
    assert!(phc.expose_phc().starts_with(&start), "{}", phc.expose_phc());
    assert_ne!(phc, hash(&hasher, "secret", 2).await);
    assert_eq!(format!("{phc:?}"), "SecretHash");
}

#[tokio::test]
async fn only_the_same_secret_under_the_same_pepper_is_the_same() {
    let hasher = Hasher::new(&vault(1, None));
    let phc = hash(&hasher, "secret", 1).await;
    assert_eq!(hasher.check("secret", Some(&phc)).await.unwrap(), Checked::Same);
    for other in ["", "secre", "secret ", "Secret"] {
        assert_eq!(hasher.check(other, Some(&phc)).await.unwrap(), Checked::Different, "{other}");
    }
    assert_eq!(hasher.check("secret", None).await.unwrap(), Checked::Different);

    // a pepper that says that it is another one, but has this one's id, gives another hash
    let stolen = phc.expose_phc().replace(&MasterKey::from_bytes([1; 32]).id(), &MasterKey::from_bytes([2; 32]).id());
    let elsewhere = Hasher::new(&vault(2, None));
    assert_eq!(elsewhere.check("secret", Some(&SecretHash::from_phc(stolen))).await.unwrap(), Checked::Different);
}

#[tokio::test]
async fn a_hash_under_the_pepper_before_wants_an_upgrade() {
    let phc = hash(&Hasher::new(&vault(1, None)), "secret", 1).await;
    let changing = Hasher::new(&vault(2, Some(1)));
    assert_eq!(changing.check("secret", Some(&phc)).await.unwrap(), Checked::SameButOld);
    assert_eq!(changing.check("other", Some(&phc)).await.unwrap(), Checked::Different);
    // remembered as what it is
    assert_eq!(changing.recall("secret", Some(&phc)), Some(Checked::SameButOld));
    // whose pepper is gone can't be known
    assert!(Hasher::new(&vault(2, None)).check("secret", Some(&phc)).await.is_err());
}

#[tokio::test]
async fn what_is_no_argon2id_hash_is_an_error_and_not_a_refusal() {
    let hasher = Hasher::new(&vault(1, None));
    for phc in
        ["", "plain", "$argon2i$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21l$aGFzaGhhc2hoYXNoaGFzaA", "$argon2id$v=19$m=1024"]
    {
        assert!(hasher.check("plain", Some(&SecretHash::from_phc(phc.to_owned()))).await.is_err(), "{phc}");
    }
}

// a success is remembered for this very hash; a failure never
#[tokio::test]
async fn only_successes_are_remembered() {
    let hasher = Hasher::new(&vault(1, None));
    let phc = hash(&hasher, "secret", 1).await;
    let other = hash(&hasher, "secret", 2).await;
    assert_eq!(hasher.recall("secret", Some(&phc)), None);
    hasher.check("wrong", Some(&phc)).await.unwrap();
    hasher.check("secret", Some(&phc)).await.unwrap();
    assert_eq!(hasher.recall("secret", Some(&phc)), Some(Checked::Same));
    assert_eq!(hasher.recall("wrong", Some(&phc)), None);
    assert_eq!(hasher.recall("secret", Some(&other)), None);
    assert_eq!(hasher.recall("secret", None), None);
}

// F-23: whoever goes away lets no other wait for ever
#[tokio::test]
async fn callers_that_go_away_give_their_turns_back() {
    let hasher = Hasher::new(&vault(1, None));
    for _ in 0..200 {
        let gone = tokio::time::timeout(Duration::ZERO, hasher.check("x", None)).await;
        assert!(gone.is_err() || gone.unwrap().unwrap() == Checked::Different);
    }
    let phc = hash(&hasher, "secret", 1).await;
    assert_eq!(hasher.check("secret", Some(&phc)).await.unwrap(), Checked::Same);
}

// F-23: what comes in faster than it can be hashed is refused, not queued without end
#[tokio::test]
async fn too_many_at_once_are_unavailable() {
    let hasher = std::sync::Arc::new(Hasher::new(&vault(1, None)));
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..2000 {
        let hasher = std::sync::Arc::clone(&hasher);
        waiting.spawn(async move { hasher.check("x", None).await });
    }
    let results = waiting.join_all().await;
    let refused = results.iter().filter(|result| matches!(result, Err(latchkey_core::Error::Unavailable(_)))).count();
    let checked = results.iter().filter(|result| matches!(result, Ok(Checked::Different))).count();
    assert!(refused > 0 && checked > 0 && refused + checked == 2000, "{refused} refused, {checked} checked");
    assert!(hasher.check("x", None).await.is_ok());
}

#[test]
fn each_purpose_has_its_own_mac() {
    let hasher = Hasher::new(&vault(1, None));
    assert_eq!(hasher.mac("invitation", "x"), hasher.mac("invitation", "x"));
    assert_ne!(hasher.mac("invitation", "x"), hasher.mac("session", "x"));
    assert_ne!(hasher.mac("invitation", "x"), hasher.mac("invitation", "y"));
    assert_ne!(hasher.mac("invitation", "x"), Hasher::new(&vault(2, None)).mac("invitation", "x"));
    assert_eq!(hasher.previous_mac("invitation", "x"), None);
    assert_eq!(Hasher::new(&vault(2, Some(1))).previous_mac("invitation", "x"), Some(hasher.mac("invitation", "x")));
}

// contract section 3: the profile `imported`; a hash that cost less is upgraded
#[tokio::test]
async fn imported_secrets_have_a_profile_of_their_own() {
    let hasher = Hasher::new(&vault(1, None));
    let secret = PlainSecret::new("old-gateway-4711".to_owned());
    let phc = hasher.hash_imported(&secret, &TestRandom::new(1)).await.unwrap();
    assert!(phc.expose_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1,"), "{}", phc.expose_phc());
    assert_eq!(hasher.check_imported("old-gateway-4711", &phc).await.unwrap(), Checked::Same);
    assert_eq!(hasher.check_imported("old-gateway-4712", &phc).await.unwrap(), Checked::Different);
    let cheap = hash(&hasher, "old-gateway-4711", 1).await;
    assert_eq!(hasher.check_imported("old-gateway-4711", &cheap).await.unwrap(), Checked::SameButOld);
}

// rows are found by it: another value would orphan every imported key
#[test]
fn the_index_of_a_secret_stays_what_it_is() {
    let hasher = Hasher::new(&vault(7, None));
    // worked out with Python: hmac and hashlib, HKDF with a salt of 32 zero bytes and the info "latchkey/1/mac/imported-key"
    let expected = "a448cb6c305cb732408219e2971ce04c0a9b29e18246979232c27ab130f9bc9e";
    let index = hasher.index("old-gateway-4711");
    let hex = index.as_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    assert_eq!((hex.as_str(), format!("{index:?}").as_str()), (expected, "SecretIndex"));
    assert_eq!(hasher.previous_index("old-gateway-4711"), None);
    assert_eq!(Hasher::new(&vault(8, Some(7))).previous_index("old-gateway-4711"), Some(index));
    assert_ne!(Hasher::new(&vault(8, Some(7))).index("old-gateway-4711"), index);
}
