use futures::future::join_all;
use latchkey_core::ports::StoreError;
use latchkey_types::Role;

use crate::fixture::{Fixture, NOW, after, id, invitation, page};

/// Makes this person a member by an invitation.
async fn join(fixture: &Fixture, org: &latchkey_types::OrgId, name: &str, role: Role) -> latchkey_types::UserId {
    let user = fixture.user(name).await;
    let invited = invitation(name, org, role);
    fixture.store.insert_invitation(&invited, &[], &fixture.audit("invitation.create")).await.unwrap();
    let id = &invited.invitation.id;
    assert!(fixture.store.accept_invitation(id, &user, NOW, &fixture.audit("invitation.accept")).await.unwrap());
    user
}

// F-16
pub async fn the_last_owner_stays(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let admin = join(fixture, &acme, "admin", Role::Admin).await;
    let store = &fixture.store;
    assert!(
        !store.set_member_role(&acme, &owner, Role::Owner, Role::Admin, &fixture.audit("member.update")).await.unwrap()
    );
    assert!(!store.remove_member(&acme, &owner, Role::Owner, &fixture.audit("member.remove")).await.unwrap());
    assert_eq!((fixture.audited("member.update").await, fixture.audited("member.remove").await), (0, 0));
    assert!(
        store.set_member_role(&acme, &admin, Role::Admin, Role::Owner, &fixture.audit("member.update")).await.unwrap()
    );
    assert!(store.remove_member(&acme, &owner, Role::Owner, &fixture.audit("member.remove")).await.unwrap());
    let gone = store.remove_member(&acme, &owner, Role::Owner, &fixture.audit("member.remove")).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
    let gone = store.set_member_role(&acme, &owner, Role::Owner, Role::Viewer, &fixture.audit("member.update")).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
    assert_eq!((fixture.audited("member.update").await, fixture.audited("member.remove").await), (1, 1));
}

// F-16
pub async fn owners_who_unmake_each_other_leave_one(fixture: &Fixture) {
    let one = fixture.user("owner").await;
    for round in 0..20 {
        let acme = fixture.org(&format!("acme{round}"), &one).await;
        let two = join(fixture, &acme, &format!("second{round}"), Role::Owner).await;
        let unmake = |user: latchkey_types::UserId, remove: bool| {
            let (store, org, audit) = (fixture.store.clone(), acme.clone(), fixture.audit("member.update"));
            tokio::spawn(async move {
                if remove {
                    store.remove_member(&org, &user, Role::Owner, &audit).await.unwrap()
                } else {
                    store.set_member_role(&org, &user, Role::Owner, Role::Viewer, &audit).await.unwrap()
                }
            })
        };
        let done = join_all([unmake(one.clone(), round % 2 == 0), unmake(two.clone(), round % 3 == 0)]).await;
        assert_eq!(done.into_iter().filter(|done| *done.as_ref().unwrap()).count(), 1);
        let members = fixture.store.list_members(&acme, &page(9)).await.unwrap().items;
        assert_eq!(members.iter().filter(|member| member.role == Role::Owner).count(), 1);
    }
}

// ASVS 15.4.2: who judged an admin doesn't hit an owner
pub async fn a_role_that_changed_meanwhile_is_kept(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let admin = join(fixture, &acme, "admin", Role::Admin).await;
    let (store, audit) = (&fixture.store, || fixture.audit("member.update"));
    assert!(store.set_member_role(&acme, &admin, Role::Admin, Role::Owner, &audit()).await.unwrap());
    let demoted = store.set_member_role(&acme, &admin, Role::Admin, Role::Viewer, &audit()).await;
    let removed = store.remove_member(&acme, &admin, Role::Admin, &audit()).await;
    assert!(
        matches!((&demoted, &removed), (Err(StoreError::Stale), Err(StoreError::Stale))),
        "{demoted:?} {removed:?}"
    );
    let members = store.list_members(&acme, &page(9)).await.unwrap().items;
    assert!(members.iter().all(|member| member.role == Role::Owner), "{members:?}");
    assert_eq!(fixture.audited("member.update").await, 1);
}

// F-17
pub async fn an_invitation_is_accepted_once(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let invited = invitation("inv", &acme, Role::Developer);
    fixture.store.insert_invitation(&invited, &[], &fixture.audit("invitation.create")).await.unwrap();
    let found = fixture.store.find_invitation(&invited.token_hash).await.unwrap().unwrap();
    assert_eq!((found.0, found.1.id), (invited.invitation.clone(), acme.clone()));
    let mut accepts = Vec::new();
    for number in 0..20 {
        let user = fixture.user(&format!("guest{number}")).await;
        let (store, audit) = (fixture.store.clone(), fixture.audit("invitation.accept"));
        let id = invited.invitation.id.clone();
        accepts.push(tokio::spawn(async move { store.accept_invitation(&id, &user, NOW, &audit).await.unwrap() }));
    }
    let accepted = join_all(accepts).await.into_iter().filter(|accepted| *accepted.as_ref().unwrap()).count();
    assert_eq!(accepted, 1);
    assert_eq!(fixture.audited("invitation.accept").await, 1);
    assert_eq!(fixture.store.list_members(&acme, &page(9)).await.unwrap().items.len(), 2);
    assert_eq!(fixture.store.list_invitations(&acme, &page(9)).await.unwrap().items[0].accepted_at, Some(NOW));
}

pub async fn closed_invitations_stay_closed(fixture: &Fixture) {
    let (owner, guest) = (fixture.user("owner").await, fixture.user("guest").await);
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let invited = invitation("inv", &acme, Role::Viewer);
    fixture.store.insert_invitation(&invited, &[], &fixture.audit("invitation.create")).await.unwrap();
    let id = &invited.invitation.id;
    let accept =
        async |at| fixture.store.accept_invitation(id, &guest, at, &fixture.audit("invitation.accept")).await.unwrap();
    let revoke =
        async |org| fixture.store.revoke_invitation(org, id, NOW, &fixture.audit("invitation.revoke")).await.unwrap();
    assert!(!accept(invited.invitation.expires_at).await);
    assert!(!revoke(&globex).await);
    assert!(revoke(&acme).await);
    assert!(!revoke(&acme).await);
    assert!(!accept(NOW).await);
    assert_eq!((fixture.audited("invitation.accept").await, fixture.audited("invitation.revoke").await), (0, 1));
    assert_eq!(fixture.store.find_invitation(&[9; 32]).await.unwrap(), None);
}

pub async fn members_are_not_accepted_again(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let invited = invitation("inv", &acme, Role::Viewer);
    fixture.store.insert_invitation(&invited, &[], &fixture.audit("invitation.create")).await.unwrap();
    let audit = fixture.audit("invitation.accept");
    let taken = fixture.store.accept_invitation(&invited.invitation.id, &owner, NOW, &audit).await;
    assert!(matches!(taken, Err(StoreError::Taken("member"))), "{taken:?}");
    // It is still open for the one who was meant.
    assert_eq!(fixture.store.list_invitations(&acme, &page(9)).await.unwrap().items, [invited.invitation]);
    assert_eq!(fixture.store.list_members(&acme, &page(9)).await.unwrap().items[0].role, Role::Owner);
    let nobody = fixture.store.accept_invitation(&id("none"), &owner, NOW, &fixture.audit("invitation.accept")).await;
    assert!(!nobody.unwrap());
}

pub async fn members_page_by_name(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(join(fixture, &acme, &format!("guest{number}"), Role::Viewer).await);
    }
    let store = &fixture.store;
    let first = store.list_members(&acme, &page(2)).await.unwrap();
    // who goes or comes in between hides nobody who stays
    let gone = &first.items[1].user;
    assert!(store.remove_member(&acme, gone, first.items[1].role, &fixture.audit("member.remove")).await.unwrap());
    let late = join(fixture, &acme, "zoe", Role::Viewer).await;
    let second = store.list_members(&acme, &after(2, first.next_cursor.clone())).await.unwrap();
    let third = store.list_members(&acme, &after(2, second.next_cursor.clone())).await.unwrap();
    assert_eq!(third.next_cursor, None);
    let mut seen: Vec<_> = [first, second, third].into_iter().flat_map(|page| page.items).collect();
    assert!(seen.is_sorted_by(|one, other| (&one.name, one.user.as_str()) < (&other.name, other.user.as_str())));
    let mut all = people.clone();
    all.extend([owner.clone(), late]);
    all.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    seen.sort_by(|one, other| one.user.as_str().cmp(other.user.as_str()));
    assert_eq!(seen.into_iter().map(|member| member.user).collect::<Vec<_>>(), all);
    let bad = store.list_members(&acme, &after(2, Some("nonsense".to_owned()))).await;
    assert!(matches!(bad, Err(StoreError::BadCursor)));

    assert_eq!(store.find_member(&acme, &owner).await.unwrap().unwrap().role, Role::Owner);
    assert_eq!(store.find_member(&globex, &people[0]).await.unwrap(), None);
    let address = store.find_user(&people[0]).await.unwrap().unwrap().identity.email.unwrap();
    let is_known = async |org, email: &str| store.is_address_of_member(org, email).await.unwrap();
    assert!(is_known(&acme, &address).await && is_known(&acme, &address.to_ascii_uppercase()).await);
    assert!(!is_known(&globex, &address).await);
    assert!(!is_known(&acme, "nobody@example.com").await);
}

fn link(name: &str, org: &latchkey_types::OrgId, email: &str) -> latchkey_core::orgs::NewInvitation {
    let mut new = invitation(name, org, Role::Viewer);
    new.invitation.email = email.to_owned();
    new
}

// F-17: whoever invites an address again ends the link before, and only the one that was judged
pub async fn an_address_has_one_open_link(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let (store, audit) = (&fixture.store, || fixture.audit("invitation.create"));
    let first = link("one", &acme, "Bo@Example.com");
    assert!(store.insert_invitation(&first, &[], &audit()).await.unwrap());
    let second = link("two", &acme, "bo@example.COM");
    let unseen = store.insert_invitation(&second, &[], &audit()).await;
    assert!(matches!(unseen, Err(StoreError::Stale)), "{unseen:?}");
    let open = async |org| store.open_links_for(org, "BO@example.com", NOW).await.unwrap();
    assert_eq!(open(&acme).await, [first.invitation.clone()]);
    assert!(store.insert_invitation(&second, std::slice::from_ref(&first.invitation.id), &audit()).await.unwrap());
    assert_eq!(open(&acme).await, [second.invitation.clone()]);
    let ended = store.find_invitation_of(&acme, &first.invitation.id).await.unwrap().unwrap();
    assert_eq!(ended.revoked_at, Some(NOW));
    assert_eq!(store.find_invitation_of(&globex, &first.invitation.id).await.unwrap(), None);
    // another organisation's and another address's are their own
    assert!(store.insert_invitation(&link("three", &globex, "bo@example.com"), &[], &audit()).await.unwrap());
    assert!(store.insert_invitation(&link("four", &acme, "boo@example.com"), &[], &audit()).await.unwrap());
    assert_eq!(open(&acme).await, [second.invitation.clone()]);
    let taken_back =
        store.insert_invitation(&link("five", &acme, "bo@example.com"), &[first.invitation.id], &audit()).await;
    assert!(matches!(taken_back, Err(StoreError::Stale)), "{taken_back:?}");
    assert_eq!(fixture.audited("invitation.create").await, 4);
    assert_eq!(store.open_links_for(&acme, "bo@example.com", second.invitation.expires_at).await.unwrap(), []);

    let at_once = (0..6).map(|number| {
        let (store, audit, new) = (store.clone(), audit(), link(&format!("p{number}"), &acme, "eve@example.com"));
        tokio::spawn(async move { store.insert_invitation(&new, &[], &audit).await })
    });
    let made = join_all(at_once).await.into_iter().filter(|made| matches!(made.as_ref().unwrap(), Ok(true))).count();
    assert_eq!(made, 1);
}

pub async fn open_invitations_are_bounded(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let (store, audit) = (&fixture.store, || fixture.audit("invitation.create"));
    let mut last = None;
    for number in 0..latchkey_core::orgs::MAX_OPEN_INVITATIONS {
        let new = link(&format!("i{number}"), &acme, &format!("guest{number}@example.com"));
        assert!(store.insert_invitation(&new, &[], &audit()).await.unwrap());
        last = Some(new.invitation);
    }
    let last = last.unwrap();
    assert!(!store.insert_invitation(&link("more", &acme, "more@example.com"), &[], &audit()).await.unwrap());
    // in the place of one there is room
    let again = link("again", &acme, &last.email);
    assert!(store.insert_invitation(&again, std::slice::from_ref(&last.id), &audit()).await.unwrap());
    let id = &again.invitation.id;
    assert!(store.revoke_invitation(&acme, id, NOW, &fixture.audit("invitation.revoke")).await.unwrap());
    assert!(store.insert_invitation(&link("more", &acme, "more@example.com"), &[], &audit()).await.unwrap());
}

pub async fn invitations_page_newest_first(fixture: &Fixture) {
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let store = &fixture.store;
    let insert = async |name: &str, seconds: i64| {
        let mut new = link(name, &acme, &format!("{name}@example.com"));
        new.invitation.created_at = NOW.plus_seconds(seconds);
        assert!(store.insert_invitation(&new, &[], &fixture.audit("invitation.create")).await.unwrap());
        new.invitation.id
    };
    let (a, b, c) = (insert("a", 1).await, insert("b", 2).await, insert("c", 2).await);
    let first = store.list_invitations(&acme, &page(2)).await.unwrap();
    insert("d", 3).await;
    let second = store.list_invitations(&acme, &after(2, first.next_cursor.clone())).await.unwrap();
    assert_eq!(second.next_cursor, None);
    let ids: Vec<_> = first.items.into_iter().chain(second.items).map(|listed| listed.id).collect();
    assert_eq!(ids, [c, b, a]);
    let bad = store.list_invitations(&acme, &after(2, Some("nonsense".to_owned()))).await;
    assert!(matches!(bad, Err(StoreError::BadCursor)));
}
