//! Invitations: bound to a verified address, once, seven days.

use std::sync::Arc;

use latchkey_core::orgs::{self, INVITATION_SECONDS, InvitationStatus, MAX_OPEN_INVITATIONS};
use latchkey_core::{Conflict, Error};
use latchkey_types::Role;

use crate::stage::{
    Portal, as_user, bad_fields, command_line, conflict_of, is_forbidden, is_not_found, management_key, page,
};

#[tokio::test]
async fn the_invited_person_becomes_a_member_once() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let bob = portal.person("bob").await;
    let (invited, rows) =
        portal.audited(orgs::invite(&portal.core, &owner, "acme", "BOB@example.com", Role::Developer)).await;
    let invited = invited.unwrap();
    assert_eq!(rows, ["invitation.create"]);
    assert_eq!(invited.token.expose().len(), 43);
    assert_eq!(format!("{:?}", invited.token), "PlainSecret");

    let (open, org) = orgs::open_invitation(&portal.core, &bob, invited.token.expose()).await.unwrap();
    assert_eq!((open.role, org.slug.as_str()), (Role::Developer, "acme"));
    let (_, rows) = portal.audited(orgs::accept_invitation(&portal.core, &bob, invited.token.expose())).await;
    assert_eq!(rows, ["invitation.accept"]);
    assert_eq!(orgs::get(&portal.core, &bob, "acme").await.unwrap().role, Role::Developer);
    assert!(is_not_found(&orgs::accept_invitation(&portal.core, &bob, invited.token.expose()).await));
    assert!(is_not_found(&orgs::open_invitation(&portal.core, &bob, invited.token.expose()).await));
    let listed = orgs::invitations(&portal.core, &owner, "acme", &page()).await.unwrap().items;
    assert_eq!(listed[0].status(latchkey_core::clock::Clock::now(&*portal.clock)), InvitationStatus::Accepted);
}

// F-32
#[tokio::test]
async fn only_the_verified_address_accepts() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let invited = orgs::invite(&portal.core, &owner, "acme", "bob@example.com", Role::Owner).await.unwrap();
    for (subject, email, verified) in [
        ("eve", "eve@example.com", true),
        ("unverified", "bob@example.com", false),
        ("cyrillic", "b\u{43e}b@example.com", true),
        ("full-width", "bob\u{FF20}example.com", true),
        ("suffix", "bob@example.com.evil.example", true),
        ("space", "bob@example.com evil", true),
    ] {
        let other = portal.sign_in(subject, email, verified).await;
        let result = orgs::accept_invitation(&portal.core, &as_user(&other.id), invited.token.expose()).await;
        assert!(is_forbidden(&result), "{subject}: {result:?}");
    }
    assert!(is_forbidden(&orgs::accept_invitation(&portal.core, &command_line(), invited.token.expose()).await));
    assert_eq!(orgs::members(&portal.core, &owner, "acme", &page()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn it_ends_after_seven_days_or_when_taken_back() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let bob = portal.person("bob").await;
    let invite = async || orgs::invite(&portal.core, &owner, "acme", "bob@example.com", Role::Viewer).await.unwrap();

    let late = invite().await;
    portal.clock.advance(INVITATION_SECONDS);
    assert!(is_not_found(&orgs::accept_invitation(&portal.core, &bob, late.token.expose()).await));
    let gone = orgs::revoke_invitation(&portal.core, &owner, "acme", &late.invitation.id).await;
    assert_eq!(conflict_of(gone), Conflict::AlreadyDecided);

    let back = invite().await;
    let (_, rows) = portal.audited(orgs::revoke_invitation(&portal.core, &owner, "acme", &back.invitation.id)).await;
    assert_eq!(rows, ["invitation.revoke"]);
    assert!(is_not_found(&orgs::accept_invitation(&portal.core, &bob, back.token.expose()).await));
    let again = orgs::revoke_invitation(&portal.core, &owner, "acme", &back.invitation.id).await;
    assert_eq!(conflict_of(again), Conflict::AlreadyDecided);

    let good = invite().await;
    portal.clock.advance(INVITATION_SECONDS - 1);
    orgs::accept_invitation(&portal.core, &bob, good.token.expose()).await.unwrap();
}

#[tokio::test]
async fn no_neighbour_of_a_token_opens_anything() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let bob = portal.person("bob").await;
    let invited = orgs::invite(&portal.core, &owner, "acme", "bob@example.com", Role::Viewer).await.unwrap();
    let token = invited.token.expose();
    let mut neighbours =
        vec![String::new(), format!("{token}0"), token[..42].to_owned(), "x\0".repeat(30), "é".repeat(21)];
    for position in 0..token.len() {
        let mut changed = token.to_owned().into_bytes();
        changed[position] = if changed[position] == b'x' { b'y' } else { b'x' };
        neighbours.push(String::from_utf8(changed).unwrap());
    }
    for neighbour in neighbours {
        assert!(is_not_found(&orgs::accept_invitation(&portal.core, &bob, &neighbour).await), "{neighbour:?}");
    }
}

#[tokio::test]
async fn who_is_a_member_already_is_not_invited_again() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    let key = management_key(Some(&id), Role::Admin);
    let first = orgs::invite(&portal.core, &key, "acme", "bob@example.com", Role::Viewer).await.unwrap();
    let bob = portal.person("bob").await;
    orgs::accept_invitation(&portal.core, &bob, first.token.expose()).await.unwrap();
    assert_eq!(orgs::get(&portal.core, &bob, "acme").await.unwrap().role, Role::Viewer, "unchanged");
    let third = orgs::invite(&portal.core, &owner, "acme", "Bob@Example.COM", Role::Viewer).await;
    assert_eq!(conflict_of(third), Conflict::AlreadyMember);
    assert_eq!(
        bad_fields(orgs::invite(&portal.core, &owner, "acme", "bob\u{FF20}example.com", Role::Viewer).await),
        ["email"]
    );
}

#[tokio::test]
async fn whoever_invites_again_ends_the_link_before() {
    let portal = Portal::new().await;
    let (id, owner) = portal.org("acme").await;
    let (core, bob) = (&portal.core, portal.person("bob").await);
    let first = orgs::invite(core, &owner, "acme", "bob@example.com", Role::Viewer).await.unwrap();
    let (second, rows) = portal.audited(orgs::invite(core, &owner, "acme", "BOB@example.com", Role::Owner)).await;
    let second = second.unwrap();
    assert_eq!(rows, ["invitation.create"]);
    assert!(is_not_found(&orgs::accept_invitation(core, &bob, first.token.expose()).await));
    let now = latchkey_core::clock::Clock::now(&*portal.clock);
    let standing: Vec<_> = orgs::invitations(core, &owner, "acme", &page())
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|listed| (listed.id.clone(), listed.status(now)))
        .collect();
    assert_eq!(standing.len(), 2);
    assert!(standing.contains(&(first.invitation.id, InvitationStatus::Revoked)));
    assert!(standing.contains(&(second.invitation.id.clone(), InvitationStatus::Open)));

    // an admin takes no owner's invitation away, by inviting as little as by taking back
    let admin = management_key(Some(&id), Role::Admin);
    assert!(is_forbidden(&orgs::invite(core, &admin, "acme", "bob@example.com", Role::Viewer).await));
    orgs::accept_invitation(core, &bob, second.token.expose()).await.unwrap();
    assert_eq!(orgs::get(core, &bob, "acme").await.unwrap().role, Role::Owner);
}

// API6
#[tokio::test]
async fn open_invitations_have_a_bound() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    for number in 0..MAX_OPEN_INVITATIONS {
        let email = format!("guest{number}@example.com");
        orgs::invite(&portal.core, &owner, "acme", &email, Role::Viewer).await.unwrap();
    }
    let more = async || orgs::invite(&portal.core, &owner, "acme", "more@example.com", Role::Viewer).await;
    assert_eq!(conflict_of(more().await), Conflict::TooManyInvitations);
    portal.clock.advance(INVITATION_SECONDS);
    more().await.unwrap();
}

// F-17
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_200_parallel_acceptances_one_succeeds() {
    let portal = Arc::new(Portal::new().await);
    let (id, owner) = portal.org("acme").await;
    let bob = portal.person("bob").await;
    let invited = orgs::invite(&portal.core, &owner, "acme", "bob@example.com", Role::Viewer).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (portal, bob, token) = (Arc::clone(&portal), bob.clone(), invited.token.clone());
            tokio::spawn(async move { orgs::accept_invitation(&portal.core, &bob, token.expose()).await })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(Error::NotFound | Error::Conflict(Conflict::AlreadyMember, _)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(accepted, 1);
    let rows = portal.audit(Some(&id)).await;
    assert_eq!(rows.iter().filter(|row| row.action == "invitation.accept").count(), 1);
}
