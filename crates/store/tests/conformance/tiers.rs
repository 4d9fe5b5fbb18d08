use latchkey_core::AddressRules;
use latchkey_core::apps::{AppChange, TokenBinding};
use latchkey_core::hygiene::{CredentialFacts, FactsQuery};
use latchkey_core::keys::KeyChange;
use latchkey_core::orgs::{OrgChange, TierChange};
use latchkey_core::ports::{LastUse, MAX_NETWORKS, SeenNetwork, UsageBatch, UsageRow};
use latchkey_core::service_accounts::{AccountGrants, ServiceAccount, ServiceAccountChange};
use latchkey_core::tiers::SecurityTier;
use latchkey_types::{CredentialKind, OrgId, Outcome, Timestamp};

use crate::fixture::{Fixture, NOW, after, app, app_secret, key, page};
use crate::service_accounts::account;

const DAY: i64 = 86_400;

fn query(org: &OrgId, for_its_apis: bool) -> FactsQuery {
    FactsQuery {
        org: org.clone(),
        for_its_apis,
        now: NOW,
        networks_since: NOW.plus_seconds(-30 * DAY),
        tokens_since: NOW.plus_seconds(-DAY),
    }
}

async fn facts(fixture: &Fixture, query: &FactsQuery) -> Vec<CredentialFacts> {
    fixture.store.credential_facts(query, &page(200)).await.unwrap().items
}

fn seen(credential: &str, network: &str, at: Timestamp) -> SeenNetwork {
    SeenNetwork { credential: credential.to_owned(), network: network.parse().unwrap(), at }
}

async fn flush(fixture: &Fixture, sequence: i64, networks: Vec<SeenNetwork>) {
    let batch = UsageBatch { source: "s".to_owned(), sequence, networks, ..UsageBatch::default() };
    assert!(fixture.store.add_usage(&batch).await.unwrap());
}

pub async fn a_tier_is_a_change_of_the_organisation_and_its_apis(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    assert_eq!(fixture.store.find_api(&orders).await.unwrap().unwrap().owner_tier, SecurityTier::Low);
    let before = fixture.store.revision().await.unwrap();
    let security_tier = Some(TierChange { tier: SecurityTier::High, breaks: 0 });
    let change = OrgChange { security_tier, ..OrgChange::default() };
    let org = fixture.store.update_org(&acme, &change, &fixture.audit("org.update")).await.unwrap();
    assert_eq!(org.security_tier, SecurityTier::High);
    assert_eq!(fixture.store.find_org_by_id(&acme).await.unwrap().unwrap(), org);
    assert_eq!(fixture.store.find_api(&orders).await.unwrap().unwrap().owner_tier, SecurityTier::High);
    let changes = fixture.store.changes_after(before, 10).await.unwrap();
    assert_eq!(changes.into_iter().map(|change| change.subject).collect::<Vec<_>>(), [acme.to_string()]);
}

pub async fn addresses_read_back_and_change(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let one = key("one", &acme, &orders);
    fixture.insert_key(&one).await;
    let client = fixture.insert_app(&app("client", &acme, &[])).await;
    let program =
        ServiceAccount { addresses: crate::fixture::addresses(), ..account("program", &acme, AccountGrants::ByRole) };
    fixture.store.insert_service_account(&program, &[], &fixture.audit("service_account.create")).await.unwrap();
    let expected = crate::fixture::addresses();
    assert_eq!(fixture.store.find_key(&acme, &one.id).await.unwrap().unwrap().addresses, expected);
    assert_eq!(fixture.store.find_app(&acme, &client).await.unwrap().unwrap().addresses, expected);
    let found = fixture.store.find_verifiable_service_account(&program.id).await.unwrap().unwrap();
    assert_eq!(found.account.addresses, expected);

    let denied = vec!["2001:db8::/48".parse().unwrap()];
    let only_denied = AddressRules { allowed: Vec::new(), denied: denied.clone() };
    let (allowed_ips, denied_ips) = (Some(Vec::new()), Some(denied));
    let change = KeyChange { allowed_ips: allowed_ips.clone(), denied_ips: denied_ips.clone(), ..KeyChange::default() };
    let audit = fixture.audit("update");
    assert_eq!(fixture.store.update_key(&acme, &one.id, &change, &audit).await.unwrap().addresses, only_denied);
    let change = AppChange { allowed_ips: allowed_ips.clone(), denied_ips: denied_ips.clone(), ..AppChange::default() };
    let audit = fixture.audit("update");
    assert_eq!(fixture.store.update_app(&acme, &client, &change, &audit).await.unwrap().addresses, only_denied);
    let change = ServiceAccountChange { allowed_ips, denied_ips, ..ServiceAccountChange::default() };
    let audit = fixture.audit("update");
    let changed = fixture.store.update_service_account(&acme, &program.id, &change, &audit).await.unwrap();
    assert_eq!(changed.addresses, only_denied);
}

pub async fn facts_are_of_live_credentials_of_every_kind(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let mut one = key("one", &acme, &orders);
    one.created_at = NOW.plus_seconds(3);
    one.expires_at = Some(NOW.plus_seconds(DAY));
    fixture.insert_key(&one).await;
    let mut gone = key("gone", &acme, &orders);
    gone.revoked_at = Some(NOW);
    fixture.insert_key(&gone).await;
    let mut over = key("over", &acme, &orders);
    over.expires_at = Some(NOW);
    fixture.insert_key(&over).await;
    let mut client = app("client", &acme, &[(&orders, "read")]);
    (client.created_at, client.token_binding) = (NOW.plus_seconds(2), TokenBinding::Dpop);
    client.addresses = AddressRules::default();
    fixture.store.insert_app(&client, Some(&app_secret("s1")), &[], &fixture.audit("app.create")).await.unwrap();
    let mut program = account("program", &acme, AccountGrants::ByRole);
    program.created_at = NOW.plus_seconds(1);
    fixture.store.insert_service_account(&program, &[], &fixture.audit("service_account.create")).await.unwrap();

    let row = UsageRow {
        minute: NOW,
        credential: Some(client.id.to_string()),
        generation: 0,
        holder: Some(acme.clone()),
        api: orders.clone(),
        api_owner: acme.clone(),
        outcome: Outcome::Issued,
        count: 7,
    };
    let verified = UsageRow { outcome: Outcome::Valid, ..row.clone() };
    let last = LastUse { id: client.id.to_string(), generation: 0, at: NOW.plus_seconds(9) };
    let batch = UsageBatch { rows: vec![row, verified], last_uses: vec![last], ..UsageBatch::default() };
    assert!(fixture.store.add_usage(&UsageBatch { source: "u".to_owned(), sequence: 1, ..batch }).await.unwrap());

    let found = facts(fixture, &query(&acme, false)).await;
    let [of_key, of_app, of_account] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((of_key.id.as_str(), of_key.kind), (one.id.as_str(), CredentialKind::ApiKey));
    assert_eq!((of_key.holder_slug.as_str(), of_key.has_addresses), ("acme-slug", true));
    let [secret] = of_key.secrets.as_slice() else { panic!("{of_key:?}") };
    assert_eq!((secret.made_at, secret.ends_at), (NOW.plus_seconds(1), one.expires_at));
    assert_eq!((&of_key.apis[0].id, &of_key.apis[0].owner), (&orders, &acme));
    assert_eq!((of_app.kind, of_app.tokens, of_app.last_used_at), (CredentialKind::App, 7, Some(NOW.plus_seconds(9))));
    assert!(of_app.is_by_secret && !of_app.may_be_unbound && !of_app.has_addresses);
    assert_eq!((of_app.secrets.len(), of_app.apis.len()), (1, 1));
    assert_eq!(of_account.kind, CredentialKind::ServiceAccount);
    assert!(of_account.may_be_unbound && !of_account.is_by_secret);

    let first = fixture.store.credential_facts(&query(&acme, false), &page(2)).await.unwrap();
    assert_eq!(
        first.items.iter().map(|facts| facts.id.as_str()).collect::<Vec<_>>(),
        [one.id.as_str(), client.id.as_str()]
    );
    let rest = fixture.store.credential_facts(&query(&acme, false), &after(2, first.next_cursor)).await.unwrap();
    assert_eq!((rest.items.len(), rest.items[0].id.as_str(), rest.next_cursor), (1, program.id.as_str(), None));
}

pub async fn an_api_owner_asks_about_others_too(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    let globex = fixture.org("globex", &owner).await;
    let other = fixture.api("other", &globex).await;
    let foreign = key("foreign", &globex, &orders);
    fixture.insert_key(&foreign).await;
    fixture.insert_key(&key("elsewhere", &globex, &other)).await;
    let client = fixture.insert_app(&app("client", &globex, &[(&orders, "read"), (&other, "read")])).await;
    assert!(facts(fixture, &query(&acme, false)).await.is_empty());
    let mut found: Vec<_> = facts(fixture, &query(&acme, true)).await.into_iter().map(|facts| facts.id).collect();
    found.sort();
    assert_eq!(found, [client.to_string(), foreign.id.to_string()]);
    assert_eq!(facts(fixture, &query(&globex, false)).await.len(), 3);
}

pub async fn networks_are_bounded_and_forgotten(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let one = key("one", &acme, &orders);
    fixture.insert_key(&one).await;
    let count = async |now: Timestamp| {
        let asked = FactsQuery { now, networks_since: now.plus_seconds(-30 * DAY), ..query(&acme, false) };
        facts(fixture, &asked).await[0].networks
    };
    let id = one.id.as_str();
    flush(fixture, 1, vec![seen(id, "10.0.0.0/24", NOW), seen(id, "2001:db8::/48", NOW)]).await;
    flush(fixture, 2, vec![seen(id, "10.0.0.0/24", NOW.plus_seconds(20 * DAY))]).await;
    assert_eq!(count(NOW).await, 2);
    assert_eq!(count(NOW.plus_seconds(31 * DAY)).await, 1, "one was seen again");
    let many = (0..40).map(|number| seen(id, &format!("10.1.{number}.0/24"), NOW.plus_seconds(20 * DAY)));
    flush(fixture, 3, many.collect()).await;
    assert_eq!(count(NOW).await, MAX_NETWORKS);
    // one that is kept already is noted still
    flush(fixture, 4, vec![seen(id, "2001:db8::/48", NOW.plus_seconds(40 * DAY))]).await;
    assert_eq!(count(NOW.plus_seconds(60 * DAY)).await, 1);
    fixture.store.delete_usage_before(NOW, NOW.plus_seconds(30 * DAY)).await.unwrap();
    assert_eq!(count(NOW).await, 1);
}
