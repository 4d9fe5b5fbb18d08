use latchkey_core::ports::StoreError;
use latchkey_core::trusted_issuers::{MAX_TRUSTED_ISSUERS, TrustedIssuer};
use latchkey_types::OrgId;

use crate::fixture::{Fixture, NOW, id};

fn issuer(name: &str, org: &OrgId) -> TrustedIssuer {
    TrustedIssuer {
        id: id(name),
        org: org.clone(),
        issuer: format!("https://{name}.example"),
        audience: "shop".to_owned(),
        jwks: None,
        created_at: NOW,
        created_by: "usr_0000000000000001".to_owned(),
    }
}

pub async fn a_trusted_issuer_reads_back(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let one = TrustedIssuer { jwks: Some(r#"{"keys":[]}"#.to_owned()), ..issuer("one", &acme) };
    let two = TrustedIssuer { created_at: NOW.plus_seconds(1), ..issuer("two", &acme) };
    for new in [&one, &two] {
        assert!(store.insert_trusted_issuer(new, &fixture.audit("trusted_issuer.create")).await.unwrap());
    }
    assert_eq!(store.list_trusted_issuers(&acme).await.unwrap(), [two.clone(), one.clone()]);
    assert_eq!(store.list_trusted_issuers(&globex).await.unwrap(), []);
    assert_eq!(store.find_trusted_issuer(&acme, &one.issuer).await.unwrap(), Some(one.clone()));
    for (org, wanted) in [
        (&globex, "https://one.example"),
        (&acme, "https://one.example/"),
        (&acme, "https://ONE.example"),
        (&acme, "a\0"),
    ] {
        assert_eq!(store.find_trusted_issuer(org, wanted).await.unwrap(), None, "{wanted}");
    }
    let audit = fixture.audit("trusted_issuer.delete");
    assert!(matches!(store.delete_trusted_issuer(&globex, &one.id, &audit).await, Err(StoreError::NotFound)));
    store.delete_trusted_issuer(&acme, &one.id, &audit).await.unwrap();
    assert_eq!(store.list_trusted_issuers(&acme).await.unwrap(), [two]);
    assert_eq!(fixture.audited("trusted_issuer.create").await, 2);
    assert_eq!(fixture.audited("trusted_issuer.delete").await, 1);
}

pub async fn an_issuer_is_trusted_once_by_each(fixture: &Fixture) {
    let store = &fixture.store;
    let owner = fixture.user("owner").await;
    let (acme, globex) = (fixture.org("acme", &owner).await, fixture.org("globex", &owner).await);
    let audit = || fixture.audit("trusted_issuer.create");
    let one = issuer("one", &acme);
    store.insert_trusted_issuer(&one, &audit()).await.unwrap();
    let again = TrustedIssuer { id: id("again"), ..one.clone() };
    assert!(matches!(store.insert_trusted_issuer(&again, &audit()).await, Err(StoreError::Taken("issuer"))));
    let theirs = TrustedIssuer { id: id("theirs"), org: globex, ..one };
    assert!(store.insert_trusted_issuer(&theirs, &audit()).await.unwrap());
    for number in 1..MAX_TRUSTED_ISSUERS {
        let new = issuer(&format!("n{number}"), &acme);
        assert!(store.insert_trusted_issuer(&new, &audit()).await.unwrap());
    }
    assert!(!store.insert_trusted_issuer(&issuer("more", &acme), &audit()).await.unwrap());
    assert_eq!(store.list_trusted_issuers(&acme).await.unwrap().len(), MAX_TRUSTED_ISSUERS);
}
