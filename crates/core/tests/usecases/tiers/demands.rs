//! What a tier does not take.

use latchkey_core::PlainSecret;
use latchkey_core::apis::{self, ApiPatch, Visibility};
use latchkey_core::apps::{self, AppPatch, TokenBinding};
use latchkey_core::keys::{self, KeyPatch, NewImport};
use latchkey_core::oauth;
use latchkey_core::orgs::{self, OrgChange};
use latchkey_core::tiers::{self, SecurityTier};
use latchkey_core::verify;
use latchkey_types::{CredentialKind, Outcome, Role};

use super::{Scene, code, new_key, take, verification_key};
use crate::apps::new_app;
use crate::oauth::{claims, request};
use crate::setup::{DAY, START, refused_fields};

#[tokio::test]
async fn what_a_tier_does_not_take_is_refused_until_it_is_mended() {
    let scene = Scene::new().await;
    let core = scene.core();
    let key = scene.key(CredentialKind::ApiKey, None).await;
    let jwt = scene.key(CredentialKind::JwtKey, Some(10)).await;
    let import = NewImport {
        key: new_key(&scene.api, CredentialKind::ApiKey, Some(30)),
        secret: PlainSecret::new("secret-of-the-old-gateway".to_owned()),
    };
    let imported = keys::import(core, &scene.developer(), "acme", vec![import]).await.unwrap().remove(0);
    let texts = [key.secret.expose(), jwt.secret.expose(), "secret-of-the-old-gateway"];
    let codes = async || [scene.code(texts[0]).await, scene.code(texts[1]).await, scene.code(texts[2]).await];
    let (valid, off) = (Outcome::Valid, Outcome::Disabled);
    assert_eq!(codes().await, [valid; 3]);
    scene.take(SecurityTier::Medium).await;
    assert_eq!(codes().await, [off, valid, valid], "remembered or not");
    scene.take(SecurityTier::High).await;
    assert_eq!(codes().await, [off; 3]);
    // nothing was written to them: a laxer tier takes them again
    scene.take(SecurityTier::Low).await;
    assert_eq!(codes().await, [valid; 3]);

    scene.take(SecurityTier::High).await;
    let end = |days| KeyPatch { expires_at: Some(Some(START.plus_seconds(days * DAY))), ..KeyPatch::default() };
    let late = keys::update(core, &scene.developer(), "acme", &key.key.id, end(91)).await;
    assert_eq!(refused_fields(late), ["expires_at"]);
    keys::update(core, &scene.developer(), "acme", &key.key.id, end(90)).await.unwrap();
    assert_eq!(scene.code(texts[0]).await, valid);
    let rotated = keys::rotate(core, &scene.developer(), "acme", &imported.id, 0).await.unwrap();
    assert_eq!(scene.code(rotated.secret.expose()).await, valid);
    let jwt_again = keys::rotate(core, &scene.developer(), "acme", &jwt.key.id, 0).await;
    assert_eq!(refused_fields(jwt_again), ["kind"]);
}

// a rotation is what mends a key without an end
#[tokio::test]
async fn a_rotation_gives_the_end_that_the_tier_wants() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey, None).await;
    scene.world.clock.advance(200 * DAY);
    verify::follow(scene.core()).await.unwrap();
    scene.take(SecurityTier::High).await;
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Disabled);
    let rotated = keys::rotate(scene.core(), &scene.developer(), "acme", &key.key.id, DAY).await.unwrap();
    assert_eq!(rotated.key.expires_at, Some(START.plus_seconds(290 * DAY)));
    assert_eq!(scene.code(rotated.secret.expose()).await, Outcome::Valid);
    assert_eq!(
        scene.code(key.secret.expose()).await,
        Outcome::Disabled,
        "the old secret lives too long, overlap or not"
    );
}

#[tokio::test]
async fn nothing_is_made_that_the_tier_does_not_take() {
    let scene = Scene::new().await;
    let core = scene.core();
    scene.take(SecurityTier::High).await;
    let create =
        async |kind, days| keys::create(core, &scene.developer(), "acme", new_key(&scene.api, kind, days)).await;
    assert_eq!(refused_fields(create(CredentialKind::JwtKey, None).await), ["kind"]);
    assert_eq!(refused_fields(create(CredentialKind::ApiKey, Some(91)).await), ["expires_at"]);
    let made = create(CredentialKind::ApiKey, None).await.unwrap();
    assert_eq!(made.key.expires_at, Some(START.plus_seconds(90 * DAY)), "as late as it may");
    let import = NewImport {
        key: new_key(&scene.api, CredentialKind::ApiKey, Some(1)),
        secret: PlainSecret::new("secret-of-the-old-gateway".to_owned()),
    };
    let imported = keys::import(core, &scene.developer(), "acme", vec![import]).await;
    assert_eq!(refused_fields(imported), ["items/0/secret"]);
    let loose = apps::create(core, &scene.developer(), "acme", new_app(Vec::new())).await;
    assert_eq!(refused_fields(loose), ["token_binding"]);
    let tight = scene.app(TokenBinding::Dpop).await;
    let patch = AppPatch { token_binding: Some(TokenBinding::None), ..AppPatch::default() };
    let loosened = apps::update(core, &scene.developer(), "acme", &tight.app.id, patch).await;
    assert_eq!(refused_fields(loosened), ["token_binding"]);
    let patch = ApiPatch { token_ttl_seconds: Some(301), ..ApiPatch::default() };
    let longer = apis::update(core, &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await;
    assert_eq!(refused_fields(longer), ["token_ttl_seconds"]);
}

// the stricter of holder and API owner counts
#[tokio::test]
async fn an_apis_owner_is_as_strict_with_others() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let core = scene.core();
    let weather = world.public_api_of_globex().await;
    let asks = verification_key(core, &world.globex(Role::Admin), "globex", &weather).await;
    let made = keys::create(core, &scene.developer(), "acme", new_key(&weather, CredentialKind::ApiKey, None)).await;
    let made = made.unwrap();
    let own = scene.key(CredentialKind::ApiKey, None).await;
    assert_eq!(code(core, &asks, made.secret.expose()).await, Outcome::Valid);
    let preview = tiers::preview(core, &world.globex(Role::Owner), "globex", SecurityTier::Medium).await.unwrap();
    let [only] = preview.listed.as_slice() else { panic!("{preview:?}") };
    assert_eq!((only.credential.id.as_str(), only.credential.holder_slug.as_str()), (made.key.id.as_str(), "acme"));
    take(core, &world.globex(Role::Owner), "globex", SecurityTier::Medium).await;
    assert_eq!(code(core, &asks, made.secret.expose()).await, Outcome::Disabled, "remembered");
    assert_eq!(scene.code(own.secret.expose()).await, Outcome::Valid, "its own API's is its own affair");
    let refused =
        keys::create(core, &scene.developer(), "acme", new_key(&weather, CredentialKind::JwtKey, Some(91))).await;
    assert_eq!(refused_fields(refused), ["expires_at"]);
    // acme itself breaks nothing more by going there, but what it holds for itself
    assert_eq!(scene.preview(SecurityTier::Medium).await.breaks, 1);
}

#[tokio::test]
async fn tokens_live_no_longer_than_the_tier_lets_them() {
    let scene = Scene::new().await;
    let core = scene.core();
    let patch = ApiPatch { token_ttl_seconds: Some(3_600), ..ApiPatch::default() };
    apis::update(core, &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await.unwrap();
    let made = scene.app(TokenBinding::None).await;
    let early = oauth::token(core, request(&made)).await.unwrap();
    assert_eq!(early.expires_in, 3_600);
    scene.take(SecurityTier::Medium).await;
    let token = oauth::token(core, request(&made)).await.unwrap();
    assert_eq!(token.expires_in, 900);
    let said = claims(&scene.world, &token).await;
    assert_eq!(said.exp, START.plus_seconds(900));
    scene.world.clock.advance(899);
    verify::follow(core).await.unwrap();
    assert_eq!(scene.code(early.access_token.expose()).await, Outcome::Valid);
    scene.world.clock.advance(1);
    assert_eq!(scene.code(early.access_token.expose()).await, Outcome::Expired, "as one that is made now");
}

// an organisation's own limit and the tier's: the stricter one
#[tokio::test]
async fn the_organisations_own_limit_still_counts() {
    let scene = Scene::new().await;
    let limit = orgs::OrgSettingsChange { max_key_lifetime_days: Some(Some(10)), ..Default::default() };
    let change = OrgChange { settings: limit, ..OrgChange::default() };
    orgs::update(scene.core(), &scene.world.acme(Role::Owner), "acme", change).await.unwrap();
    scene.take(SecurityTier::Medium).await;
    let made = scene.key(CredentialKind::ApiKey, None).await;
    assert_eq!(made.key.expires_at, Some(START.plus_seconds(10 * DAY)));
}

#[tokio::test]
async fn a_new_api_starts_with_the_tier_of_its_owner() {
    let scene = Scene::new().await;
    scene.take(SecurityTier::Medium).await;
    let new = crate::stage::new_api("https://billing.example", Visibility::Private);
    let api = apis::create(scene.core(), &scene.world.acme(Role::Admin), "acme", new).await.unwrap();
    let read = apis::get(scene.core(), &scene.world.acme(Role::Viewer), "acme", &api.id).await.unwrap();
    assert_eq!((api.owner_tier, read.owner_tier), (SecurityTier::Medium, SecurityTier::Medium));
}
