//! What an access token looks like, and whose state it takes.

use latchkey_core::apis::{self, ApiPatch, TokenFormat};
use latchkey_core::oauth::{self, IntrospectionForm, Introspector};
use latchkey_core::ports::TokenStore;
use latchkey_core::signing::{self, SigningAlg};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify;
use latchkey_core::{PlainSecret, apps};
use latchkey_jose::CompactJws;
use latchkey_types::secret::{SecretKind, compose, parse};
use latchkey_types::{CredentialKind, Outcome, Role};

use super::{Scene, ask, inactive, json_of, verification_key};
use crate::setup::{MASTER_KEY, START, operator};

// contract section 5: an API's tokens, JWT keys too, are signed with the algorithm that it chose
#[tokio::test]
async fn tokens_are_signed_with_the_algorithm_of_the_api() {
    let scene = Scene::new(TokenFormat::Jwt, SigningAlg::Es256).await;
    for jwt in [scene.token().await, scene.key(CredentialKind::JwtKey).await.1] {
        assert_eq!(CompactJws::parse(&jwt).unwrap().header().alg(), "ES256");
        assert_eq!(scene.ask(&jwt).await.code, Outcome::Valid);
        assert_eq!(scene.introspect(&jwt).await["active"], true);
    }
    // what was signed before the API chose another one goes on to hold
    let before = scene.token().await;
    let patch = ApiPatch { signing_alg: Some(SigningAlg::EdDsa), ..ApiPatch::default() };
    apis::update(scene.core(), &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await.unwrap();
    assert_eq!(CompactJws::parse(&scene.token().await).unwrap().header().alg(), "EdDSA");
    assert_eq!(scene.ask(&before).await.code, Outcome::Valid);
    // F-18: the key that signed it is revoked
    let kid = CompactJws::parse(&before).unwrap().header().kid().unwrap().to_owned();
    signing::revoke(scene.core(), &operator(), &kid).await.unwrap();
    assert_eq!(scene.ask(&before).await.code, Outcome::BadSignature);
}

// contract sections 3 and 4; F-19: no dump holds the token
#[tokio::test]
async fn an_opaque_token_says_nothing_and_is_kept_as_a_mac() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    let parsed = parse("lk", &token).unwrap();
    assert_eq!(parsed.kind, SecretKind::AccessToken);
    let row =
        scene.world.store.find_access_token(&format!("at_{}", parsed.id).parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(row.mac, scene.core().hasher.mac("access-token", &token));
    assert!(!format!("{row:?} {}", scene.world.audit_text().await).contains(&token[token.len() - 49..]));
    for _ in 0..2 {
        let verified = scene.ask(&token).await.valid.unwrap();
        assert_eq!((verified.id.as_str(), verified.kind), (row.id.as_str(), CredentialKind::AccessToken));
        assert_eq!(verified.subject, scene.made.app.id.as_str());
        assert_eq!((verified.scopes.to_string().as_str(), verified.expires_at), ("read write", Some(row.claims.exp)));
    }
    // the right id with another secret, and an id that nobody has
    for id in [parsed.id, "0000000000000000"] {
        let forged = compose("lk", SecretKind::AccessToken, id, &[1; 32]);
        assert_eq!(scene.ask(&forged).await.code, Outcome::NotFound);
    }
    scene.world.clock.advance(300);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.ask(&token).await.code, Outcome::Expired);
    scene.core().store.delete_expired_tokens(START.plus_seconds(300)).await.unwrap();
}

// contract section 4: for another API an opaque token is NOT_FOUND, a JWT of ours WRONG_AUDIENCE
#[tokio::test]
async fn another_api_does_not_know_the_token() {
    for (format, expected) in [(TokenFormat::Opaque, Outcome::NotFound), (TokenFormat::Jwt, Outcome::WrongAudience)] {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let token = scene.token().await;
        let other = scene.world.private_api(&scene.world.acme, "bills", &[]).await;
        let other_key = verification_key(&scene.world, &other).await;
        for _ in 0..2 {
            let answer = ask(scene.core(), &other_key, &token).await;
            assert_eq!((answer.code, answer.id), (expected, None));
            // the second time it is remembered
            assert_eq!(scene.ask(&token).await.code, Outcome::Valid);
        }
        let mut asking = scene.by_api(&token, IntrospectionForm::Json);
        let verification_key = PlainSecret::new(other_key);
        asking.caller = Some(Introspector::Api { id: None, verification_key });
        assert_eq!(json_of(oauth::introspect(scene.core(), &asking).await.unwrap()), inactive(), "F5");
    }
}

// contract section 10: a token takes the state of its app, at once
#[tokio::test]
async fn a_token_takes_the_state_of_its_app() {
    for format in TokenFormat::ALL {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let (token, caller) = (scene.token().await, scene.world.acme(Role::Developer));
        assert_eq!(scene.ask(&token).await.code, Outcome::Valid);
        apps::disable(scene.core(), &caller, "acme", &scene.made.app.id).await.unwrap();
        assert_eq!(scene.ask(&token).await.code, Outcome::Disabled);
        assert_eq!(scene.introspect(&token).await, inactive(), "F4");
        apps::enable(scene.core(), &caller, "acme", &scene.made.app.id).await.unwrap();
        assert_eq!(scene.ask(&token).await.code, Outcome::Valid);
        scene.world.suspend(&scene.world.acme).await;
        assert!(scene.revoke(&token, &scene.made).await.is_err());
    }
}

// contract section 2: opaque tokens outlive the change of the master key
#[tokio::test]
async fn an_opaque_token_holds_while_the_master_key_is_changed() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    let changing = Vault::new(MasterKey::from_bytes([8; 32]), Some(MasterKey::from_bytes(MASTER_KEY)));
    let replica = scene.world.replica(2, changing);
    verify::follow(&replica).await.unwrap();
    assert_eq!(ask(&replica, &scene.verification_key, &token).await.code, Outcome::Valid);
}
