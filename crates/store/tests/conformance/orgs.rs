use latchkey_core::leaks::LeakResponse;
use latchkey_core::orgs::{OrgChange, OrgSettings, OrgSettingsChange};
use latchkey_core::ports::StoreError;
use latchkey_types::Role;

use crate::fixture::{Fixture, NOW, after, id, management_key, org, page};

pub async fn an_organisation_reads_back(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let mut acme = org("acme");
    acme.settings =
        OrgSettings { max_key_lifetime_days: Some(30), leak_response: LeakResponse::Grace, leak_grace_hours: 48 };
    fixture.store.insert_org(&acme, Some(&owner), None, &fixture.audit("org.create")).await.unwrap();
    assert_eq!(fixture.store.find_org("acme-slug").await.unwrap(), Some(acme.clone()));
    assert_eq!(fixture.store.find_org_by_id(&acme.id).await.unwrap(), Some(acme.clone()));
    assert_eq!(fixture.store.find_org("other").await.unwrap(), None);
    assert_eq!(fixture.store.find_org_by_id(&id("other")).await.unwrap(), None);
    let members = fixture.store.list_members(&acme.id, &page(9)).await.unwrap().items;
    assert_eq!(members.iter().map(|member| (&member.user, member.role)).collect::<Vec<_>>(), [(&owner, Role::Owner)]);
}

pub async fn a_taken_slug_writes_nothing(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    fixture.org("globex", &owner).await;
    let revision = fixture.store.revision().await.unwrap();
    let mut twin = org("twin");
    twin.slug = "acme-slug".to_owned();
    let refused = fixture.store.insert_org(&twin, Some(&owner), None, &fixture.audit("org.create")).await;
    assert!(matches!(refused, Err(StoreError::Taken("slug"))), "{refused:?}");
    let change = OrgChange { slug: Some("globex-slug".to_owned()), ..OrgChange::default() };
    let refused = fixture.store.update_org(&acme, &change, &fixture.audit("org.update")).await;
    assert!(matches!(refused, Err(StoreError::Taken("slug"))), "{refused:?}");
    assert_eq!(fixture.store.find_org_by_id(&twin.id).await.unwrap(), None);
    assert_eq!((fixture.audited("org.create").await, fixture.audited("org.update").await), (2, 0));
    assert_eq!(fixture.store.revision().await.unwrap(), revision);
}

pub async fn changes_and_suspension(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let change = OrgChange {
        name: Some("Acme GmbH".to_owned()),
        slug: Some("acme".to_owned()),
        settings: OrgSettingsChange { max_key_lifetime_days: Some(Some(7)), ..OrgSettingsChange::default() },
        ..OrgChange::default()
    };
    let changed = fixture.store.update_org(&acme, &change, &fixture.audit("org.update")).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.slug.as_str()), ("Acme GmbH", "acme"));
    let settings = OrgSettings { max_key_lifetime_days: Some(7), ..OrgSettings::default() };
    assert_eq!(changed.settings, settings, "what isn't named stays");
    assert_eq!(fixture.store.find_org("acme").await.unwrap(), Some(changed));
    fixture.store.set_org_suspended(&acme, Some(NOW), &fixture.audit("org.suspend")).await.unwrap();
    assert_eq!(fixture.store.find_org("acme").await.unwrap().unwrap().suspended_at, Some(NOW));
    fixture.store.set_org_suspended(&acme, None, &fixture.audit("org.unsuspend")).await.unwrap();
    assert_eq!(fixture.store.find_org("acme").await.unwrap().unwrap().suspended_at, None);
    let missing = fixture.store.set_org_suspended(&id("none"), None, &fixture.audit("org.suspend")).await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
    let missing = fixture.store.update_org(&id("none"), &change, &fixture.audit("org.update")).await;
    assert!(matches!(missing, Err(StoreError::NotFound)));
}

pub async fn lists_page_by_slug_and_search(fixture: &Fixture) {
    for name in ["delta", "alpha", "charlie", "bravo", "echo"] {
        fixture.store.insert_org(&org(name), None, None, &fixture.audit("org.create")).await.unwrap();
    }
    let mut slugs = Vec::new();
    let mut cursor = None;
    loop {
        let listed = fixture.store.list_orgs(None, &after(2, cursor)).await.unwrap();
        slugs.extend(listed.items.into_iter().map(|org| org.slug));
        cursor = listed.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(slugs, ["alpha-slug", "bravo-slug", "charlie-slug", "delta-slug", "echo-slug"]);
    for search in ["CHAR", "charlie l", "charlie-s"] {
        let found = fixture.store.list_orgs(Some(search), &page(9)).await.unwrap().items;
        assert_eq!(found.iter().map(|org| org.slug.as_str()).collect::<Vec<_>>(), ["charlie-slug"], "{search}");
    }
    assert_eq!(fixture.store.list_orgs(Some("%"), &page(9)).await.unwrap().items, []);
}

pub async fn memberships_name_the_role(fixture: &Fixture) {
    let (owner, other) = (fixture.user("owner").await, fixture.user("other").await);
    fixture.org("globex", &owner).await;
    fixture.org("acme", &owner).await;
    let names: Vec<_> = fixture.store.memberships(&owner).await.unwrap().into_iter().map(|one| one.org.name).collect();
    assert_eq!(names, ["acme Ltd", "globex Ltd"]);
    let membership = fixture.store.membership("acme-slug", &owner).await.unwrap().unwrap();
    assert_eq!((membership.org, membership.role), (org("acme"), Role::Owner));
    assert_eq!(fixture.store.membership("acme-slug", &other).await.unwrap(), None);
    assert_eq!(fixture.store.membership("none", &owner).await.unwrap(), None);
}

pub async fn management_keys_live_and_end(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let (own, operators) = (management_key("mk1", Some(&acme)), management_key("mk2", None));
    for key in [&own, &operators] {
        fixture.store.insert_management_key(key, &fixture.audit("management_key.create")).await.unwrap();
    }
    let found = fixture.store.find_management_key(&own.key.id).await.unwrap().unwrap();
    assert_eq!((&found.key, &found.hash), (&own.key, &own.hash));
    assert_eq!(fixture.store.list_management_keys(Some(&acme)).await.unwrap(), [own.key.clone()]);
    assert_eq!(fixture.store.list_management_keys(None).await.unwrap(), [operators.key.clone()]);
    for (seconds, seen) in [(0, 0), (59, 0), (60, 60)] {
        fixture.store.touch_management_key(&own.key.id, NOW.plus_seconds(seconds)).await.unwrap();
        let found = fixture.store.find_management_key(&own.key.id).await.unwrap().unwrap();
        assert_eq!(found.key.last_used_at, Some(NOW.plus_seconds(seen)));
    }
    let revoke = async |org, id| {
        fixture.store.revoke_management_key(org, id, NOW, &fixture.audit("management_key.revoke")).await
    };
    assert!(matches!(revoke(None, &own.key.id).await, Err(StoreError::NotFound)));
    assert!(matches!(revoke(Some(&acme), &operators.key.id).await, Err(StoreError::NotFound)));
    revoke(Some(&acme), &own.key.id).await.unwrap();
    revoke(Some(&acme), &own.key.id).await.unwrap();
    assert_eq!(fixture.audited("management_key.revoke").await, 1);
    assert_eq!(fixture.store.find_management_key(&own.key.id).await.unwrap().unwrap().key.revoked_at, Some(NOW));
}
