//! Roles of members, and that an organisation never loses its last owner.

use latchkey_core::{Conflict, Error, orgs};
use latchkey_types::Role;

use crate::stage::{Portal, conflict_of, id_of, is_forbidden, is_not_found, management_key, page};

#[tokio::test]
async fn an_admin_changes_members_up_to_admin_and_never_an_owner() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let admin = portal.member("acme", &owner, "admin", Role::Admin).await;
    let other = portal.member("acme", &owner, "other", Role::Viewer).await;
    let core = &portal.core;

    orgs::set_role(core, &admin, "acme", &id_of(&other), Role::Admin).await.unwrap();
    assert!(is_forbidden(&orgs::set_role(core, &admin, "acme", &id_of(&other), Role::Owner).await));
    assert!(is_forbidden(&orgs::set_role(core, &admin, "acme", &id_of(&admin), Role::Owner).await), "nor oneself");
    assert!(is_forbidden(&orgs::set_role(core, &admin, "acme", &id_of(&owner), Role::Viewer).await));
    assert!(is_forbidden(&orgs::remove_member(core, &admin, "acme", &id_of(&owner)).await));
    assert!(is_forbidden(&orgs::invite(core, &admin, "acme", "x@example.com", Role::Owner).await));
    let invited = orgs::invite(core, &owner, "acme", "x@example.com", Role::Owner).await.unwrap();
    assert!(is_forbidden(&orgs::revoke_invitation(core, &admin, "acme", &invited.invitation.id).await));
    assert_eq!(orgs::get(core, &owner, "acme").await.unwrap().role, Role::Owner);
}

#[tokio::test]
async fn a_management_key_gives_roles_up_to_its_own() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    let member = id_of(&portal.member("acme", &owner, "member", Role::Viewer).await);
    let admin = management_key(Some(&id), Role::Admin);
    assert!(is_forbidden(&orgs::set_role(&portal.core, &admin, "acme", &member, Role::Owner).await));
    orgs::set_role(&portal.core, &admin, "acme", &member, Role::Admin).await.unwrap();
    let owners = management_key(Some(&id), Role::Owner);
    orgs::set_role(&portal.core, &owners, "acme", &member, Role::Owner).await.unwrap();
}

#[tokio::test]
async fn a_change_writes_one_row_and_no_change_writes_none() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let member = id_of(&portal.member("acme", &owner, "member", Role::Viewer).await);
    let (_, rows) = portal.audited(orgs::set_role(&portal.core, &owner, "acme", &member, Role::Admin)).await;
    assert_eq!(rows, ["member.set_role"]);
    let (_, rows) = portal.audited(orgs::set_role(&portal.core, &owner, "acme", &member, Role::Admin)).await;
    assert!(rows.is_empty());
    let (_, rows) = portal.audited(orgs::remove_member(&portal.core, &owner, "acme", &member)).await;
    assert_eq!(rows, ["member.remove"]);
    let (again, rows) = portal.audited(orgs::remove_member(&portal.core, &owner, "acme", &member)).await;
    assert!(is_not_found(&again) && rows.is_empty());
    assert!(is_not_found(&orgs::set_role(&portal.core, &owner, "acme", &member, Role::Viewer).await));
}

#[tokio::test]
async fn anybody_may_leave_but_the_last_owner() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    for role in [Role::Viewer, Role::Developer, Role::Admin, Role::Owner] {
        let member = portal.member("acme", &owner, &format!("m-{role}"), role).await;
        orgs::remove_member(&portal.core, &member, "acme", &id_of(&member)).await.unwrap();
        assert!(is_not_found(&orgs::get(&portal.core, &member, "acme").await), "rights end at once");
    }
    let left = orgs::remove_member(&portal.core, &owner, "acme", &id_of(&owner)).await;
    assert_eq!(conflict_of(left), Conflict::LastOwner);
    let demoted = orgs::set_role(&portal.core, &owner, "acme", &id_of(&owner), Role::Admin).await;
    assert_eq!(conflict_of(demoted), Conflict::LastOwner);
}

// F-16
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_owners_who_unmake_each_other_leave_one() {
    let portal = Portal::new().await;
    let (_, one) = portal.org("acme").await;
    let mut two = portal.member("acme", &one, "two", Role::Owner).await;
    let mut one = one;
    for round in 0..100 {
        let (of_one, of_two) = (id_of(&one), id_of(&two));
        let core = &portal.core;
        let (first, second) = if round % 2 == 0 {
            tokio::join!(
                orgs::set_role(core, &one, "acme", &of_two, Role::Viewer),
                orgs::set_role(core, &two, "acme", &of_one, Role::Viewer),
            )
        } else {
            tokio::join!(
                orgs::set_role(core, &one, "acme", &of_two, Role::Viewer),
                orgs::set_role(core, &two, "acme", &of_two, Role::Viewer),
            )
        };
        for result in [&first, &second] {
            let expected = matches!(
                result,
                Ok(()) | Err(Error::Forbidden(_) | Error::Conflict(Conflict::LastOwner | Conflict::RoleChanged, _))
            );
            assert!(expected, "{result:?}");
        }
        let keeper = if orgs::get(core, &one, "acme").await.unwrap().role == Role::Owner { &one } else { &two };
        let members = orgs::members(core, keeper, "acme", &page()).await.unwrap().items;
        assert_eq!(members.iter().filter(|member| member.role == Role::Owner).count(), 1, "round {round}");
        if id_of(keeper) != of_one {
            std::mem::swap(&mut one, &mut two);
        }
        orgs::set_role(core, &one, "acme", &id_of(&two), Role::Owner).await.unwrap();
    }
}

// ASVS 15.4.2: an admin who acts on an admin never hits an owner, whom an owner made of them meanwhile
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_admin_never_undoes_an_owners_promotion() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let admin = portal.member("acme", &owner, "admin", Role::Admin).await;
    let core = &portal.core;
    for round in 0..60 {
        let other = id_of(&portal.member("acme", &owner, &format!("other{round}"), Role::Admin).await);
        let (promoted, undone) = tokio::join!(orgs::set_role(core, &owner, "acme", &other, Role::Owner), async {
            if round % 2 == 0 {
                orgs::set_role(core, &admin, "acme", &other, Role::Viewer).await
            } else {
                orgs::remove_member(core, &admin, "acme", &other).await
            }
        });
        let members = orgs::members(core, &owner, "acme", &page()).await.unwrap().items;
        let role = members.iter().find(|member| member.user == other).map(|member| member.role);
        match (promoted, undone) {
            (Ok(()), Err(Error::Forbidden(_) | Error::Conflict(Conflict::RoleChanged, _))) => {
                assert_eq!(role, Some(Role::Owner), "round {round}");
            }
            // the admin came first: the owner hears of it, or judged what the admin had left
            (Err(Error::NotFound | Error::Conflict(Conflict::RoleChanged, _)), Ok(())) => {
                assert_ne!(role, Some(Role::Owner), "round {round}");
            }
            (Ok(()), Ok(())) => assert_eq!(role, Some(Role::Owner), "round {round}"),
            other => panic!("round {round}: {other:?}"),
        }
    }
}
