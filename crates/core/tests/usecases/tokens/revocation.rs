//! Revocation (RFC 7009).

use latchkey_core::PlainSecret;
use latchkey_core::apis::TokenFormat;
use latchkey_core::oauth::{self, RevocationRequest, TokenError};
use latchkey_core::ports::TokenStore;
use latchkey_core::signing::SigningAlg;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify;
use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{CredentialKind, Outcome};

use super::{Scene, ask, claims, client, inactive};
use crate::apps::{create, grant};
use crate::setup::MASTER_KEY;

// G1, G2, G5
#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_elsewhere() {
    for format in TokenFormat::ALL {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let replica = scene.world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
        verify::follow(&replica).await.unwrap();
        let (token, spared) = (scene.token().await, scene.token().await);
        for core in [scene.core(), &replica] {
            assert_eq!(ask(core, &scene.verification_key, &token).await.code, Outcome::Valid);
        }
        // another client's token, or a key
        let other = create(&scene.world, vec![grant(&scene.api.audience, &["read"])]).await.unwrap();
        assert!(matches!(scene.revoke(&token, &other).await, Err(TokenError::UnauthorizedClient(_))));
        assert_eq!(scene.ask(&token).await.code, Outcome::Valid);

        scene.revoke(&token, &scene.made).await.unwrap();
        scene.revoke(&token, &scene.made).await.unwrap();
        verify::follow(&replica).await.unwrap();
        for core in [scene.core(), &replica] {
            assert_eq!(ask(core, &scene.verification_key, &token).await.code, Outcome::Revoked);
            assert_eq!(ask(core, &scene.verification_key, &spared).await.code, Outcome::Valid);
        }
        assert_eq!(scene.introspect(&token).await, inactive());
        // F-39: once, by the client
        let jti = scene.ask(&token).await.id.unwrap();
        let rows = scene.world.audit_rows(Some(&scene.world.acme.id), &jti).await;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].action.as_str(), rows[0].actor_kind.as_str()), ("token.revoke", "app"));
        assert_eq!(rows[0].actor_id.as_deref(), Some(scene.made.app.id.as_str()));
    }
}

// G2, G4
#[tokio::test]
async fn what_is_no_live_token_of_the_client() {
    let scene = Scene::new(TokenFormat::Jwt, SigningAlg::EdDsa).await;
    let unknown = compose("lk", SecretKind::AccessToken, "0000000000000000", &[1; 32]);
    for dead in ["x", "a.b.c", "", "lk_at_x", unknown.as_str()] {
        assert!(scene.revoke(dead, &scene.made).await.is_ok(), "{dead}");
    }
    let (_, jwt_key) = scene.key(CredentialKind::JwtKey).await;
    assert!(matches!(scene.revoke(&jwt_key, &scene.made).await, Err(TokenError::UnauthorizedClient(_))));
    assert_eq!(scene.ask(&jwt_key).await.code, Outcome::Valid);
    let (_, api_key) = scene.key(CredentialKind::ApiKey).await;
    for secret in [api_key.as_str(), &scene.verification_key, scene.made.client_secret.expose()] {
        assert!(matches!(scene.revoke(secret, &scene.made).await, Err(TokenError::UnsupportedTokenType)));
    }
    assert_eq!(scene.ask(&api_key).await.code, Outcome::Valid);
    let token = scene.token().await;
    scene.world.clock.advance(300);
    scene.revoke(&token, &scene.made).await.unwrap();
    let expired = claims(scene.core(), &token).await;
    assert!(!scene.world.store.is_token_revoked(&expired.jti).await.unwrap(), "over already: nothing to remember");
    let nobody = RevocationRequest { token: Some(PlainSecret::new(token)), client: None, ip: None };
    assert!(matches!(oauth::revoke(scene.core(), &nobody).await, Err(TokenError::InvalidClient)));
    let nothing = RevocationRequest { token: None, client: Some(client(&scene.made)), ip: None };
    assert!(matches!(oauth::revoke(scene.core(), &nothing).await, Err(TokenError::InvalidRequest(_))));
}
