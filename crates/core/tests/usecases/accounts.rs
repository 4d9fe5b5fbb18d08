//! Signing in, operators, own sessions.

use latchkey_core::accounts::{self, Identity};
use latchkey_core::ports::{SessionRow, SessionStore};
use latchkey_core::settings::OperatorRule;
use latchkey_types::UserId;

use crate::stage::{Portal, START, bad_fields, command_line, id_of, is_forbidden, is_not_found};

fn identity(issuer: &str, subject: &str) -> Identity {
    Identity {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        name: "Ada".to_owned(),
        email: Some("ada@example.com".to_owned()),
        email_verified: true,
    }
}

// F-32
#[tokio::test]
async fn issuer_and_subject_tell_people_apart_and_nothing_else_does() {
    let portal = Portal::new().await;
    let sign_in = async |issuer: &str, subject: &str| {
        accounts::sign_in(&portal.core, identity(issuer, subject), None).await.unwrap().id
    };
    let first = sign_in("https://one.example", "1").await;
    assert_eq!(sign_in("https://one.example", "1").await, first);
    for (issuer, subject) in [
        ("https://two.example", "1"),
        ("https://one.example", "2"),
        ("https://one.example/", "1"),
        ("https://One.example", "1"),
        ("https://one.example", "1 "),
    ] {
        assert_ne!(sign_in(issuer, subject).await, first, "{issuer} {subject}");
    }
}

#[tokio::test]
async fn a_later_sign_in_updates_what_the_provider_says_and_is_audited_under_the_first_id() {
    let portal = Portal::new().await;
    let first = accounts::sign_in(&portal.core, identity("https://one.example", "1"), None).await.unwrap();
    portal.clock.advance(60);
    let renamed = Identity { name: "Ada L.".to_owned(), email: None, ..identity("https://one.example", "1") };
    let (second, rows) = portal.audited(accounts::sign_in(&portal.core, renamed, None)).await;
    let second = second.unwrap();
    assert_eq!((&second.id, second.created_at, second.identity.name.as_str()), (&first.id, START, "Ada L."));
    assert_eq!(second.last_sign_in_at, START.plus_seconds(60));
    assert_eq!(rows, ["user.sign_in"]);
    for row in portal.audit(None).await.into_iter().filter(|row| row.action == "user.sign_in") {
        assert_eq!((row.actor_id.as_deref(), row.target_id.as_str()), (Some(first.id.as_str()), first.id.as_str()));
    }
    assert_eq!(accounts::find(&portal.core, &first.id).await.unwrap(), Some(second));
}

// F-27
#[tokio::test]
async fn what_a_provider_says_is_cleaned_for_reading_but_never_for_knowing_a_person() {
    let portal = Portal::new().await;
    let odd = Identity {
        name: format!("A\0d\r\na{}", "x".repeat(500)),
        email: Some("a\0da@example.com\r\n".to_owned()),
        ..identity("https://one.example", "1")
    };
    let user = accounts::sign_in(&portal.core, odd, None).await.unwrap();
    assert_eq!(user.identity.name.chars().count(), 100);
    assert!(user.identity.name.starts_with("Adaxx"));
    assert_eq!(user.identity.email.as_deref(), Some("ada@example.com"));

    let unnamed = Identity { name: " ".to_owned(), ..identity("https://one.example", "2") };
    assert_eq!(accounts::sign_in(&portal.core, unnamed, None).await.unwrap().identity.name, "ada@example.com");
    let foreign = Identity { email: Some("ada\u{FF20}example.com".to_owned()), ..identity("https://one.example", "3") };
    assert!(!accounts::sign_in(&portal.core, foreign, None).await.unwrap().identity.email_verified);

    for (issuer, subject, field) in [
        ("", "1", "iss"),
        ("https://one.example", "", "sub"),
        ("https://one.example", "1\0", "sub"),
        ("a\nb", "1", "iss"),
    ] {
        assert_eq!(bad_fields(accounts::sign_in(&portal.core, identity(issuer, subject), None).await), [field]);
    }
    let long = "x".repeat(256);
    assert_eq!(
        bad_fields(accounts::sign_in(&portal.core, identity("https://one.example", &long), None).await),
        ["sub"]
    );
}

#[tokio::test]
async fn operators_are_named_by_identity_or_verified_address() {
    let portal = Portal::with(|settings| {
        settings.operators = vec![
            OperatorRule::Identity { issuer: "https://idp.example".to_owned(), subject: "olga".to_owned() },
            OperatorRule::Email("Root@example.com".to_owned()),
        ];
    })
    .await;
    for (subject, email, verified, expected) in [
        ("olga", "any@example.com", false, true),
        ("Olga", "any@example.com", true, false),
        ("other", "root@EXAMPLE.com", true, true),
        ("unverified", "root@example.com", false, false),
        ("alike", "r\u{43e}ot@example.com", true, false),
    ] {
        let user = portal.sign_in(subject, email, verified).await;
        assert_eq!(accounts::is_operator(&portal.core, &user), expected, "{subject}");
    }
}

fn session(user: &UserId, number: u8) -> SessionRow {
    SessionRow {
        id_hash: [number; 32],
        user: Some(user.clone()),
        data: "{}".to_owned(),
        created_at: START,
        last_seen_at: START.plus_seconds(i64::from(number)),
        expires_at: START.plus_seconds(3_600),
        user_agent: None,
        ip: None,
    }
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_only() {
    let portal = Portal::new().await;
    let (ada, eve) = (portal.person("ada").await, portal.person("eve").await);
    for number in 1..=3 {
        assert!(portal.store.insert_session(&session(&id_of(&ada), number)).await.unwrap());
    }
    portal.store.insert_session(&session(&id_of(&eve), 9)).await.unwrap();
    let core = &portal.core;
    let own = accounts::sessions(core, &ada).await.unwrap();
    assert_eq!(own.iter().map(|session| session.id_hash[0]).collect::<Vec<_>>(), [3, 2, 1]);

    let (foreign, rows) = portal.audited(accounts::end_session(core, &eve, &[1; 32])).await;
    assert!(is_not_found(&foreign) && rows.is_empty());
    let (ended, rows) = portal.audited(accounts::end_session(core, &ada, &[1; 32])).await;
    ended.unwrap();
    assert_eq!(rows, ["session.end"]);
    let (ended, rows) = portal.audited(accounts::end_other_sessions(core, &ada, &[3; 32])).await;
    assert_eq!((ended.unwrap(), rows), (1, vec!["session.end".to_owned()]));
    let (ended, rows) = portal.audited(accounts::end_other_sessions(core, &ada, &[3; 32])).await;
    assert_eq!((ended.unwrap(), rows.len()), (0, 0));
    assert_eq!(accounts::sessions(core, &eve).await.unwrap().len(), 1);
    let (_, rows) = portal.audited(accounts::sign_out(core, &ada)).await;
    assert_eq!(rows, ["user.sign_out"]);
    assert!(is_forbidden(&accounts::sessions(core, &command_line()).await));
}
