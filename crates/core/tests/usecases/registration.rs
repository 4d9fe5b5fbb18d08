//! Initial access tokens and the registration of clients (RFC 7591).

use latchkey_core::apps::{AuthMethod, CertificateName, ClientCertificate, Exchange, NewGrant, TokenBinding};
use latchkey_core::initial_access_tokens::{self, CreatedInitialAccessToken, NewInitialAccessToken};
use latchkey_core::oauth::{self, ClientMetadata, RegisteredClient, RegistrationError};
use latchkey_core::orgs::{self, OrgChange, TierChange};
use latchkey_core::ports::{AppStore, InitialAccessTokenStore, OrgStore};
use latchkey_core::tiers::{self, SecurityTier};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Core, Error};
use latchkey_types::secret::{SecretKind, compose, parse};
use latchkey_types::{Role, Timestamp};
use serde_json::json;

use crate::apps::{MadeApp, created, grant};
use crate::client_assertions::{jwks, key};
use crate::oauth::{request, word};
use crate::setup::{DAY, MASTER_KEY, START, World, page, refused_fields};

fn new(uses: i64) -> NewInitialAccessToken {
    let exchange = Some(vec![Exchange::Delegation]);
    let orders = NewGrant { exchange, ..grant("https://orders.example", &["read", "write"]) };
    let bills = NewGrant { exchange: Some(Vec::new()), ..grant("https://bills.example", &["read", "pay"]) };
    NewInitialAccessToken {
        name: "cluster".to_owned(),
        grants: vec![orders, bills],
        uses: Some(uses),
        expires_at: None,
    }
}

async fn scene(uses: i64) -> (World, CreatedInitialAccessToken) {
    let world = World::new().await;
    world.private_api(&world.acme, "orders", &["read", "write"]).await;
    world.private_api(&world.acme, "bills", &["read", "pay"]).await;
    let token = make(&world, new(uses)).await.unwrap();
    (world, token)
}

async fn make(world: &World, new: NewInitialAccessToken) -> Result<CreatedInitialAccessToken, Error> {
    initial_access_tokens::create(&world.core, &world.acme(Role::Admin), "acme", new).await
}

async fn register(core: &Core, token: &str, metadata: ClientMetadata) -> Result<RegisteredClient, RegistrationError> {
    let registrar = oauth::registrar(core, token).await?;
    oauth::register(core, &registrar, metadata, Some("203.0.113.9".parse().unwrap())).await
}

fn error<T: std::fmt::Debug>(result: Result<T, RegistrationError>) -> &'static str {
    match result.unwrap_err() {
        RegistrationError::InvalidToken => "invalid_token",
        RegistrationError::InvalidRedirectUri => "invalid_redirect_uri",
        RegistrationError::InvalidClientMetadata(_) => "invalid_client_metadata",
        RegistrationError::Unavailable(_) => "unavailable",
    }
}

fn nothing() -> ClientMetadata {
    ClientMetadata::default()
}

// RFC 7591 section 1.2; F-19
#[tokio::test]
async fn a_token_is_shown_once_and_kept_as_a_mac() {
    let (world, made) = scene(3).await;
    let secret = made.secret.expose();
    let parsed = parse("lk", secret).unwrap();
    assert_eq!((parsed.kind, parsed.id), (SecretKind::AccessToken, made.token.id.random_part()));
    assert_eq!((made.token.uses_left, made.token.expires_at), (3, START.plus_seconds(7 * DAY)));
    let stored = world.store.find_initial_access_token(&made.token.id).await.unwrap().unwrap();
    assert_eq!(stored.mac, world.core.hasher.mac("initial-access-token", secret));
    let (core, admin) = (&world.core, world.acme(Role::Admin));
    assert_eq!(initial_access_tokens::list(core, &admin, "acme").await.unwrap(), std::slice::from_ref(&made.token));
    for texts in [format!("{made:?} {stored:?}"), world.audit_text().await] {
        assert!(!texts.contains(&secret[secret.len() - 49..]));
    }
    initial_access_tokens::revoke(core, &admin, "acme", &made.token.id).await.unwrap();
    initial_access_tokens::revoke(core, &admin, "acme", &made.token.id).await.unwrap();
    assert_eq!(initial_access_tokens::list(core, &admin, "acme").await.unwrap(), []);
    assert_eq!(
        world.actions_on(&world.acme, made.token.id.as_str()).await,
        ["initial_access_token.create", "initial_access_token.revoke"]
    );
}

// F-14
#[tokio::test]
async fn admins_of_the_organisation_alone() {
    let (world, made) = scene(1).await;
    let core = &world.core;
    for role in Role::ALL {
        let may = role >= Role::Admin;
        let caller = world.acme(role);
        assert_eq!(initial_access_tokens::create(core, &caller, "acme", new(1)).await.is_ok(), may, "{role}");
        assert_eq!(initial_access_tokens::list(core, &caller, "acme").await.is_ok(), may, "{role}");
    }
    let stranger = world.globex(Role::Owner);
    for org in ["acme", "globex"] {
        let revoked = initial_access_tokens::revoke(core, &stranger, org, &made.token.id).await;
        assert!(matches!(revoked, Err(Error::NotFound)), "{org}");
    }
    assert!(initial_access_tokens::list(core, &stranger, "globex").await.unwrap().is_empty());
    assert!(oauth::registrar(core, made.secret.expose()).await.is_ok());
    world.suspend(&world.acme).await;
    assert!(matches!(make(&world, new(1)).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn bad_members_are_named() {
    let (world, _) = scene(1).await;
    let at = |seconds| Some(START.plus_seconds(seconds));
    let cases: Vec<(NewInitialAccessToken, &[&str])> = vec![
        (NewInitialAccessToken { name: " ".to_owned(), ..new(1) }, &["name"]),
        (new(0), &["uses"]),
        (new(10_001), &["uses"]),
        (NewInitialAccessToken { expires_at: at(0), ..new(1) }, &["expires_at"]),
        (NewInitialAccessToken { expires_at: at(365 * DAY + 1), ..new(1) }, &["expires_at"]),
        (NewInitialAccessToken { expires_at: Some(Timestamp::MAX), ..new(1) }, &["expires_at"]),
        (NewInitialAccessToken { grants: Vec::new(), ..new(1) }, &["grants"]),
        (NewInitialAccessToken { grants: vec![grant("https://none.example", &[])], ..new(1) }, &["grants/0/api"]),
        (
            NewInitialAccessToken { grants: vec![grant("https://orders.example", &["pay"])], ..new(1) },
            &["grants/0/scopes/0"],
        ),
    ];
    for (typed, expected) in cases {
        assert_eq!(refused_fields(make(&world, typed.clone()).await), expected, "{typed:?}");
    }
    let good = NewInitialAccessToken { uses: None, expires_at: at(365 * DAY), ..new(1) };
    assert_eq!(make(&world, good).await.unwrap().token.uses_left, 1);
    assert!(make(&world, new(10_000)).await.is_ok());
}

#[tokio::test]
async fn a_registered_client_is_an_app_of_the_organisation() {
    let (world, made) = scene(1).await;
    let client = register(&world.core, made.secret.expose(), nothing()).await.unwrap();
    assert_eq!((client.app.org.clone(), client.app.name.as_str()), (world.acme.id.clone(), "cluster"));
    assert_eq!(client.app.auth_method, AuthMethod::ClientSecretBasic);
    assert_eq!(client.grant_types, ["client_credentials"]);
    assert_eq!(client.scope.to_string(), "pay read write");
    assert_eq!(client.app.created_by, made.token.id.as_str());
    // it works at the token endpoint, and cannot exchange tokens: it didn't say that it wants to
    assert!(client.app.grants.iter().all(|grant| grant.exchange.is_empty()));
    let app = MadeApp { app: client.app, client_secret: client.client_secret.unwrap() };
    let mut asking = request(&app);
    asking.audience = vec!["https://orders.example".to_owned()];
    assert_eq!(word(&oauth::token(&world.core, asking).await), "issued");
    let rows = world.audit_rows(Some(&world.acme.id), app.app.id.as_str()).await;
    let row = rows.iter().find(|row| row.action == "app.register").unwrap();
    assert_eq!(
        (row.actor_kind.as_str(), row.actor_id.as_deref()),
        ("initial_access_token", Some(made.token.id.as_str()))
    );
    assert_eq!(row.ip, Some("203.0.113.9".parse().unwrap()));
    let texts = format!("{app:?} {}", world.audit_text().await);
    assert!(!texts.contains(&app.client_secret.expose()[30..]));
}

// F-17: 200 at once with a token of one use, on two replicas
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_of_one_use_registers_one_client() {
    let (world, made) = scene(1).await;
    let other = world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    let metadata =
        || ClientMetadata { auth_method: AuthMethod::PrivateKeyJwt, jwks: Some(jwks(&[&key(1)])), ..nothing() };
    let registering = (0..200).map(|number| {
        let core = if number % 2 == 0 { world.core.clone() } else { other.clone() };
        let (token, metadata) = (made.secret.clone(), metadata());
        tokio::spawn(async move { register(&core, token.expose(), metadata).await })
    });
    let answers: Vec<_> = futures::future::join_all(registering).await.into_iter().map(Result::unwrap).collect();
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), 1);
    for refused in bad {
        assert_eq!(error(refused), "invalid_token");
    }
    let apps = world.store.list_apps(&world.acme.id, None, None, &page()).await.unwrap().items;
    assert_eq!(apps.len(), 1);
    assert_eq!(world.store.find_verifiable_app(&apps[0].id).await.unwrap().unwrap().keys.len(), 1);
}

// RFC 6750 section 3.1; A9: all alike
#[tokio::test]
async fn what_is_no_token_that_holds_registers_nothing() {
    let (world, made) = scene(2).await;
    let core = &world.core;
    let secret = made.secret.expose();
    let forged = compose("lk", SecretKind::AccessToken, made.token.id.random_part(), &[1; 32]);
    let unknown = compose("lk", SecretKind::AccessToken, "0000000000000000", &[1; 32]);
    let other = created_of_globex(&world).await;
    for bad in ["", "lk_at_0", "a.b.c", &secret[..secret.len() - 1], &forged, &unknown, &other] {
        assert_eq!(error(oauth::registrar(core, bad).await), "invalid_token", "{bad}");
    }
    // through a change of the master key, and not beyond it
    let changing =
        world.replica(3, Vault::new(MasterKey::from_bytes([8; 32]), Some(MasterKey::from_bytes(MASTER_KEY))));
    assert!(register(&changing, secret, nothing()).await.is_ok());
    let changed = world.replica(4, Vault::new(MasterKey::from_bytes([8; 32]), None));
    assert_eq!(error(register(&changed, secret, nothing()).await), "invalid_token");

    // what happens between the look at the token and its use counts, too
    let registrar = oauth::registrar(core, secret).await.unwrap();
    world.suspend(&world.acme).await;
    assert_eq!(error(oauth::registrar(core, secret).await), "invalid_token");
    assert_eq!(error(oauth::register(core, &registrar, nothing(), None).await), "invalid_token");
    let audit = world.audit(None, "org.unsuspend");
    world.store.set_org_suspended(&world.acme.id, None, &audit).await.unwrap();
    assert!(oauth::registrar(core, secret).await.is_ok());
    world.clock.advance(7 * DAY);
    assert_eq!(error(oauth::registrar(core, secret).await), "invalid_token");
    assert_eq!(error(oauth::register(core, &registrar, nothing(), None).await), "invalid_token");
}

/// A client secret of another organisation's app: a secret of another kind.
async fn created_of_globex(world: &World) -> String {
    let typed = crate::apps::new_app(Vec::new());
    let made = latchkey_core::apps::create(&world.core, &world.globex(Role::Owner), "globex", typed).await.unwrap();
    made.client_secret.unwrap().expose().to_owned()
}

#[tokio::test]
async fn a_revoked_token_ends_at_once() {
    let (world, made) = scene(2).await;
    let registrar = oauth::registrar(&world.core, made.secret.expose()).await.unwrap();
    let admin = world.acme(Role::Admin);
    initial_access_tokens::revoke(&world.core, &admin, "acme", &made.token.id).await.unwrap();
    assert_eq!(error(oauth::registrar(&world.core, made.secret.expose()).await), "invalid_token");
    assert_eq!(error(oauth::register(&world.core, &registrar, nothing(), None).await), "invalid_token");
}

// RFC 7591 section 2
#[tokio::test]
async fn metadata_shape_the_client() {
    let (world, made) = scene(100).await;
    let register =
        async |metadata: ClientMetadata| register(&world.core, made.secret.expose(), metadata).await.unwrap();
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

    let named = ClientMetadata {
        client_name: Some("cart".to_owned()),
        grant_types: vec![exchange.to_owned()],
        scope: Some("read".to_owned()),
        dpop_bound: true,
        software_id: Some("cart".to_owned()),
        software_version: Some("1.2".to_owned()),
        ..nothing()
    };
    let client = register(named).await;
    assert_eq!((client.app.name.as_str(), client.app.token_binding), ("cart", TokenBinding::Dpop));
    assert_eq!(
        (client.scope.to_string().as_str(), client.grant_types.as_slice()),
        ("read", &["client_credentials", exchange][..])
    );
    let exchanges: Vec<usize> = client.app.grants.iter().map(|grant| grant.exchange.len()).collect();
    assert_eq!((client.app.grants.len(), exchanges.iter().sum::<usize>()), (2, 1), "only where the token lets it");

    let client = register(ClientMetadata { scope: Some("pay".to_owned()), ..nothing() }).await;
    assert_eq!((client.app.grants.len(), client.scope.to_string().as_str()), (1, "pay"));

    let by_key =
        ClientMetadata { auth_method: AuthMethod::PrivateKeyJwt, jwks: Some(jwks(&[&key(1), &key(2)])), ..nothing() };
    let client = register(by_key.clone()).await;
    assert!(client.client_secret.is_none());
    assert_eq!(client.jwks, by_key.jwks);
    let row = world.store.find_verifiable_app(&client.app.id).await.unwrap().unwrap();
    assert_eq!((row.keys.len(), row.secrets.len()), (2, 0));

    let uri = Some("https://cart.example/jwks.json".to_owned());
    let client = register(ClientMetadata { jwks: None, jwks_uri: uri.clone(), ..by_key }).await;
    assert_eq!((client.app.jwks_uri, client.jwks), (uri, None));

    let certificate = CertificateName { san_dns: Some("Cart.Example.com".to_owned()), ..CertificateName::default() };
    let by_certificate =
        ClientMetadata { auth_method: AuthMethod::TlsClientAuth, certificate, certificate_bound: true, ..nothing() };
    let client = register(by_certificate).await;
    assert_eq!(client.app.certificate, Some(ClientCertificate::SanDns("cart.example.com".to_owned())));
    assert_eq!((client.app.token_binding, client.client_secret.is_some()), (TokenBinding::Certificate, false));

    let x5c: String = include_str!("../certificates/own.pem").lines().filter(|line| !line.starts_with('-')).collect();
    let own = json!({ "keys": [{ "kty": "EC", "x5c": [x5c] }] });
    let by_own =
        ClientMetadata { auth_method: AuthMethod::SelfSignedTlsClientAuth, jwks: Some(own.clone()), ..nothing() };
    let client = register(by_own).await;
    assert!(matches!(client.app.certificate, Some(ClientCertificate::SelfSigned(ref prints)) if prints.len() == 1));
    assert_eq!(client.jwks, Some(own));
}

// RFC 7591 section 3.2.2; A8: nothing of what was sent is repeated
#[tokio::test]
async fn bad_metadata_are_refused_and_take_no_use() {
    let (world, made) = scene(1).await;
    let text = |text: &str| Some(text.to_owned());
    let by_key = AuthMethod::PrivateKeyJwt;
    let mut private = jwks(&[&key(1)]);
    private["keys"][0]["d"] = json!("canary");
    let dns = CertificateName { san_dns: text("cart.example"), ..CertificateName::default() };
    let two = CertificateName { san_ip: text("192.0.2.7"), ..dns.clone() };
    let bad = [
        ClientMetadata { has_response_types: true, ..nothing() },
        ClientMetadata { client_name: text("ca\u{0}nary"), ..nothing() },
        ClientMetadata { client_name: text(""), ..nothing() },
        ClientMetadata { grant_types: vec!["authorization_code".to_owned()], ..nothing() },
        ClientMetadata { grant_types: vec!["urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()], ..nothing() },
        ClientMetadata { grant_types: vec!["client_credentials".to_owned(), "canary".to_owned()], ..nothing() },
        ClientMetadata { scope: text("read canary"), ..nothing() },
        ClientMetadata { scope: text("\""), ..nothing() },
        ClientMetadata {
            scope: text("pay"),
            grant_types: vec!["urn:ietf:params:oauth:grant-type:token-exchange".to_owned()],
            ..nothing()
        },
        ClientMetadata { dpop_bound: true, certificate_bound: true, ..nothing() },
        ClientMetadata { auth_method: by_key, ..nothing() },
        ClientMetadata { auth_method: by_key, jwks: Some(private), ..nothing() },
        ClientMetadata { auth_method: by_key, jwks: Some(json!("canary")), ..nothing() },
        ClientMetadata { auth_method: by_key, jwks: Some(json!({ "keys": [] })), ..nothing() },
        ClientMetadata { auth_method: by_key, jwks_uri: text("http://canary.example/"), ..nothing() },
        ClientMetadata {
            auth_method: by_key,
            jwks: Some(jwks(&[&key(1)])),
            jwks_uri: text("https://cart.example/"),
            ..nothing()
        },
        ClientMetadata { jwks: Some(jwks(&[&key(1)])), ..nothing() },
        ClientMetadata { certificate: dns.clone(), ..nothing() },
        ClientMetadata { auth_method: AuthMethod::TlsClientAuth, ..nothing() },
        ClientMetadata { auth_method: AuthMethod::TlsClientAuth, certificate: two, ..nothing() },
        ClientMetadata { auth_method: AuthMethod::SelfSignedTlsClientAuth, ..nothing() },
        ClientMetadata { auth_method: AuthMethod::SelfSignedTlsClientAuth, certificate: dns, ..nothing() },
        ClientMetadata { auth_method: AuthMethod::SelfSignedTlsClientAuth, jwks: Some(jwks(&[&key(1)])), ..nothing() },
        ClientMetadata { software_id: Some("x".repeat(256)), ..nothing() },
        ClientMetadata { software_version: text("canary\n"), ..nothing() },
    ];
    for metadata in bad {
        let shown = format!("{metadata:?}");
        let refused = register(&world.core, made.secret.expose(), metadata).await;
        assert!(!format!("{refused:?}").contains("canary"), "{shown}");
        assert_eq!(error(refused), "invalid_client_metadata", "{shown}");
    }
    let redirects = ClientMetadata { has_redirect_uris: true, ..nothing() };
    assert_eq!(error(register(&world.core, made.secret.expose(), redirects).await), "invalid_redirect_uri");
    assert!(register(&world.core, made.secret.expose(), nothing()).await.is_ok(), "the one use is still there");
}

// where the security tier wants more than the metadata say, the answer names it
#[tokio::test]
async fn the_security_tier_is_the_reason_that_is_given() {
    let (world, made) = scene(1).await;
    let owner = world.acme(Role::Owner);
    let breaks = tiers::preview(&world.core, &owner, "acme", SecurityTier::High).await.unwrap().breaks;
    let high =
        OrgChange { security_tier: Some(TierChange { tier: SecurityTier::High, breaks }), ..OrgChange::default() };
    orgs::update(&world.core, &owner, "acme", high).await.unwrap();
    match register(&world.core, made.secret.expose(), nothing()).await {
        Err(RegistrationError::InvalidClientMetadata(why)) => {
            assert!(why.contains("dpop_bound_access_tokens"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    register(&world.core, made.secret.expose(), ClientMetadata { dpop_bound: true, ..nothing() }).await.unwrap();
}

// what was granted to the token and is withdrawn since isn't granted to a client
#[tokio::test]
async fn the_token_never_grants_more_than_its_organisation_may() {
    let world = World::new().await;
    let api = world.public_api_of_globex().await;
    let typed = NewInitialAccessToken { grants: vec![grant(&api.audience, &["read"])], ..new(5) };
    let made = make(&world, typed).await.unwrap();
    assert!(register(&world.core, made.secret.expose(), nothing()).await.is_ok());
    let blocked = latchkey_core::apis::ConsumerPolicy { blocked_at: Some(START), ..Default::default() };
    world.decide(&api, &world.acme, blocked).await;
    assert_eq!(error(register(&world.core, made.secret.expose(), nothing()).await), "invalid_client_metadata");
    // an app that was made by a person says nothing of it
    assert_eq!(created(&world).await.app.created_by.split('_').next(), Some("mk"));
}
