//! Who changes the tier, and what the preview says it breaks.

use latchkey_core::apps::TokenBinding;
use latchkey_core::keys::{self, NewImport};
use latchkey_core::orgs;
use latchkey_core::tiers::{self, Misfit, SecurityTier};
use latchkey_core::{Error, PlainSecret};
use latchkey_types::{CredentialKind, Role};
use serde_json::json;

use super::{Scene, new_key, wanting};
use crate::service_accounts::created as created_account;
use crate::setup::conflict;

#[tokio::test]
async fn only_an_owner_who_knows_what_it_breaks_changes_the_tier() {
    let scene = Scene::new().await;
    scene.key(CredentialKind::ApiKey, None).await;
    scene.key(CredentialKind::ApiKey, Some(30)).await;
    let core = scene.core();
    for role in [Role::Viewer, Role::Developer, Role::Admin] {
        let caller = scene.world.acme(role);
        let asked = tiers::preview(core, &caller, "acme", SecurityTier::High).await;
        assert!(matches!(asked, Err(Error::Forbidden(_))), "{role}");
        let taken = orgs::update(core, &caller, "acme", wanting(SecurityTier::Medium, 1)).await;
        assert!(matches!(taken, Err(Error::Forbidden(_))), "{role}");
    }
    let foreign = scene.world.globex(Role::Owner);
    assert!(matches!(tiers::preview(core, &foreign, "acme", SecurityTier::High).await, Err(Error::NotFound)));

    let owner = scene.world.acme(Role::Owner);
    for wrong in [0, 2] {
        let refused = orgs::update(core, &owner, "acme", wanting(SecurityTier::Medium, wrong)).await;
        assert_eq!(conflict(refused), "preview-outdated", "{wrong}");
    }
    assert_eq!(scene.preview(SecurityTier::Medium).await.breaks, 1);
    let org = orgs::update(core, &owner, "acme", wanting(SecurityTier::Medium, 1)).await.unwrap();
    assert_eq!(org.security_tier, SecurityTier::Medium);
    // the same again is no change, and a laxer one breaks nothing
    orgs::update(core, &owner, "acme", wanting(SecurityTier::Medium, 7)).await.unwrap();
    assert_eq!(scene.preview(SecurityTier::Low).await.breaks, 0);
    orgs::update(core, &owner, "acme", wanting(SecurityTier::Low, 0)).await.unwrap();
    let rows = scene.world.audit_rows(Some(&org.id), org.id.as_str()).await;
    let told: Vec<_> = rows.iter().filter_map(|row| row.detail.get("security_tier")).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&&json!({ "from": "low", "to": "medium" })), "{told:?}");
}

#[tokio::test]
async fn the_preview_names_what_breaks_and_why() {
    let scene = Scene::new().await;
    let core = scene.core();
    let endless = scene.key(CredentialKind::ApiKey, None).await;
    let long = scene.key(CredentialKind::ApiKey, Some(100)).await;
    let jwt = scene.key(CredentialKind::JwtKey, Some(10)).await;
    let fine = scene.key(CredentialKind::ApiKey, Some(90)).await;
    let off = scene.key(CredentialKind::ApiKey, None).await;
    keys::disable(core, &scene.developer(), "acme", &off.key.id).await.unwrap();
    let gone = scene.key(CredentialKind::ApiKey, None).await;
    keys::revoke(core, &scene.developer(), "acme", &gone.key.id, None).await.unwrap();
    let loose = scene.app(TokenBinding::None).await;
    let tight = scene.app(TokenBinding::Dpop).await;
    let account = created_account(&scene.world, &[Role::Developer]).await;
    let high = scene.preview(SecurityTier::High).await;
    let found = |id: &str| {
        let found = high.listed.iter().find(|found| found.credential.id == id);
        found.map(|found| found.misfits.clone()).unwrap_or_default()
    };
    assert_eq!(found(endless.key.id.as_str()), [Misfit::NoEnd]);
    assert_eq!(found(long.key.id.as_str()), [Misfit::LivesTooLong]);
    assert_eq!(found(jwt.key.id.as_str()), [Misfit::JwtKey]);
    assert_eq!(found(loose.app.id.as_str()), [Misfit::UnboundTokens]);
    assert_eq!(found(account.as_str()), [Misfit::UnboundTokens]);
    for id in [fine.key.id.as_str(), off.key.id.as_str(), gone.key.id.as_str(), tight.app.id.as_str()] {
        assert!(found(id).is_empty(), "{id}");
    }
    assert_eq!((high.breaks, high.listed.len()), (5, 5));
    assert_eq!(high.by_reason[&Misfit::UnboundTokens], 2);
    let medium = scene.preview(SecurityTier::Medium).await;
    assert_eq!((medium.breaks, medium.by_reason.len()), (1, 1), "{medium:?}");
    // from medium on, only what high breaks besides
    scene.take(SecurityTier::Medium).await;
    assert_eq!(scene.preview(SecurityTier::High).await.breaks, 4);
}

#[tokio::test]
async fn a_preview_counts_all_and_names_a_hundred() {
    let scene = Scene::new().await;
    let items = (0..100).map(|number| NewImport {
        key: new_key(&scene.api, CredentialKind::ApiKey, Some(30)),
        secret: PlainSecret::new(format!("imported-secret-{number}")),
    });
    keys::import(scene.core(), &scene.developer(), "acme", items.collect()).await.unwrap();
    for _ in 0..3 {
        scene.key(CredentialKind::ApiKey, None).await;
    }
    let high = scene.preview(SecurityTier::High).await;
    assert_eq!((high.breaks, high.listed.len()), (103, tiers::MAX_LISTED_BREAKS));
    assert_eq!(high.by_reason[&Misfit::ImportedSecret], 100);
    assert_eq!(high.by_reason[&Misfit::NoEnd], 3);
}
