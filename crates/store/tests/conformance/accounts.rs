use latchkey_core::audit::AuditFilter;
use latchkey_types::Role;

use crate::fixture::{Fixture, NOW, id, invitation, org, page, user};

pub async fn a_person_keeps_the_id_of_the_first_sign_in(fixture: &Fixture) {
    let first = fixture.store.upsert_user(&user("ada"), &fixture.audit("user.sign_in")).await.unwrap();
    assert_eq!(first, user("ada"));
    let mut again = user("ada");
    again.id = id("another");
    again.identity.name = "Ada, Countess".to_owned();
    again.identity.email = None;
    again.identity.email_verified = false;
    again.created_at = NOW.plus_seconds(60);
    again.last_sign_in_at = NOW.plus_seconds(60);
    let stored = fixture.store.upsert_user(&again, &fixture.audit("user.sign_in")).await.unwrap();
    assert_eq!((&stored.id, stored.created_at), (&first.id, NOW));
    assert_eq!((&stored.identity, stored.last_sign_in_at), (&again.identity, again.last_sign_in_at));
    assert_eq!(fixture.store.find_user(&first.id).await.unwrap(), Some(stored));
    assert_eq!(fixture.store.find_user(&id("another")).await.unwrap(), None);
    let rows = fixture.store.list_audit(&AuditFilter::default(), &page(10)).await.unwrap().items;
    assert!(
        rows.iter().all(|row| row.actor_id.as_deref() == Some(first.id.as_str()) && row.target_id == first.id.as_str())
    );
    assert_eq!(rows.len(), 2);
}

pub async fn owner_invitations_are_claimed_once(fixture: &Fixture) {
    let guest = fixture.user("guest").await;
    for (name, claim) in [("one", true), ("two", true), ("three", false)] {
        let org = org(name);
        let mut invited = invitation(name, &org.id, Role::Owner);
        invited.claim_at_sign_in = claim;
        fixture.store.insert_org(&org, None, Some(&invited), &fixture.audit("org.create")).await.unwrap();
    }
    let claims = (0..8).map(|_| {
        let (store, guest, audit) = (fixture.store.clone(), guest.clone(), fixture.audit("invitation.accept"));
        tokio::spawn(
            async move { store.claim_owner_invitations(&guest, "GUEST@example.com", NOW, &audit).await.unwrap() },
        )
    });
    let claimed: u64 = futures::future::join_all(claims).await.into_iter().map(Result::unwrap).sum();
    assert_eq!(claimed, 2);
    let memberships = fixture.store.memberships(&guest).await.unwrap();
    let owned: Vec<_> = memberships.iter().map(|membership| (membership.org.slug.as_str(), membership.role)).collect();
    assert_eq!(owned, [("one-slug", Role::Owner), ("two-slug", Role::Owner)]);
    let of_one = AuditFilter { org: Some(id("one")), ..AuditFilter::default() };
    assert_eq!(fixture.store.list_audit(&of_one, &page(9)).await.unwrap().items.len(), 1);
    assert_eq!(fixture.audited("invitation.accept").await, 2);
}
