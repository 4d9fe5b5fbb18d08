use latchkey_core::audit::{AuditFilter, AuditOutcome};

use crate::fixture::{Fixture, NOW, after, object, page};

pub async fn filters_and_pages(fixture: &Fixture) {
    let (acme, _) = fixture.acme().await;
    for number in 0..6 {
        let mut entry = fixture.audit(if number % 2 == 0 { "key.revoke" } else { "keys.list" });
        entry.org = (number < 4).then(|| acme.clone());
        entry.at = NOW.plus_seconds(10 + number / 2);
        entry.actor_id = Some(format!("mk_{}", number % 3));
        entry.target_id = format!("key_{number}");
        entry.outcome = AuditOutcome::Denied;
        entry.detail = object(serde_json::json!({ "n": number }));
        fixture.store.insert_audit(&entry).await.unwrap();
        let filter = AuditFilter { target: Some(entry.target_id.clone()), ..AuditFilter::default() };
        assert_eq!(fixture.store.list_audit(&filter, &page(9)).await.unwrap().items, [entry]);
    }
    let count = async |filter: AuditFilter| fixture.store.list_audit(&filter, &page(99)).await.unwrap().items.len();
    let any = AuditFilter::default;
    assert_eq!(count(AuditFilter { org: Some(acme), ..any() }).await, 4);
    assert_eq!(count(AuditFilter { action: Some("key.".into()), ..any() }).await, 3);
    assert_eq!(count(AuditFilter { action: Some("key".into()), ..any() }).await, 0);
    assert_eq!(count(AuditFilter { action: Some("keys.list".into()), ..any() }).await, 3);
    assert_eq!(count(AuditFilter { actor: Some("mk_1".into()), ..any() }).await, 2);
    assert_eq!(count(AuditFilter { from: Some(NOW.plus_seconds(12)), ..any() }).await, 2);
    let (from, to) = (Some(NOW.plus_seconds(10)), Some(NOW.plus_seconds(12)));
    assert_eq!(count(AuditFilter { from, to, ..any() }).await, 4);
    assert_eq!(count(AuditFilter { target: Some("a\0".into()), ..any() }).await, 0);
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let listed = fixture.store.list_audit(&AuditFilter { from, ..any() }, &after(4, cursor)).await.unwrap();
        rows.extend(listed.items);
        cursor = listed.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(rows.len(), 6);
    assert!(rows.windows(2).all(|pair| (pair[0].at, &pair[0].id) > (pair[1].at, &pair[1].id)));
}
