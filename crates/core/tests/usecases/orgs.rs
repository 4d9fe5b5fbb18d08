//! Making, naming and listing organisations.

use latchkey_core::orgs::{self, OrgChange, OrgSettingsChange};
use latchkey_core::ports::{OrgStore, Page};
use latchkey_core::settings::OrgCreation;
use latchkey_core::{Caller, Conflict, accounts};
use latchkey_types::Role;

use crate::stage::{
    Portal, as_operator, as_user, bad_fields, command_line, conflict_of, id_of, is_forbidden, management_key, page,
};

#[tokio::test]
async fn whoever_makes_one_owns_it() {
    let portal = Portal::new().await;
    let ada = portal.person("ada").await;
    let (org, rows) = portal.audited(orgs::create(&portal.core, &ada, " Acme ", "acme", None)).await;
    let org = org.unwrap();
    assert_eq!((org.name.as_str(), org.slug.as_str()), ("Acme", "acme"));
    assert_eq!(rows, ["org.create"]);
    assert_eq!(orgs::get(&portal.core, &ada, "acme").await.unwrap().role, Role::Owner);
    assert_eq!(orgs::members(&portal.core, &ada, "acme", &page()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn every_bad_member_is_named_and_nothing_is_made() {
    let portal = Portal::new().await;
    let ada = portal.person("ada").await;
    // F-27, F-28
    for name in ["", "a\0", "a\r\nb", &"x".repeat(101), &"x".repeat(10_240)] {
        let (result, rows) = portal.audited(orgs::create(&portal.core, &ada, name, "A b", Some("x@example.com"))).await;
        assert_eq!(bad_fields(result), ["name", "slug", "owner_email"]);
        assert!(rows.is_empty());
    }
    assert!(orgs::list(&portal.core, &ada, &page()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn odd_names_are_kept_as_they_are() {
    // F-27
    let portal = Portal::new().await;
    let ada = portal.person("ada").await;
    for (number, name) in ["<script>", "'; DROP TABLE orgs; --", "a\u{202E}b", "z\u{200B}", "🦀", "e\u{301}", "%_\\"]
        .into_iter()
        .enumerate()
    {
        let slug = format!("org-{number}");
        orgs::create(&portal.core, &ada, name, &slug, None).await.unwrap();
        assert_eq!(orgs::get(&portal.core, &ada, &slug).await.unwrap().org.name, name);
    }
}

#[tokio::test]
async fn a_slug_belongs_to_one() {
    let portal = Portal::new().await;
    let (_, ada) = portal.org("acme").await;
    let eve = portal.person("eve").await;
    let (result, rows) = portal.audited(orgs::create(&portal.core, &eve, "Other", "acme", None)).await;
    assert_eq!(conflict_of(result), Conflict::SlugTaken);
    assert!(rows.is_empty());
    orgs::create(&portal.core, &eve, "Other", "other", None).await.unwrap();
    let change = OrgChange { slug: Some("other".to_owned()), ..OrgChange::default() };
    assert_eq!(conflict_of(orgs::update(&portal.core, &ada, "acme", change).await), Conflict::SlugTaken);
}

#[tokio::test]
async fn who_may_make_one() {
    let portal = Portal::with(|settings| settings.org_creation = OrgCreation::Operators).await;
    let ada = portal.person("ada").await;
    assert!(is_forbidden(&orgs::create(&portal.core, &ada, "Acme", "acme", None).await));
    let made = orgs::create(&portal.core, &as_operator(&ada), "Acme", "acme", None).await.unwrap();
    assert!(orgs::may_create(&portal.core, &command_line()));
    assert!(orgs::may_create(&portal.core, &management_key(None, Role::Admin)));
    assert!(!orgs::may_create(&portal.core, &management_key(None, Role::Developer)));
    assert!(!orgs::may_create(&portal.core, &management_key(Some(&made.id), Role::Owner)));
    let open = Portal::new().await;
    assert!(orgs::may_create(&open.core, &ada));
    assert!(!orgs::may_create(&open.core, &management_key(Some(&made.id), Role::Owner)));
}

#[tokio::test]
async fn the_owner_named_at_the_command_line_owns_it_from_their_next_sign_in() {
    let portal = Portal::new().await;
    let before = portal.person("ada").await;
    let org = orgs::create(&portal.core, &command_line(), "Acme", "acme", Some("ADA@Example.com")).await.unwrap();
    assert!(orgs::get(&portal.core, &before, "acme").await.is_err());

    // F-32: neither an unverified address nor a look-alike
    for (subject, email, verified) in [
        ("eve", "ada@example.com", false),
        ("mallory", "\u{430}da@example.com", true),
        ("oscar", "ada\u{FF20}example.com", true),
    ] {
        let other = portal.sign_in(subject, email, verified).await;
        assert!(orgs::get(&portal.core, &as_user(&other.id), "acme").await.is_err(), "{email}");
    }
    let (ada, rows) = portal.audited(portal.person("ada")).await;
    assert_eq!(ada, before);
    assert_eq!(rows, ["invitation.accept", "user.sign_in"]);
    assert_eq!(orgs::get(&portal.core, &ada, "acme").await.unwrap().role, Role::Owner);
    assert!(portal.audit(Some(&org.id)).await.iter().any(|row| row.action == "invitation.accept"));

    // once: who was removed doesn't come back by signing in
    let second = portal.member("acme", &ada, "second", Role::Owner).await;
    orgs::remove_member(&portal.core, &second, "acme", &id_of(&ada)).await.unwrap();
    portal.person("ada").await;
    assert!(orgs::get(&portal.core, &ada, "acme").await.is_err());
}

#[tokio::test]
async fn changes_are_checked_written_once_and_audited() {
    let portal = Portal::new().await;
    let (id, ada) = portal.org("acme").await;
    let days = |days| OrgSettingsChange { max_key_lifetime_days: Some(days), ..OrgSettingsChange::default() };
    let bad = OrgChange {
        name: Some(" ".to_owned()),
        slug: Some("-".to_owned()),
        settings: days(Some(0)),
        ..OrgChange::default()
    };
    let fields = bad_fields(orgs::update(&portal.core, &ada, "acme", bad).await);
    assert_eq!(fields, ["name", "slug", "settings/max_key_lifetime_days"]);

    let change = OrgChange {
        name: Some("Acme".to_owned()),
        slug: Some("acme-2".to_owned()),
        settings: days(Some(30)),
        ..OrgChange::default()
    };
    let (org, rows) = portal.audited(orgs::update(&portal.core, &ada, "acme", change.clone())).await;
    let org = org.unwrap();
    assert_eq!((org.id, org.slug.as_str(), org.settings.max_key_lifetime_days), (id, "acme-2", Some(30)));
    assert_eq!(rows, ["org.update"]);
    assert!(portal.store.find_org("acme").await.unwrap().is_none());

    let (again, rows) = portal.audited(orgs::update(&portal.core, &ada, "acme-2", change)).await;
    assert_eq!(again.unwrap().name, "Acme");
    assert!(rows.is_empty(), "what is already so is no change");
}

#[tokio::test]
async fn everybody_lists_what_is_theirs() {
    let portal = Portal::new().await;
    let ada = portal.person("ada").await;
    for slug in ["aaa", "bbb", "ccc"] {
        orgs::create(&portal.core, &ada, slug, slug, None).await.unwrap();
    }
    let (other, eve) = portal.org("other").await;
    let slugs = async |caller: Caller, page: Page| {
        let listed = orgs::list(&portal.core, &caller, &page).await.unwrap();
        (listed.items.into_iter().map(|item| item.org.slug).collect::<Vec<_>>(), listed.next_cursor)
    };
    let (first, cursor) = slugs(ada.clone(), Page { limit: 2, cursor: None }).await;
    assert_eq!(first, ["aaa", "bbb"]);
    assert_eq!(slugs(ada.clone(), Page { limit: 2, cursor }).await, (vec!["ccc".to_owned()], None));
    assert_eq!(slugs(eve.clone(), page()).await.0, ["other"]);
    assert_eq!(slugs(management_key(Some(&other), Role::Viewer), page()).await.0, ["other"]);
    assert_eq!(slugs(management_key(None, Role::Viewer), page()).await.0, ["aaa", "bbb", "ccc", "other"]);
    assert_eq!(slugs(command_line(), page()).await.0.len(), 4);
    assert_eq!(slugs(as_operator(&eve), page()).await.0, ["other"], "a person's own");
    let foreign = Page { limit: 2, cursor: Some(other.to_string()) };
    assert_eq!(bad_fields(orgs::list(&portal.core, &ada, &foreign).await), ["cursor"]);
    assert!(accounts::find(&portal.core, &id_of(&ada)).await.unwrap().is_some());
}
