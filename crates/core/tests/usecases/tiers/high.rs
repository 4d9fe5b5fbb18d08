//! What the tier `high` demands on top.

use latchkey_core::apps::{self, AppPatch, RepeatedRequest, TokenBinding};
use latchkey_core::keys::{self, CreatedKey, GenerationSecret};
use latchkey_core::oauth::{self, TokenRequest};
use latchkey_core::ports::{AppStore, KeyStore};
use latchkey_core::tiers::SecurityTier;
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_types::{CredentialKind, Outcome, Role};
use serde_json::json;

use super::{Pair, Scene, bound, code, new_key, proof, verification_key};
use crate::jwt_bearer::{assertion, request as by_assertion};
use crate::oauth::{request, word};
use crate::prover::{Prover, ath};
use crate::service_accounts::created as created_account;
use crate::setup::START;

#[tokio::test]
async fn in_high_every_token_is_bound() {
    let scene = Scene::new().await;
    let core = scene.core();
    let (loose, tight) = (scene.app(TokenBinding::None).await, scene.app(TokenBinding::Dpop).await);
    let bearer = oauth::token(core, request(&loose)).await.unwrap();
    assert_eq!(scene.code(bearer.access_token.expose()).await, Outcome::Valid);
    let account = created_account(&scene.world, &[Role::Developer]).await;
    scene.take(SecurityTier::High).await;
    assert_eq!(scene.code(bearer.access_token.expose()).await, Outcome::Disabled);
    assert_eq!(word(&oauth::token(core, request(&loose)).await), "invalid_request");
    let signed = assertion(account.as_str(), "a", START);
    let unbound = by_assertion(&signed, &scene.api.audience);
    assert_eq!(word(&oauth::token(core, unbound.clone()).await), "invalid_request");
    let again = by_assertion(&assertion(account.as_str(), "b", START), &scene.api.audience);
    let of_account = TokenRequest { dpop: Some(proof(core, "account")), ..again };
    assert_eq!(word(&oauth::token(core, of_account).await), "issued");
    // the management API's own tokens are exempt
    let managing = by_assertion(&assertion(account.as_str(), "c", START), "https://portal.example/api/v1");
    assert_eq!(word(&oauth::token(core, managing).await), "issued");
    for (number, made) in [&loose, &tight].into_iter().enumerate() {
        let token = bound(core, made, &format!("app{number}")).await;
        let text = token.access_token.expose();
        let (method, url) = ("GET", "https://orders.example/orders");
        let now = core.clock.now().as_seconds();
        let claims = json!({ "jti": "use", "htm": method, "htu": url, "iat": now, "ath": ath(text) });
        let shown = Prover::new(1).prove(&claims);
        let dpop = Some(verify::ShownProof { proof: &shown, method, url });
        let asked = VerifyRequest { credential: text, dpop, ..VerifyRequest::default() };
        // each proof is used once
        if number == 0 {
            assert_eq!(verify::verify(core, &scene.verification_key, &asked).await.unwrap().code, Outcome::Valid);
        } else {
            assert_eq!(scene.code(text).await, Outcome::BadSignature, "without its proof");
        }
    }
}

// contract section 3: a hash of an older profile still verifies; a use upgrades it
#[tokio::test]
async fn in_high_secrets_are_hashed_at_a_higher_cost() {
    let scene = Scene::new().await;
    let core = scene.core();
    let before = scene.key(CredentialKind::ApiKey, Some(30)).await;
    let app = scene.app(TokenBinding::Dpop).await;
    let phc_of_key = async |key: &CreatedKey| {
        let row = scene.world.store.find_verifiable_key(&key.key.id).await.unwrap().unwrap();
        match &row.secrets[0] {
            GenerationSecret::Hash(hash) => hash.expose_phc().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let phc_of_app = async || {
        let row = scene.world.store.find_verifiable_app(&app.app.id).await.unwrap().unwrap();
        row.secrets[0].hash.expose_phc().to_owned()
    };
    let (cheap, costly) = ("m=1024,t=1,p=1", "m=19456,t=2,p=1");
    assert!(phc_of_key(&before).await.contains(cheap));
    assert_eq!(scene.code(before.secret.expose()).await, Outcome::Valid);
    bound(core, &app, "before").await;
    scene.take(SecurityTier::High).await;
    let after = scene.key(CredentialKind::ApiKey, None).await;
    assert!(phc_of_key(&after).await.contains(costly));
    assert_eq!(scene.code(after.secret.expose()).await, Outcome::Valid);
    assert!(phc_of_key(&before).await.contains(cheap), "not used since");
    assert_eq!(scene.code(before.secret.expose()).await, Outcome::Valid);
    assert!(phc_of_key(&before).await.contains(costly));
    bound(core, &app, "after").await;
    assert!(phc_of_app().await.contains(costly));
    let wrong = latchkey_types::secret::compose(
        "lk",
        latchkey_types::secret::SecretKind::Live,
        before.key.id.random_part(),
        &[9; 32],
    );
    assert_eq!(scene.code(&wrong).await, Outcome::NotFound);
}

// F-11: the memory of another replica, which hasn't looked at the change log since, is believed for a moment; not in high
#[tokio::test]
async fn in_high_nothing_is_answered_from_a_stale_memory() {
    for (tier, stale) in [(SecurityTier::Medium, Outcome::Valid), (SecurityTier::High, Outcome::Revoked)] {
        let Pair { scene, other, _folder } = Pair::new().await;
        scene.take(tier).await;
        verify::follow(&other).await.unwrap();
        let key = scene.key(CredentialKind::ApiKey, Some(30)).await;
        for _ in 0..2 {
            assert_eq!(code(&other, &scene.verification_key, key.secret.expose()).await, Outcome::Valid);
        }
        keys::revoke(scene.core(), &scene.developer(), "acme", &key.key.id, None).await.unwrap();
        assert_eq!(code(&other, &scene.verification_key, key.secret.expose()).await, stale, "{tier:?}");
        verify::follow(&other).await.unwrap();
        assert_eq!(code(&other, &scene.verification_key, key.secret.expose()).await, Outcome::Revoked);
    }
}

// the holder is high, the API's owner isn't: the credential itself wants the look
#[tokio::test]
async fn a_holder_in_high_is_never_answered_for_from_a_stale_memory() {
    for (tier, stale) in [(SecurityTier::Medium, Outcome::Valid), (SecurityTier::High, Outcome::Disabled)] {
        let Pair { scene, other, _folder } = Pair::new().await;
        let (world, core) = (&scene.world, scene.core());
        let weather = world.public_api_of_globex().await;
        let asks = verification_key(core, &world.globex(Role::Admin), "globex", &weather).await;
        scene.take(tier).await;
        let new = new_key(&weather, CredentialKind::ApiKey, None);
        let made = keys::create(core, &scene.developer(), "acme", new).await.unwrap();
        verify::follow(&other).await.unwrap();
        assert_eq!(code(&other, &asks, made.secret.expose()).await, Outcome::Valid);
        keys::disable(core, &scene.developer(), "acme", &made.key.id).await.unwrap();
        assert_eq!(code(&other, &asks, made.secret.expose()).await, stale, "{tier:?}");
    }
}

// the token endpoint remembers clients and tokens, too
#[tokio::test]
async fn in_high_the_token_endpoint_looks_before_it_believes() {
    for (tier, stale) in [(SecurityTier::Medium, "issued"), (SecurityTier::High, "invalid_client")] {
        let Pair { scene, other, _folder } = Pair::new().await;
        scene.take(tier).await;
        let app = scene.app(TokenBinding::Dpop).await;
        let patch = AppPatch { repeated_request: Some(RepeatedRequest::SameToken), ..AppPatch::default() };
        apps::update(scene.core(), &scene.developer(), "acme", &app.app.id, patch).await.unwrap();
        verify::follow(&other).await.unwrap();
        bound(&other, &app, "one").await;
        bound(&other, &app, "two").await;
        apps::disable(scene.core(), &scene.developer(), "acme", &app.app.id).await.unwrap();
        let asked = TokenRequest { dpop: Some(proof(&other, "three")), ..request(&app) };
        assert_eq!(word(&oauth::token(&other, asked).await), stale, "{tier:?}");
    }
}
