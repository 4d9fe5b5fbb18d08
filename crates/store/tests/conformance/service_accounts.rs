use futures::future::join_all;
use latchkey_core::apps::{ClientKey, MAX_CLIENT_KEYS};
use latchkey_core::ports::{LastUse, StoreError, UsageBatch};
use latchkey_core::service_accounts::{AccountGrant, AccountGrants, ServiceAccount, ServiceAccountChange};
use latchkey_core::workloads::{ClaimPattern, MAX_WORKLOAD_RULES, WorkloadRule};
use latchkey_types::{ApiId, OrgId, Role};

use crate::fixture::{Fixture, NOW, after, app, id, page, rate_limit, scopes};

pub fn account(name: &str, org: &OrgId, grants: AccountGrants) -> ServiceAccount {
    ServiceAccount {
        id: id(name),
        org: org.clone(),
        name: format!("Account {name}"),
        roles: vec![Role::Viewer, Role::Developer],
        grants,
        rate_limits: vec![rate_limit()],
        addresses: latchkey_core::AddressRules::default(),
        created_at: NOW,
        created_by: "cli".to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    }
}

pub fn listed(grants: &[(&ApiId, &str)]) -> AccountGrants {
    AccountGrants::Listed(
        grants
            .iter()
            .map(|(api, text)| AccountGrant { api: (*api).clone(), scopes: scopes(text), operations: None })
            .collect(),
    )
}

fn key(name: &str) -> ClientKey {
    ClientKey {
        id: id(name),
        kid: format!("kid of {name}"),
        jwk: format!(r#"{{"kid":"{name}"}}"#),
        created_at: NOW,
        expires_at: None,
        last_used_at: None,
    }
}

fn rule(name: &str, org: &OrgId, principal: &str) -> WorkloadRule {
    WorkloadRule {
        id: id(name),
        org: org.clone(),
        issuer: "https://issuer.example".to_owned(),
        audience: "latchkey".to_owned(),
        claims: [("sub".to_owned(), ClaimPattern::new("repo:acme/*").unwrap())].into(),
        jwks: Some("{\"keys\":[]}".to_owned()),
        principal: principal.to_owned(),
        created_at: NOW,
        created_by: "cli".to_owned(),
    }
}

async fn stored(fixture: &Fixture) -> (OrgId, ApiId, ServiceAccount) {
    let (acme, orders) = fixture.acme().await;
    let one = account("one", &acme, listed(&[(&orders, "read")]));
    insert(fixture, &one).await;
    (acme, orders, one)
}

async fn insert(fixture: &Fixture, account: &ServiceAccount) {
    let keys = [key(account.id.random_part())];
    fixture.store.insert_service_account(account, &keys, &fixture.audit("service_account.create")).await.unwrap();
}

pub async fn an_account_reads_back(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    let find = async |org: &OrgId| fixture.store.find_service_account(org, &one.id).await.unwrap();
    assert_eq!(find(&acme).await, Some(one.clone()));
    assert_eq!(find(&id("other")).await, None);
    let found = fixture.store.find_verifiable_service_account(&one.id).await.unwrap().unwrap();
    assert_eq!((found.account, found.holder.id), (one.clone(), acme.clone()));
    assert_eq!(found.keys, [key(one.id.random_part())]);
    let [(api, _, may)] = &found.apis[..] else { panic!("{:?}", found.apis) };
    assert_eq!((&api.id, may.to_string().as_str()), (&orders, "read"));
    let two = account("two", &acme, AccountGrants::ByRole);
    insert(fixture, &two).await;
    let found = fixture.store.find_verifiable_service_account(&two.id).await.unwrap().unwrap();
    assert_eq!((found.account, found.apis.len()), (two.clone(), 1));
    assert_eq!(found.apis[0].2, found.apis[0].0.scope_set());
    let change = ServiceAccountChange { roles: Some(vec![Role::Viewer]), ..ServiceAccountChange::default() };
    fixture.store.update_service_account(&acme, &two.id, &change, &fixture.audit("update")).await.unwrap();
    let found = fixture.store.find_verifiable_service_account(&two.id).await.unwrap().unwrap();
    assert!(found.apis.is_empty(), "a viewer may ask for nothing");
    let missing = account("three", &acme, listed(&[(&id("none"), "read")]));
    let refused = fixture.store.insert_service_account(&missing, &[], &fixture.audit("refused")).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    assert_eq!(
        (fixture.store.find_service_account(&acme, &missing.id).await.unwrap(), fixture.audited("refused").await),
        (None, 0)
    );
}

pub async fn account_changes_replace_grants(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let other = fixture.api("other", &acme).await;
    let update = async |change: &ServiceAccountChange| {
        fixture.store.update_service_account(&acme, &one.id, change, &fixture.audit("update")).await
    };
    let change = ServiceAccountChange {
        name: Some("Renamed".to_owned()),
        roles: Some(vec![Role::Owner]),
        grants: Some(listed(&[(&other, "")])),
        ..ServiceAccountChange::default()
    };
    let changed = update(&change).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.role(), &changed.grants),
        ("Renamed", Role::Owner, &listed(&[(&other, "")]))
    );
    assert_eq!(fixture.store.find_service_account(&acme, &one.id).await.unwrap(), Some(changed));
    let by_role = ServiceAccountChange { grants: Some(AccountGrants::ByRole), ..ServiceAccountChange::default() };
    assert_eq!(update(&by_role).await.unwrap().grants, AccountGrants::ByRole);
    let deleted = fixture.store.delete_api(&acme, &other, NOW, &fixture.audit("api.delete")).await.unwrap();
    assert!(deleted, "no grant is left of it");
    fixture.store.revoke_service_account(&acme, &one.id, NOW, None, &fixture.audit("revoke")).await.unwrap();
    assert!(matches!(update(&change).await, Err(StoreError::NotFound)), "one of its APIs is gone");
    assert!(matches!(update(&by_role).await, Err(StoreError::Stale)));
    assert_eq!(fixture.audited("update").await, 2);
}

pub async fn an_account_keeps_its_api(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    let delete = async || fixture.store.delete_api(&acme, &orders, NOW, &fixture.audit("api.delete")).await.unwrap();
    assert!(!delete().await);
    fixture.store.revoke_service_account(&acme, &one.id, NOW, None, &fixture.audit("revoke")).await.unwrap();
    assert!(delete().await);
}

pub async fn states_of_an_account(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let set = async |at| {
        fixture.store.set_service_account_disabled(&acme, &one.id, at, &fixture.audit("disable")).await.unwrap()
    };
    assert_eq!(set(Some(NOW)).await.unwrap().disabled_at, Some(NOW));
    assert_eq!(set(Some(NOW.plus_seconds(1))).await.unwrap().disabled_at, Some(NOW));
    assert_eq!(fixture.audited("disable").await, 1);
    assert_eq!(set(None).await.unwrap().disabled_at, None);
    let revoke = async |reason| {
        fixture.store.revoke_service_account(&acme, &one.id, NOW, reason, &fixture.audit("revoke")).await.unwrap()
    };
    let revoked = revoke(Some("left")).await;
    assert_eq!(revoke(Some("again")).await, revoked);
    assert_eq!((set(None).await, fixture.audited("revoke").await), (None, 1));
}

pub async fn a_used_account_stays(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    let unused = account("unused", &acme, listed(&[(&orders, "read")]));
    insert(fixture, &unused).await;
    fixture.store.insert_workload_rule(&rule("rule", &acme, unused.id.as_str()), &fixture.audit("rule")).await.unwrap();
    let last = LastUse { id: one.id.to_string(), generation: 0, at: NOW };
    let batch = UsageBatch {
        source: "s".to_owned(),
        sequence: 1,
        rows: Vec::new(),
        last_uses: vec![last],
        networks: Vec::new(),
    };
    assert!(fixture.store.add_usage(&batch).await.unwrap());
    let delete = async |account: &ServiceAccount| {
        fixture.store.delete_service_account(&acme, &account.id, &fixture.audit("delete")).await
    };
    assert!(!delete(&one).await.unwrap());
    assert!(delete(&unused).await.unwrap());
    assert!(matches!(delete(&unused).await, Err(StoreError::NotFound)));
    assert!(fixture.store.find_verifiable_service_account(&unused.id).await.unwrap().is_none());
    assert!(fixture.store.list_workload_rules(&acme).await.unwrap().is_empty());
    let again = fixture.store.insert_service_account(&unused, &[], &fixture.audit("again")).await;
    assert!(matches!(again, Err(StoreError::Taken("id"))), "{again:?}");
    assert_eq!(fixture.audited("delete").await, 1);
}

pub async fn accounts_list_search_and_page(fixture: &Fixture) {
    let (acme, orders, _) = stored(fixture).await;
    for number in 1..5 {
        let mut one = account(&format!("more{number}"), &acme, AccountGrants::ByRole);
        one.created_at = NOW.plus_seconds(number);
        insert(fixture, &one).await;
    }
    let list =
        async |search: Option<&str>, page| fixture.store.list_service_accounts(&acme, search, &page).await.unwrap();
    let first = list(None, page(3)).await;
    let rest = list(None, after(3, first.next_cursor.clone())).await;
    let all: Vec<_> = first.items.into_iter().chain(rest.items).collect();
    assert_eq!((all.len(), rest.next_cursor), (5, None));
    for one in &all {
        assert_eq!(fixture.store.find_service_account(&acme, &one.id).await.unwrap().as_ref(), Some(one));
    }
    assert_eq!(all[4].grants, listed(&[(&orders, "read")]));
    assert_eq!(list(Some("ACCOUNT MORE"), page(9)).await.items.len(), 4);
    assert_eq!(list(Some("sa_0000000000000one"), page(9)).await.items.len(), 1);
    assert!(list(Some("a\0"), page(9)).await.items.is_empty());
    let found = fixture.store.search_credentials("account", &page(9)).await.unwrap().items;
    assert_eq!(found.len(), 5);
    let held = fixture.store.credentials_for(&orders, std::slice::from_ref(&acme)).await.unwrap();
    assert_eq!(held.len(), 1, "the one whose grants are listed");
}

pub async fn keys_of_apps_and_accounts(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    let app = fixture.insert_app(&app("app", &acme, &[(&orders, "read")])).await;
    for holder in [one.id.as_str(), app.as_str()] {
        let add =
            async |key: &ClientKey| fixture.store.insert_client_key(&acme, holder, key, &fixture.audit("add")).await;
        let added = key(&format!("x{}", &holder[..2]));
        assert!(add(&added).await.unwrap());
        let mut same_kid = key(&format!("y{}", &holder[..2]));
        same_kid.kid.clone_from(&added.kid);
        assert!(matches!(add(&same_kid).await, Err(StoreError::Taken("kid"))));
        assert!(fixture.store.list_client_keys(&acme, holder).await.unwrap().contains(&added));
        let other: OrgId = id("other");
        assert!(matches!(fixture.store.list_client_keys(&other, holder).await, Err(StoreError::NotFound)));
        let foreign = fixture.store.insert_client_key(&other, holder, &key("zz"), &fixture.audit("no")).await;
        assert!(matches!(foreign, Err(StoreError::NotFound)));
        let delete =
            async |org: &OrgId| fixture.store.delete_client_key(org, holder, &added.id, &fixture.audit("delete")).await;
        assert!(matches!(delete(&other).await, Err(StoreError::NotFound)));
        delete(&acme).await.unwrap();
        assert!(matches!(delete(&acme).await, Err(StoreError::NotFound)));
    }
    assert_eq!((fixture.audited("add").await, fixture.audited("delete").await, fixture.audited("no").await), (2, 2, 0));
    fixture.store.revoke_service_account(&acme, &one.id, NOW, None, &fixture.audit("revoke")).await.unwrap();
    let late = fixture.store.insert_client_key(&acme, one.id.as_str(), &key("late"), &fixture.audit("no")).await;
    assert!(matches!(late, Err(StoreError::Stale)));
}

pub async fn parallel_keys_stay_ten(fixture: &Fixture) {
    let (acme, _, one) = stored(fixture).await;
    let adds = (0..20).map(|number| {
        let (store, org, holder) = (fixture.store.clone(), acme.clone(), one.id.to_string());
        let (key, audit) = (key(&format!("extra{number}")), fixture.audit("add"));
        tokio::spawn(async move { store.insert_client_key(&org, &holder, &key, &audit).await.unwrap() })
    });
    let added = join_all(adds).await.into_iter().filter(|added| *added.as_ref().unwrap()).count();
    assert_eq!((added, fixture.audited("add").await), (MAX_CLIENT_KEYS - 1, MAX_CLIENT_KEYS - 1));
    let keys = fixture.store.list_client_keys(&acme, one.id.as_str()).await.unwrap();
    assert_eq!(keys.len(), MAX_CLIENT_KEYS);
}

pub async fn workload_rules_read_back(fixture: &Fixture) {
    let (acme, orders, one) = stored(fixture).await;
    let app = fixture.insert_app(&app("app", &acme, &[(&orders, "read")])).await;
    let first = rule("first", &acme, one.id.as_str());
    let second = WorkloadRule { jwks: None, created_at: NOW.plus_seconds(1), ..rule("second", &acme, app.as_str()) };
    for rule in [&first, &second] {
        assert!(fixture.store.insert_workload_rule(rule, &fixture.audit("create")).await.unwrap());
    }
    let list = async || fixture.store.list_workload_rules(&acme).await.unwrap();
    assert_eq!(list().await, [second.clone(), first.clone()]);
    let of = async |issuer: &str, principal: Option<&str>| {
        fixture.store.workload_rules_for(issuer, principal).await.unwrap()
    };
    assert_eq!(of("https://issuer.example", None).await, [first.clone(), second.clone()]);
    assert_eq!(of("https://issuer.example", Some(app.as_str())).await, [second.clone()]);
    assert!(of("https://issuer.example/", None).await.is_empty());
    assert!(of("a\0", None).await.is_empty() && of("https://issuer.example", Some("\0")).await.is_empty());
    let stranger = rule("third", &acme, "sa_0000000000000000");
    let refused = fixture.store.insert_workload_rule(&stranger, &fixture.audit("create")).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    let delete = async |org: &OrgId| fixture.store.delete_workload_rule(org, &first.id, &fixture.audit("delete")).await;
    assert!(matches!(delete(&id("other")).await, Err(StoreError::NotFound)));
    delete(&acme).await.unwrap();
    assert!(matches!(delete(&acme).await, Err(StoreError::NotFound)));
    assert_eq!((list().await, fixture.audited("create").await, fixture.audited("delete").await), (vec![second], 2, 1));
    for number in 1..MAX_WORKLOAD_RULES {
        let more = rule(&format!("n{number}"), &acme, one.id.as_str());
        assert!(fixture.store.insert_workload_rule(&more, &fixture.audit("more")).await.unwrap());
    }
    let last = rule("last", &acme, one.id.as_str());
    assert!(!fixture.store.insert_workload_rule(&last, &fixture.audit("last")).await.unwrap());
    assert_eq!(fixture.audited("last").await, 0);
}
