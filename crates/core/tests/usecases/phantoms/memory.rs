//! How long it is remembered.

use latchkey_core::apis::{self, ApiPatch, ConsumerPolicyChange};
use latchkey_core::keys::{self, KeyPatch};
use latchkey_core::ports::ApiStore;
use latchkey_core::signing::{self, SigningAlg};
use latchkey_core::verify;
use latchkey_core::{apps, orgs};
use latchkey_jose::CompactJws;
use latchkey_types::{CredentialKind, Outcome, Role};
use proptest::prelude::*;

use super::{Scene, forward, phantom, read, replica};
use crate::setup::{START, operator};

#[tokio::test]
async fn it_comes_again_until_half_of_its_life_is_over() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey).await;
    let first = scene.phantom(key.secret.expose()).await;
    assert_eq!(scene.phantom(key.secret.expose()).await, first);
    scene.wait(30).await;
    assert_eq!(scene.phantom(key.secret.expose()).await, first);
    scene.wait(1).await;
    let second = scene.phantom(key.secret.expose()).await;
    assert_ne!(second, first);
    assert_eq!(read(scene.core(), &second).await.exp, START.plus_seconds(91));
    assert_eq!(scene.phantom(key.secret.expose()).await, second);
    // another credential never gets it
    let other = scene.key(CredentialKind::ApiKey).await;
    assert_eq!(scene.claims(other.secret.expose()).await.sub, other.key.id.as_str());
}

#[tokio::test]
async fn it_never_outlives_its_credential() {
    let scene = Scene::new().await;
    let ends = START.plus_seconds(100);
    let key = scene.key_with(CredentialKind::ApiKey, |new| new.expires_at = Some(ends)).await;
    assert_eq!(scene.claims(key.secret.expose()).await.exp, START.plus_seconds(60));
    scene.wait(50).await;
    assert_eq!(scene.claims(key.secret.expose()).await.exp, ends);
    // a shorter life has a shorter half: of ten seconds five
    scene.wait(40).await;
    let late = scene.phantom(key.secret.expose()).await;
    assert_eq!(read(scene.core(), &late).await.exp, ends);
    scene.wait(5).await;
    assert_eq!(scene.phantom(key.secret.expose()).await, late);
    scene.wait(1).await;
    assert_ne!(scene.phantom(key.secret.expose()).await, late);
    scene.wait(4).await;
    let over = scene.forward(key.secret.expose()).await;
    assert_eq!((over.answer.code, over.phantom.is_none()), (Outcome::Expired, true));

    // an access token, and the generation of a key that was rotated
    let token = scene.token(&scene.app().await).await;
    let issued = scene.world.core.clock.now();
    scene.wait(280).await;
    assert_eq!(scene.claims(&token).await.exp, issued.plus_seconds(300));
    let key = scene.key(CredentialKind::ApiKey).await;
    let developer = scene.world.acme(Role::Developer);
    keys::rotate(scene.core(), &developer, "acme", &key.key.id, 20).await.unwrap();
    let now = scene.world.core.clock.now();
    assert_eq!(scene.claims(key.secret.expose()).await.exp, now.plus_seconds(20));
}

// G5, F-08, F-18: whatever it stands on
#[tokio::test]
async fn a_change_drops_it_at_once() {
    let scene = Scene::new().await;
    let (core, world, admin) = (scene.core(), &scene.world, scene.world.acme(Role::Admin));
    let key = scene.key(CredentialKind::ApiKey).await;
    let secret = key.secret.expose();
    let mut seen = vec![scene.phantom(secret).await];
    let mut expect_another = async |what: &str| {
        let phantom = scene.phantom(secret).await;
        assert!(!seen.contains(&phantom), "{what}");
        assert_eq!(scene.phantom(secret).await, phantom, "{what}: the new one is kept");
        seen.push(phantom);
    };
    let scopes = Some(vec!["read".to_owned(), "write".to_owned()]);
    let patch = KeyPatch { scopes, ..KeyPatch::default() };
    keys::update(core, &world.acme(Role::Developer), "acme", &key.key.id, patch).await.unwrap();
    expect_another("key").await;
    assert_eq!(scene.claims(secret).await.scope.to_string(), "read write");
    let patch = ApiPatch { signing_alg: Some(SigningAlg::Es256), ..ApiPatch::default() };
    apis::update(core, &admin, "acme", &scene.api.id, patch).await.unwrap();
    // the first key of an algorithm is a change after the fill began
    scene.phantom(secret).await;
    expect_another("api").await;
    let change = ConsumerPolicyChange { metadata: Some(None), ..ConsumerPolicyChange::default() };
    let audit = world.audit(Some(&world.acme.id), "consumer.set");
    world.store.change_consumer_policy(&scene.api.id, &world.acme.id, &change, &audit).await.unwrap();
    expect_another("consumer").await;
    let patch = orgs::OrgChange { name: Some("Acme Ltd".to_owned()), ..orgs::OrgChange::default() };
    orgs::update(core, &admin, "acme", patch).await.unwrap();
    expect_another("organisation").await;
    let kid = CompactJws::parse(&scene.phantom(secret).await).unwrap().header().kid().unwrap().to_owned();
    signing::revoke(core, &operator(), &kid).await.unwrap();
    expect_another("signing key").await;

    keys::revoke(core, &world.acme(Role::Developer), "acme", &key.key.id, None).await.unwrap();
    let over = scene.forward(secret).await;
    assert_eq!((over.answer.code, over.phantom.is_none()), (Outcome::Revoked, true));
}

// F-11: another replica makes its own, and drops it by the change log
#[tokio::test]
async fn each_replica_remembers_for_itself() {
    let scene = Scene::new().await;
    let other = replica(&scene);
    signing::load(&other).await.unwrap();
    verify::follow(&other).await.unwrap();
    let app = scene.app().await;
    let token = scene.token(&app).await;
    verify::follow(&other).await.unwrap();
    let there = async || phantom(&other, &scene.verification_key, &token).await;
    let first = there().await;
    assert_ne!(first, scene.phantom(&token).await);
    assert_eq!(there().await, first);
    apps::disable(scene.core(), &scene.world.acme(Role::Developer), "acme", &app.app.id).await.unwrap();
    verify::follow(&other).await.unwrap();
    assert_eq!(forward(&other, &scene.verification_key, &token).await.answer.code, Outcome::Disabled);
    apps::enable(scene.core(), &scene.world.acme(Role::Developer), "acme", &app.app.id).await.unwrap();
    verify::follow(&other).await.unwrap();
    let second = there().await;
    assert_ne!(second, first);
    // what can't be believed any more isn't handed out
    scene.world.clock.advance(3);
    assert_ne!(there().await, second);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(i64),
    Ask,
    Disable,
    Enable,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_i64..70).prop_map(Step::Wait),
        Just(Step::Ask),
        Just(Step::Ask),
        Just(Step::Disable),
        Just(Step::Enable),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // whatever happens: never for a credential that doesn't hold, never over, never beyond the credential's end
    #[test]
    fn a_phantom_always_stands_for_a_credential_that_holds(steps in steps(), life in 60_i64..400) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let scene = Scene::new().await;
            let (developer, ends) = (scene.world.acme(Role::Developer), START.plus_seconds(life));
            let key = scene.key_with(CredentialKind::ApiKey, |new| new.expires_at = Some(ends)).await;
            let (mut enabled, id) = (true, &key.key.id);
            for step in steps {
                match step {
                    Step::Wait(seconds) => scene.wait(seconds).await,
                    Step::Disable => {
                        keys::disable(scene.core(), &developer, "acme", id).await.unwrap();
                        enabled = false;
                    }
                    Step::Enable => {
                        keys::enable(scene.core(), &developer, "acme", id).await.unwrap();
                        enabled = true;
                    }
                    Step::Ask => {
                        let now = scene.core().clock.now();
                        let forwarded = scene.forward(key.secret.expose()).await;
                        assert_eq!(forwarded.phantom.is_some(), enabled && now < ends);
                        if let Some(phantom) = forwarded.phantom {
                            let claims = phantom.claims();
                            assert!(claims.iat <= now && claims.exp > now && claims.exp <= ends);
                            // half of what it could have at most, so that the upstream has time to read it
                            let most = now.plus_seconds(60).min(ends).as_seconds() - now.as_seconds();
                            assert!((claims.exp.as_seconds() - now.as_seconds()) * 2 >= most);
                            assert_eq!(&read(scene.core(), phantom.expose()).await, claims);
                        }
                    }
                }
            }
        });
    }
}
