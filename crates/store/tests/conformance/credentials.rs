use latchkey_types::CredentialKind;

use crate::fixture::{Fixture, NOW, after, app, key, page};

pub async fn operators_find_by_id_name_and_slug(fixture: &Fixture) {
    let (acme, orders) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    let globex = fixture.org("globex", &owner).await;
    let mut one = key("one", &acme, &orders);
    one.created_at = NOW.plus_seconds(2);
    fixture.insert_key(&one).await;
    let mut client = app("client", &globex, &[(&orders, "read")]);
    client.created_at = NOW.plus_seconds(1);
    fixture.insert_app(&client).await;
    let find = async |search: &str| {
        let found = fixture.store.search_credentials(search, &page(9)).await.unwrap().items;
        found.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(find(one.id.as_str()).await, [one.id.to_string()]);
    assert_eq!(find("app_").await, [client.id.to_string()]);
    assert_eq!(find("KEY o").await, [one.id.to_string()]);
    assert_eq!(find("globex-").await, [client.id.to_string()]);
    assert_eq!(find("%").await, [""; 0]);
    let first = fixture.store.search_credentials("", &page(1)).await.unwrap();
    let second = fixture.store.search_credentials("", &after(1, first.next_cursor)).await.unwrap();
    assert_eq!((first.items[0].kind, second.items[0].kind), (CredentialKind::ApiKey, CredentialKind::App));
    assert_eq!((second.items[0].org_slug.as_str(), second.next_cursor), ("globex-slug", None));
}

pub async fn an_api_owner_sees_all_kinds(fixture: &Fixture) {
    let (_, orders) = fixture.acme().await;
    let owner = fixture.user("owner").await;
    let globex = fixture.org("globex", &owner).await;
    let one = key("one", &globex, &orders);
    fixture.insert_key(&one).await;
    let client = fixture.insert_app(&app("client", &globex, &[(&orders, "read")])).await;
    let other = fixture.api("other", &globex).await;
    fixture.insert_app(&app("elsewhere", &globex, &[(&other, "read")])).await;
    let seen = fixture.store.credentials_for(&orders, std::slice::from_ref(&globex)).await.unwrap();
    assert_eq!(seen.into_iter().map(|one| one.id).collect::<Vec<_>>(), [one.id.to_string(), client.to_string()]);
}
