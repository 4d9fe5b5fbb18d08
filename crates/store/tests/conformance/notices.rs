use latchkey_core::audit::AuditOutcome;
use latchkey_core::deliveries::{DeliveryTarget, NewDelivery};
use latchkey_core::notices::{Notice, NoticeKind, NoticeSettings, ReadPosition};
use latchkey_core::ports::{AuditEntry, StoreError};
use latchkey_types::{OrgId, Timestamp, UserId};

use crate::fixture::{
    Fixture, NOW, after, api as new_api, app, app_secret, id, invitation, key, management_key, object, page,
};

const DAY: i64 = 86_400;

pub fn notice(name: &str, org: &OrgId) -> Notice {
    Notice {
        id: id(name),
        org: org.clone(),
        kind: NoticeKind::Revoked,
        source: format!("source of {name}"),
        subject_type: "key".to_owned(),
        subject_id: "key_0000000000000001".to_owned(),
        subject_name: Some("ä\u{1f511}".to_owned()),
        at: NOW,
        created_at: NOW,
        detail: object(serde_json::json!({ "reason": "left", "percent": 80 })),
    }
}

pub fn mail(name: &str, org: &OrgId, user: &UserId) -> NewDelivery {
    NewDelivery {
        id: id(name),
        org: org.clone(),
        message: id(name),
        event: "credential.revoked".to_owned(),
        target: DeliveryTarget::Mail(user.clone()),
        title: format!("Title of {name}"),
        body: format!("{name}\n"),
        next_at: NOW,
        created_at: NOW,
    }
}

pub async fn a_source_is_told_once(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let one = notice("one", &acme);
    let delivery = mail("first", &acme, &owner);
    assert!(store.insert_notice(&one, &[delivery]).await.unwrap());
    assert_eq!(store.list_notices(&acme, &page(9)).await.unwrap().items, [one.clone()]);
    assert_eq!(store.list_notices(&globex, &page(9)).await.unwrap().items, []);
    // another replica: another id, the same source
    let again = Notice { id: id("again"), ..one.clone() };
    let parallel = (0..8).map(|number| {
        let deliveries = [mail(&format!("n{number}"), &acme, &owner)];
        let again = Notice { id: id(&format!("p{number}")), ..again.clone() };
        async move { store.insert_notice(&again, &deliveries).await.unwrap() }
    });
    assert!(!futures::future::join_all(parallel).await.contains(&true));
    assert_eq!(store.list_notices(&acme, &page(9)).await.unwrap().items, [one]);
    assert_eq!(store.list_deliveries(&acme, None, &page(9)).await.unwrap().items.len(), 1);
}

pub async fn of_parallel_tellers_one_tells(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    for round in 0..10 {
        let parallel = (0..6).map(|number| {
            let source = format!("round {round}");
            let new = Notice { id: id(&format!("r{round}n{number}")), source, ..notice("x", &acme) };
            let deliveries = [mail(&format!("d{round}n{number}"), &acme, &owner)];
            async move { store.insert_notice(&new, &deliveries).await.unwrap() }
        });
        let told = futures::future::join_all(parallel).await;
        assert_eq!(told.into_iter().filter(|told| *told).count(), 1, "{round}");
    }
    assert_eq!(store.list_notices(&acme, &page(99)).await.unwrap().items.len(), 10);
}

pub async fn the_log_is_read_on_and_never_back(fixture: &Fixture) {
    let store = &fixture.store;
    let (acme, _) = fixture.acme().await;
    assert_eq!(store.notice_cursor(NOW).await.unwrap(), NOW);
    store.advance_notice_cursor(NOW.plus_seconds(5)).await.unwrap();
    store.advance_notice_cursor(NOW).await.unwrap();
    assert_eq!(store.notice_cursor(NOW.plus_seconds(99)).await.unwrap(), NOW.plus_seconds(5));

    let row = |name: &str, action: &str, seconds: i64| AuditEntry {
        id: id(name),
        org: Some(acme.clone()),
        at: NOW.plus_seconds(seconds),
        ..fixture.audit(action)
    };
    let rows = [row("c", "key.revoke", 3), row("a", "key.revoke", 1), row("b", "leak.report", 1)];
    let others = [
        AuditEntry { outcome: AuditOutcome::Denied, ..row("d", "key.revoke", 2) },
        AuditEntry { org: None, ..row("e", "key.revoke", 2) },
        row("f", "key.create", 2),
    ];
    for entry in rows.iter().chain(&others) {
        store.insert_audit(entry).await.unwrap();
    }
    let told = ["key.revoke", "leak.report"];
    let read = async |after: (Timestamp, &str), limit| -> Vec<String> {
        let found = store.audit_without_notice(&told, &(after.0, after.1.to_owned()), limit).await.unwrap();
        found.into_iter().map(|entry| entry.id.random_part().trim_start_matches('0').to_owned()).collect()
    };
    assert_eq!(read((NOW, ""), 9).await, ["a", "b", "c"]);
    assert_eq!(read((NOW, ""), 2).await, ["a", "b"]);
    assert_eq!(read((rows[1].at, rows[1].id.as_str()), 9).await, ["b", "c"]);
    assert_eq!(read((NOW.plus_seconds(3), ""), 9).await, ["c"]);
    let about_b = Notice { source: rows[2].id.to_string(), ..notice("one", &acme) };
    store.insert_notice(&about_b, &[]).await.unwrap();
    assert_eq!(read((NOW, ""), 9).await, ["a", "c"]);
}

/// Makes one of each credential that ends in `days` days and was made `age` days ago.
async fn furnish(fixture: &Fixture, org: &OrgId, name: &str, days: i64, age: i64) {
    let (end, made) = (Some(NOW.plus_seconds(days * DAY)), NOW.plus_seconds(-age * DAY));
    let api = new_api(&format!("api{name}"), org);
    fixture.store.insert_api(&api, &fixture.audit("api.create")).await.unwrap();
    let mut one = key(&format!("key{name}"), org, &api.id);
    (one.expires_at, one.created_at) = (end, made);
    fixture.insert_key(&one).await;
    let mut management = management_key(&format!("mk{name}"), Some(org));
    (management.key.expires_at, management.key.created_at) = (end, made);
    fixture.store.insert_management_key(&management, &fixture.audit("management_key.create")).await.unwrap();
    let new = app(&format!("app{name}"), org, &[]);
    let jwk = latchkey_core::apps::ClientKey {
        id: id(&format!("pk{name}")),
        kid: format!("kid {name}"),
        jwk: "{}".to_owned(),
        created_at: made,
        expires_at: end,
        last_used_at: None,
    };
    let secret = app_secret(&format!("sec{name}"));
    fixture.store.insert_app(&new, Some(&secret), &[jwk], &fixture.audit("app.create")).await.unwrap();
}

pub async fn what_expires_soon_is_found_once_a_threshold(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    furnish(fixture, &acme, "soon", 6, 100).await;
    furnish(fixture, &acme, "late", 20, 100).await;
    // made when it had less than seven days to live, and one that lives for ever
    furnish(fixture, &acme, "young", 5, 1).await;
    let forever = key("forever", &acme, &id("apisoon"));
    fixture.insert_key(&forever).await;
    // those that are not in use
    for (name, revoked) in [("gone", true), ("off", false)] {
        let mut one = key(name, &acme, &id("apisoon"));
        (one.expires_at, one.created_at) = (Some(NOW.plus_seconds(6 * DAY)), NOW.plus_seconds(-100 * DAY));
        fixture.insert_key(&one).await;
        let audit = fixture.audit("x");
        if revoked {
            store.revoke_key(&acme, &one.id, NOW, None, &audit).await.unwrap();
        } else {
            store.set_key_disabled(&acme, &one.id, Some(NOW), &audit).await.unwrap();
        }
    }
    // an operators' key, and an invitation
    let mut operators = management_key("ops", None);
    (operators.key.expires_at, operators.key.created_at) =
        (Some(NOW.plus_seconds(6 * DAY)), NOW.plus_seconds(-100 * DAY));
    store.insert_management_key(&operators, &fixture.audit("x")).await.unwrap();
    store
        .insert_invitation(&invitation("guest", &acme, latchkey_types::Role::Viewer), &[], &fixture.audit("x"))
        .await
        .unwrap();

    let week = async |limit| {
        store.expiring_without_notice(7, NOW.plus_seconds(DAY), NOW.plus_seconds(7 * DAY), limit).await.unwrap()
    };
    let found = week(9).await;
    let mut types: Vec<&str> = found.iter().map(|one| one.subject_type.as_str()).collect();
    types.sort_unstable();
    assert_eq!(types, ["app_key", "key", "management_key"], "{found:?}");
    assert!(found.iter().all(|one| one.org == acme && one.expires_at == NOW.plus_seconds(6 * DAY)));
    let public = found.iter().find(|one| one.subject_type == "app_key").unwrap();
    assert_eq!((public.name.as_str(), public.holder.as_deref()), ("kid soon", Some("app_000000000appsoon")));
    assert_eq!(week(2).await.len(), 2);
    // the bounds: behind the first, not behind the second
    for (from, to, expected) in [(5, 6, 3), (6, 7, 0)] {
        let (from, to) = (NOW.plus_seconds(from * DAY), NOW.plus_seconds(to * DAY));
        assert_eq!(store.expiring_without_notice(7, from, to, 9).await.unwrap().len(), expected);
    }
    for one in &found {
        let source = format!("expiry/{}/7/{}", one.subject_id, one.expires_at.as_millis());
        let new = Notice { source, id: id(&one.subject_id[one.subject_id.len() - 6..]), ..notice("x", &acme) };
        assert!(store.insert_notice(&new, &[]).await.unwrap());
    }
    assert_eq!(week(9).await, []);
    let month = store.expiring_without_notice(30, NOW.plus_seconds(7 * DAY), NOW.plus_seconds(30 * DAY), 9).await;
    assert_eq!(month.unwrap().len(), 3);
}

pub async fn each_person_reads_for_themselves(fixture: &Fixture) {
    let store = &fixture.store;
    let (ada, ben) = (fixture.user("ada").await, fixture.user("ben").await);
    let (acme, globex) = (fixture.org("acme", &ada).await, fixture.org("globex", &ben).await);
    for number in 0..5 {
        let new = Notice { created_at: NOW.plus_seconds(number / 2), ..notice(&format!("n{number}"), &acme) };
        store.insert_notice(&new, &[]).await.unwrap();
    }
    let names = |items: &[Notice]| items.iter().map(|one| one.id.random_part()[14..].to_owned()).collect::<Vec<_>>();
    let first = store.list_notices(&acme, &page(3)).await.unwrap();
    assert_eq!(names(&first.items), ["n4", "n3", "n2"]);
    let second = store.list_notices(&acme, &after(3, first.next_cursor)).await.unwrap();
    assert_eq!((names(&second.items), second.next_cursor), (vec!["n1".to_owned(), "n0".to_owned()], None));

    let unread = async |user: &UserId, most| store.count_unread_notices(&acme, user, most).await.unwrap();
    assert_eq!((unread(&ada, 100).await, unread(&ada, 3).await, unread(&ben, 100).await), (5, 3, 5));
    assert_eq!(store.notices_read(&acme, &ada).await.unwrap(), None);
    store.mark_notices_read(&acme, &ada, &id("n3")).await.unwrap();
    assert_eq!((unread(&ada, 100).await, unread(&ben, 100).await), (1, 5));
    // never back
    store.mark_notices_read(&acme, &ada, &id("n1")).await.unwrap();
    let read = store.notices_read(&acme, &ada).await.unwrap();
    assert_eq!(read, Some(ReadPosition { at: NOW.plus_seconds(1), id: id("n3") }));
    for foreign in [&globex, &id("nobody")] {
        let missing = store.mark_notices_read(foreign, &ada, &id("n4")).await;
        assert!(matches!(missing, Err(StoreError::NotFound)));
    }
    assert_eq!(store.delete_notices_before(NOW.plus_seconds(2)).await.unwrap(), 4);
    assert_eq!(store.list_notices(&acme, &page(9)).await.unwrap().items.len(), 1);
}

pub async fn mails_go_to_who_wants_them_and_may(fixture: &Fixture) {
    use latchkey_types::Role;
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    assert_eq!(store.notice_settings(&acme).await.unwrap(), NoticeSettings::default());
    for kinds in [vec![NoticeKind::Leak, NoticeKind::Limit], Vec::new()] {
        let chosen = NoticeSettings { email_kinds: kinds };
        store.set_notice_settings(&acme, &chosen, &fixture.audit("notice_settings.update")).await.unwrap();
        assert_eq!(store.notice_settings(&acme).await.unwrap(), chosen);
    }
    let mut people = vec![owner.clone()];
    for (name, role, verified) in
        [("admin", Role::Admin, true), ("dev", Role::Developer, true), ("shady", Role::Admin, false)]
    {
        let mut user = crate::fixture::user(name);
        user.identity.email_verified = verified;
        let user = store.upsert_user(&user, &fixture.audit("user.sign_in")).await.unwrap().id;
        let new = invitation(name, &acme, role);
        store.insert_invitation(&new, &[], &fixture.audit("x")).await.unwrap();
        assert!(store.accept_invitation(&new.invitation.id, &user, NOW, &fixture.audit("x")).await.unwrap());
        people.push(user);
    }
    assert_eq!(store.mail_readers(&acme).await.unwrap(), []);
    for user in &people {
        assert!(!store.wants_mail(&acme, user).await.unwrap());
        store.set_wants_mail(&acme, user, true, &fixture.audit("notice.mail")).await.unwrap();
        assert!(store.wants_mail(&acme, user).await.unwrap());
    }
    let mut expected = people[..2].to_vec();
    expected.sort();
    assert_eq!(store.mail_readers(&acme).await.unwrap(), expected);
    let address = async |user: &UserId| store.mail_address(&acme, user).await.unwrap();
    assert_eq!(address(&people[1]).await.as_deref(), Some("admin@example.com"));
    assert_eq!((address(&people[2]).await, address(&people[3]).await), (None, None));
    // who was unmade or says no gets nothing, not even what is on its way
    store.set_member_role(&acme, &people[1], Role::Admin, Role::Viewer, &fixture.audit("x")).await.unwrap();
    store.set_wants_mail(&acme, &owner, false, &fixture.audit("notice.mail")).await.unwrap();
    assert_eq!((address(&people[1]).await, address(&owner).await), (None, None));
    assert_eq!(fixture.audited("notice.mail").await, 5);
}
