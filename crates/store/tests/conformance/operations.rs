use std::collections::BTreeSet;

use latchkey_core::apis::operations::{
    Description, GrantedOperations, MAX_UNKNOWN_OPERATIONS, Method, NamedScope, OTHERS, Operation, OperationTable,
    UnknownCall,
};
use latchkey_core::apps::AppChange;
use latchkey_core::keys::KeyChange;
use latchkey_core::ports::StoreError;
use latchkey_core::service_accounts::AccountGrants;
use latchkey_types::{ApiId, ScopeSet};

use crate::fixture::{Fixture, NOW, app, id, key, scopes, secret};

/// A table whose operations `a`, `b`, … take these scopes.
fn table(needs: &[(&str, &str)]) -> OperationTable {
    let operation = |(id, needed): &(&str, &str)| Operation {
        id: Some((*id).to_owned()),
        method: Method::Get,
        path: format!("/{id}/{{x}}"),
        summary: "Ä\u{1F600}".to_owned(),
        needs: vec![scopes(needed)],
    };
    let operations: Vec<Operation> = needs.iter().map(operation).collect();
    let named: ScopeSet = operations.iter().flat_map(|operation| operation.needs[0].iter().cloned()).collect();
    let scope = |name: &latchkey_types::Scope| NamedScope { name: name.clone(), description: "what".to_owned() };
    let named = named.iter().map(scope).collect();
    OperationTable {
        description: Description { title: "T".to_owned(), version: "1".to_owned(), operations, scopes: named },
        digest: format!("{needs:?}"),
        uploaded_at: NOW,
        uploaded_by: "usr_0000000000000001".to_owned(),
    }
}

fn granted(names: &[&str], beside: &str) -> GrantedOperations {
    GrantedOperations { names: names.iter().map(ToString::to_string).collect(), beside: scopes(beside) }
}

pub async fn a_table_reads_back_and_is_replaced(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let api = fixture.api("orders", &acme).await;
    let audit = || fixture.audit("api.openapi.set");
    assert_eq!(store.find_operation_table(&api).await.unwrap(), None);
    assert!(store.with_operation_table(std::slice::from_ref(&api)).await.unwrap().is_empty());
    let (one, two) = (table(&[("a", "read")]), table(&[("a", "read extra"), ("b", "more")]));
    assert!(matches!(store.set_operation_table(&globex, &api, &one, &audit()).await, Err(StoreError::NotFound)));
    for set in [&one, &two] {
        let before = store.revision().await.unwrap();
        store.set_operation_table(&acme, &api, set, &audit()).await.unwrap();
        assert_eq!(store.find_operation_table(&api).await.unwrap().as_ref(), Some(set));
        let asked = [id("none"), api.clone()];
        assert_eq!(store.with_operation_table(&asked).await.unwrap(), BTreeSet::from([api.clone()]));
        let changed: Vec<_> =
            store.changes_after(before, 10).await.unwrap().into_iter().map(|change| change.subject).collect();
        assert_eq!(changed, [api.as_str()]);
    }
    let scopes = store.find_api(&api).await.unwrap().unwrap().scope_set();
    assert!(scopes.contains("extra") && scopes.contains("more"));
    assert_eq!(fixture.audited("api.openapi.set").await, 2);
}

pub async fn a_draft_is_kept_until_it_is_applied_or_discarded(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let api = fixture.api("orders", &acme).await;
    let audit = || fixture.audit("draft");
    let (one, two) = (table(&[("a", "read")]), table(&[("b", "read")]));
    assert!(matches!(store.put_operation_draft(&globex, &api, &one, &audit()).await, Err(StoreError::NotFound)));
    store.put_operation_draft(&acme, &api, &one, &audit()).await.unwrap();
    store.put_operation_draft(&acme, &api, &two, &audit()).await.unwrap();
    assert_eq!(store.find_operation_draft(&api).await.unwrap(), Some(two.clone()));
    assert_eq!(store.find_operation_table(&api).await.unwrap(), None);
    store.set_operation_table(&acme, &api, &two, &audit()).await.unwrap();
    assert_eq!(store.find_operation_draft(&api).await.unwrap(), None);
    store.put_operation_draft(&acme, &api, &one, &audit()).await.unwrap();
    let before = fixture.audited("draft").await;
    store.delete_operation_draft(&acme, &api, &audit()).await.unwrap();
    store.delete_operation_draft(&acme, &api, &audit()).await.unwrap();
    assert_eq!(fixture.audited("draft").await, before + 1);
    assert_eq!(store.find_operation_draft(&api).await.unwrap(), None);
}

pub async fn grants_follow_the_table_in_force(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let (api, other) = (fixture.api("orders", &acme).await, fixture.api("bills", &acme).await);
    let audit = || fixture.audit("grant");
    store.set_operation_table(&acme, &api, &table(&[("a", "read"), ("b", "write")]), &audit()).await.unwrap();

    // what was worked out from an older table is worked out anew
    let mut by_operation = key("one", &acme, &api);
    (by_operation.scopes, by_operation.operations) = (scopes("stale"), Some(granted(&["a", "gone"], "own")));
    store.insert_key(&by_operation, &secret("one"), &audit()).await.unwrap();
    let by_scope = key("two", &acme, &api);
    store.insert_key(&by_scope, &secret("two"), &audit()).await.unwrap();
    let mut program = app("app", &acme, &[(&api, "stale"), (&other, "read")]);
    program.grants.iter_mut().find(|grant| grant.api == api).unwrap().operations = Some(granted(&["a", "b"], ""));
    store.insert_app(&program, None, &[], &audit()).await.unwrap();

    let of_key = async |id| store.find_key(&acme, id).await.unwrap().unwrap();
    let of_app = async |wanted: &ApiId| {
        let found = store.find_app(&acme, &program.id).await.unwrap().unwrap();
        found.grants.into_iter().find(|grant| grant.api == *wanted).unwrap()
    };
    assert_eq!(of_key(&by_operation.id).await.scopes, scopes("own read"));
    assert_eq!(of_key(&by_operation.id).await.operations, by_operation.operations);
    assert_eq!(of_app(&api).await.scopes, scopes("read write"));

    store.set_operation_table(&acme, &api, &table(&[("a", "read new")]), &audit()).await.unwrap();
    assert_eq!(of_key(&by_operation.id).await.scopes, scopes("own read new"));
    assert_eq!(of_key(&by_scope.id).await.scopes, by_scope.scopes);
    assert_eq!(of_app(&api).await.scopes, scopes("read new"));
    assert_eq!(of_app(&other).await.scopes, scopes("read"));

    let change = KeyChange { scopes: Some(scopes("x")), operations: Some(None), ..KeyChange::default() };
    let changed = store.update_key(&acme, &by_operation.id, &change, &audit()).await.unwrap();
    assert_eq!((changed.scopes, changed.operations), (scopes("x"), None));
    let mut grants = program.grants.clone();
    for grant in &mut grants {
        grant.operations = Some(granted(&["a"], "z"));
    }
    let change = AppChange { grants: Some(grants), ..AppChange::default() };
    store.update_app(&acme, &program.id, &change, &audit()).await.unwrap();
    assert_eq!(of_app(&api).await.scopes, scopes("new read z"));
    assert_eq!(of_app(&other).await.scopes, scopes("z"), "an API without operations gives none");
    let verifiable = store.find_verifiable_app(&program.id).await.unwrap().unwrap();
    assert!(verifiable.app.grants.iter().all(|grant| grant.operations.is_some()));
}

pub async fn grants_of_accounts_follow_too(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let api = fixture.api("orders", &acme).await;
    let audit = || fixture.audit("grant");
    let mut account =
        crate::service_accounts::account("sa", &acme, crate::service_accounts::listed(&[(&api, "stale")]));
    let AccountGrants::Listed(grants) = &mut account.grants else { panic!("listed") };
    grants[0].operations = Some(granted(&["a"], ""));
    store.insert_service_account(&account, &[], &audit()).await.unwrap();
    store.set_operation_table(&acme, &api, &table(&[("a", "read")]), &audit()).await.unwrap();
    let found = store.find_service_account(&acme, &account.id).await.unwrap().unwrap();
    let AccountGrants::Listed(grants) = found.grants else { panic!("listed") };
    assert_eq!((&grants[0].scopes, &grants[0].operations), (&scopes("read"), &Some(granted(&["a"], ""))));
    let live = store.live_credentials(&api, NOW).await.unwrap();
    assert_eq!(live.iter().map(|credential| credential.id.as_str()).collect::<Vec<_>>(), [account.id.as_str()]);
}

pub async fn live_credentials_are_those_that_are_neither_ended_nor_expired(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let (api, other) = (fixture.api("orders", &acme).await, fixture.api("bills", &acme).await);
    let audit = || fixture.audit("x");
    let live = key("live", &acme, &api);
    let mut ends = key("ends", &acme, &api);
    ends.expires_at = Some(NOW.plus_seconds(1));
    let mut ended = key("ended", &acme, &api);
    ended.expires_at = Some(NOW);
    let revoked = key("revoked", &acme, &api);
    let elsewhere = key("elsewhere", &acme, &other);
    for new in [&live, &ends, &ended, &revoked, &elsewhere] {
        store.insert_key(new, &secret("x"), &audit()).await.unwrap();
    }
    store.revoke_key(&acme, &revoked.id, NOW, None, &audit()).await.unwrap();
    let (one, two) = (app("one", &acme, &[(&api, "read"), (&other, "read")]), app("two", &acme, &[(&api, "read")]));
    for new in [&one, &two] {
        store.insert_app(new, None, &[], &audit()).await.unwrap();
    }
    store.revoke_app(&acme, &two.id, NOW, None, &audit()).await.unwrap();
    let found = store.live_credentials(&api, NOW).await.unwrap();
    let mut ids: Vec<_> = found.iter().map(|credential| credential.id.clone()).collect();
    ids.sort();
    let mut expected = vec![live.id.to_string(), ends.id.to_string(), one.id.to_string()];
    expected.sort();
    assert_eq!(ids, expected);
    assert!(found.iter().all(|credential| credential.org == acme && !credential.scopes.is_empty()));
}

pub async fn unknown_operations_add_up_and_are_bounded(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let acme = fixture.org("acme", &owner).await;
    let (api, gone) = (fixture.api("orders", &acme).await, fixture.api("gone", &acme).await);
    store.delete_api(&acme, &gone, NOW, &fixture.audit("api.delete")).await.unwrap();
    let call = |api: &ApiId, path: &str, ambiguous| UnknownCall {
        api: api.clone(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        ambiguous,
    };
    let later = NOW.plus_seconds(1);
    store.add_unknown_operations(&[(call(&api, "/a", false), 2), (call(&gone, "/a", false), 1)], NOW).await.unwrap();
    store.add_unknown_operations(&[(call(&api, "/a", false), 3), (call(&api, "/a", true), 1)], later).await.unwrap();
    let listed = store.list_unknown_operations(&api).await.unwrap();
    let rows: Vec<_> =
        listed.iter().map(|row| (row.path.as_str(), row.ambiguous, row.count, row.last_seen_at)).collect();
    assert_eq!(rows, [("/a", false, 5, later), ("/a", true, 1, later)]);
    assert_eq!(store.list_unknown_operations(&gone).await.unwrap(), []);

    let most = usize::try_from(MAX_UNKNOWN_OPERATIONS).unwrap();
    let many: Vec<_> = (0..most + 50).map(|number| (call(&api, &format!("/{number}"), false), 1)).collect();
    store.add_unknown_operations(&many, later).await.unwrap();
    let listed = store.list_unknown_operations(&api).await.unwrap();
    assert_eq!(listed.len(), most + 1);
    let others = listed.iter().find(|row| row.path == OTHERS).unwrap();
    assert_eq!((others.method.as_str(), others.count), (OTHERS, 52));
    assert_eq!(listed.iter().map(|row| row.count).sum::<i64>(), 6 + 50 + i64::try_from(most).unwrap());
    // a new document counts anew
    store.set_operation_table(&acme, &api, &table(&[]), &fixture.audit("x")).await.unwrap();
    assert_eq!(store.list_unknown_operations(&api).await.unwrap(), []);
}
