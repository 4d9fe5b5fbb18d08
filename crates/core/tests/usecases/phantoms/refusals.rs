//! Calls that get none, and how all of them are counted.

use latchkey_core::Error;
use latchkey_core::apis::Visibility;
use latchkey_core::keys::{self, NewKey};
use latchkey_core::verify::{self, ForwardError, VerifyRequest};
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Outcome, Role};

use super::Scene;

#[tokio::test]
async fn a_refusal_has_none_and_says_the_same_as_verification() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    let scopes = ["write".to_owned()];
    let asked = VerifyRequest { credential: key.secret.expose(), scopes: &scopes, ..VerifyRequest::default() };
    let refused = verify::forward(scene.core(), &scene.verification_key, &asked).await.unwrap();
    assert_eq!((refused.answer.code, refused.phantom.is_none()), (Outcome::InsufficientScope, true));
    assert_eq!(refused.answer.missing_scopes, ["write"]);
    for (credential, code) in
        [("", Outcome::Malformed), ("lk_live_x", Outcome::Malformed), ("a.b.c", Outcome::Malformed)]
    {
        let refused = scene.forward(credential).await;
        assert_eq!((refused.answer.code, refused.phantom.is_none()), (code, true), "{credential}");
    }
    let foreign = scene.world.api(&scene.world.globex, "weather", Visibility::Public, &[]).await;
    let developer = scene.world.acme(Role::Developer);
    let new = NewKey {
        kind: CredentialKind::ApiKey,
        name: "other".to_owned(),
        api: foreign.id.to_string(),
        ..NewKey::default()
    };
    let other = keys::create(scene.core(), &developer, "acme", new).await.unwrap();
    assert_eq!(scene.forward(other.secret.expose()).await.answer.code, Outcome::NotFound);
}

// contract section 10, "Gateways"
#[tokio::test]
async fn the_gateways_own_key_is_told_apart() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    let asked = VerifyRequest { credential: key.secret.expose(), ..VerifyRequest::default() };
    let id = scene.verification_key.split('_').nth(2).unwrap().to_owned();
    let wrong = |number| compose("lk", SecretKind::Verify, &id, &[number; 32]);
    for bad in ["", "x", key.secret.expose(), &wrong(0)] {
        let refused = verify::forward(scene.core(), bad, &asked).await;
        assert!(matches!(refused, Err(ForwardError::BadVerificationKey)), "{bad}");
    }
    // guessing it is slowed down, and isn't the caller's fault either
    for number in 1..10 {
        let refused = verify::forward(scene.core(), &wrong(number), &asked).await;
        assert!(matches!(refused, Err(ForwardError::BadVerificationKey)));
    }
    let slowed = verify::forward(scene.core(), &wrong(10), &asked).await;
    assert!(matches!(slowed, Err(ForwardError::Other(Error::Unavailable(_)))));
}

// contract section 10, "Management": forward-auth counts too
#[tokio::test]
async fn usage_counts_it() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    scene.phantom(key.secret.expose()).await;
    scene.phantom(key.secret.expose()).await;
    let used = scene.world.used(0).await;
    assert_eq!(used, [(key.key.id.to_string(), Outcome::Valid, 2)], "and no token was issued");
}
