//! The JWT bearer grant by service accounts: RFC 7523 section 2.1, J1 to J6; and the management API by such a token.

use latchkey_core::apis::{self, NewApi, Visibility};
use latchkey_core::clock::Clock;
use latchkey_core::oauth::{self, ClientAuthentication, ClientCredentials, IssuedToken, TokenError, TokenRequest};
use latchkey_core::service_accounts::{self, ServiceAccountPatch};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Actor, Error, NewClientKey, PlainSecret, orgs};
use latchkey_jose::{Algorithm, Cred, Principal, SigningKey};
use latchkey_types::{CredentialKind, Outcome, Role, ServiceAccountId, Timestamp};
use serde_json::{Value, json};

use crate::apps::grant;
use crate::client_assertions::{claims, jwk, key};
use crate::oauth::{claims as token_claims, word};
use crate::prover::Prover;
use crate::service_accounts::{created, new_account, with_grants};
use crate::setup::{ISSUER, MASTER_KEY, START, World, refused_fields};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ORDERS: &str = "https://orders.example";
const MANAGEMENT: &str = "https://portal.example/api/v1";

/// What an account with the key 1 signs about itself.
pub fn assertion(id: &str, jti: &str, now: Timestamp) -> String {
    key(1).sign("JWT", &claims(id, jti, now)).unwrap()
}

pub fn request(assertion: &str, resource: &str) -> TokenRequest {
    TokenRequest {
        grant_type: Some(GRANT.to_owned()),
        assertion: Some(PlainSecret::new(assertion.to_owned())),
        resource: vec![resource.to_owned()],
        ..TokenRequest::default()
    }
}

pub async fn ask(world: &World, assertion: &str, resource: &str) -> &'static str {
    ask_by(world, request(assertion, resource)).await
}

async fn ask_by(world: &World, request: TokenRequest) -> &'static str {
    word(&oauth::token(&world.core, request).await)
}

async fn orders(world: &World) {
    world.private_api(&world.acme, "orders", &["read", "write"]).await;
}

async fn issued(world: &World, assertion: &str, resource: &str) -> IssuedToken {
    oauth::token(&world.core, request(assertion, resource)).await.unwrap()
}

// RFC 7523 section 2.1; contract section 5
#[tokio::test]
async fn an_account_gets_a_token_for_itself() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let token = issued(&world, &assertion(id.as_str(), "a", START), ORDERS).await;
    assert_eq!((token.expires_in, token.scope.to_string().as_str()), (300, "read write"));
    let claims = token_claims(&world, &token).await;
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (id.as_str(), id.as_str()));
    assert_eq!((claims.principal, claims.cred, claims.aud.as_str()), (Principal::Service, Cred::JwtBearer, ORDERS));
    assert_eq!(claims.org, world.acme.id);

    let api = apis::list(&world.core, &world.acme(Role::Viewer), "acme", None, &crate::setup::page()).await.unwrap();
    let admin = world.acme(Role::Admin);
    let gateway = apis::create_verification_key(&world.core, &admin, "acme", &api.items[0].id, "g", vec![]).await;
    let gateway = gateway.unwrap().secret;
    let credential = token.access_token.expose();
    let ask = async || {
        let request = VerifyRequest { credential, ..VerifyRequest::default() };
        verify::verify(&world.core, gateway.expose(), &request).await.unwrap()
    };
    let answer = ask().await;
    let verified = answer.valid.unwrap();
    assert_eq!((verified.kind, verified.subject.as_str()), (CredentialKind::AccessToken, id.as_str()));
    // G5: what the token stands on holds at once, remembered or not
    service_accounts::disable(&world.core, &admin, "acme", &id).await.unwrap();
    assert_eq!(ask().await.code, Outcome::Disabled);
    service_accounts::enable(&world.core, &admin, "acme", &id).await.unwrap();
    assert_eq!(ask().await.code, Outcome::Valid);
    let viewer = ServiceAccountPatch { roles: Some(vec![Role::Viewer]), ..ServiceAccountPatch::default() };
    service_accounts::update(&world.core, &admin, "acme", &id, viewer).await.unwrap();
    assert_ne!(ask().await.code, Outcome::Valid, "its role no longer gives it anything");
    service_accounts::revoke(&world.core, &admin, "acme", &id, None).await.unwrap();
    assert_eq!(ask().await.code, Outcome::Revoked);
}

#[tokio::test]
async fn every_algorithm() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let admin = world.acme(Role::Admin);
    let fill = |buffer: &mut [u8]| world.core.random.fill(buffer);
    for alg in Algorithm::ALL {
        let own = SigningKey::generate(alg, fill).unwrap();
        let new = NewClientKey { jwk: jwk(&own), expires_at: None };
        service_accounts::create_key(&world.core, &admin, "acme", &id, new).await.unwrap();
        let signed = own.sign("JWT", &claims(id.as_str(), alg.as_str(), START)).unwrap();
        assert_eq!(ask(&world, &signed, ORDERS).await, "issued", "{alg}");
    }
}

// contract section 10, "Management": what the roles say, or the list
#[tokio::test]
async fn what_an_account_may_ask_for() {
    let world = World::new().await;
    orders(&world).await;
    let public = world.public_api_of_globex().await;
    let sign = |id: &ServiceAccountId, jti: &str| assertion(id.as_str(), jti, START);
    let viewer = created(&world, &[Role::Viewer]).await;
    assert_eq!(ask(&world, &sign(&viewer, "a"), ORDERS).await, "invalid_target");
    let developer = created(&world, &[Role::Developer]).await;
    assert_eq!(ask(&world, &sign(&developer, "a"), ORDERS).await, "issued");
    assert_eq!(ask(&world, &sign(&developer, "b"), &public.audience).await, "invalid_target", "not its own");
    let listed = with_grants(&world, vec![grant(ORDERS, &["read"]), grant(&public.audience, &["read"])]).await;
    assert_eq!(ask(&world, &sign(&listed, "a"), &public.audience).await, "issued");
    assert_eq!(issued(&world, &sign(&listed, "b"), ORDERS).await.scope.to_string(), "read");
    for (scope, expected) in [("write", "invalid_scope"), ("read write", "invalid_scope"), ("read", "issued")] {
        let scoped = TokenRequest { scope: Some(scope.to_owned()), ..request(&sign(&listed, scope), ORDERS) };
        assert_eq!(ask_by(&world, scoped).await, expected);
    }
    let nowhere = TokenRequest { resource: Vec::new(), ..request(&sign(&listed, "c"), "") };
    assert_eq!(ask_by(&world, nowhere).await, "invalid_target");
    // L: a live grant keeps the API
    let deleted = apis::delete(&world.core, &world.globex(Role::Owner), "globex", &public.id).await;
    assert!(matches!(deleted, Err(Error::Conflict(..))), "{deleted:?}");
}

// J1, J2, J4, J5, D1, D3, D6: each fault alone, all with the same answer
#[tokio::test]
async fn a_bad_assertion_is_an_invalid_grant() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let id = id.as_str();
    let own = key(1);
    let now = START.as_seconds();
    let good = |jti: &str| claims(id, jti, START);
    let with = |member: &str, value: Value| {
        let mut changed = good(&format!("{member}{value}"));
        changed[member] = value;
        own.sign("JWT", &changed).unwrap()
    };
    let without = |member: &str| {
        let mut changed = good(&format!("no {member}"));
        changed.as_object_mut().unwrap().remove(member);
        own.sign("JWT", &changed).unwrap()
    };
    let prover = Prover::new(1);
    let raw = |header: Value| prover.sign(&header, &good("raw"));
    let sent = own.sign("JWT", &good("sent")).unwrap();
    let mut bad = vec![
        ("another key", key(2).sign("JWT", &good("k")).unwrap()),
        ("another's name", own.sign("JWT", &claims("sa_0000000000000000", "x", START)).unwrap()),
        ("an app's name", own.sign("JWT", &claims("app_0000000000000000", "x", START)).unwrap()),
        ("sub of another", with("sub", json!("sa_0000000000000000"))),
        ("iss of another", with("iss", json!("https://idp.example"))),
        ("the endpoint as audience", with("aud", json!(format!("{ISSUER}/oauth/token")))),
        ("two audiences", with("aud", json!([ISSUER, "https://other.example"]))),
        ("another's audience", with("aud", json!("https://other.example"))),
        ("over 60 minutes", with("exp", json!(now + 3_601))),
        ("expired", with("exp", json!(now))),
        ("from the future", with("iat", json!(now + 31))),
        ("not yet", with("nbf", json!(now + 31))),
        ("jti no text", with("jti", json!(7))),
        ("a type of ours", own.sign("at+jwt", &good("t")).unwrap()),
        ("a client's assertion", own.sign("client-authentication+jwt", &good("t2")).unwrap()),
        ("alg none", raw(json!({ "alg": "none", "kid": own.kid() }))),
        ("alg HS256", raw(json!({ "alg": "HS256", "kid": own.kid() }))),
        ("alg of another key", raw(json!({ "alg": "ES256", "kid": own.kid() }))),
        ("another kid", raw(json!({ "alg": "EdDSA", "kid": "other" }))),
        ("a key in the header", raw(json!({ "alg": "EdDSA", "kid": own.kid(), "jwk": jwk(&own) }))),
        ("crit", raw(json!({ "alg": "EdDSA", "kid": own.kid(), "crit": ["exp"] }))),
        ("no JWT", "x".to_owned()),
        ("no signature", sent.rsplit_once('.').unwrap().0.to_owned() + "."),
        ("a suffix", sent.clone() + "A"),
        ("huge", "e".repeat(20_000)),
    ];
    bad.extend(["iss", "sub", "aud", "exp", "jti"].map(|member| (member, without(member))));
    for (name, assertion) in bad {
        assert_eq!(ask(&world, &assertion, ORDERS).await, "invalid_grant", "{name}");
    }
    let request_without = TokenRequest { assertion: None, ..request("", ORDERS) };
    assert_eq!(ask_by(&world, request_without).await, "invalid_request");
    for (member, value) in [("exp", json!(now + 3_600)), ("iat", json!(now + 30)), ("nbf", json!(now + 30))] {
        assert_eq!(ask(&world, &with(member, value), ORDERS).await, "issued", "{member}");
    }
    assert_eq!(ask(&world, &raw(json!({ "alg": "Ed25519", "kid": own.kid() })), ORDERS).await, "issued");
}

// RFC 7515 section 4.1.4: the header may leave the key's name out
#[tokio::test]
async fn without_a_name_each_key_of_the_account_is_tried() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let admin = world.acme(Role::Admin);
    let nameless = |seed: u8, jti: &str| {
        Prover::new(seed).sign(&json!({ "alg": "EdDSA" }), &claims(id.as_str(), jti, world.clock.now()))
    };
    assert_eq!(ask(&world, &nameless(1, "one"), ORDERS).await, "issued");
    assert_eq!(ask(&world, &nameless(2, "not yet"), ORDERS).await, "invalid_grant");
    let ends_at = Some(START.plus_seconds(60));
    let new = NewClientKey { jwk: jwk(&key(2)), expires_at: ends_at };
    service_accounts::create_key(&world.core, &admin, "acme", &id, new).await.unwrap();
    assert_eq!(ask(&world, &nameless(2, "two"), ORDERS).await, "issued");
    assert_eq!(ask(&world, &nameless(1, "one again"), ORDERS).await, "issued");
    world.clock.advance(60);
    assert_eq!(ask(&world, &nameless(2, "expired"), ORDERS).await, "invalid_grant");
    assert_eq!(ask(&world, &nameless(1, "the other"), ORDERS).await, "issued");
}

// J3, F-17: once, on two replicas, whoever is first; and a refused one burns nothing
#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_holds_once() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let once = assertion(id.as_str(), "once", START);
    assert_eq!(ask(&world, &once, "https://nowhere.example").await, "invalid_target");
    let other = world.replica(9, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    let mut asked = tokio::task::JoinSet::new();
    for number in 0..20 {
        let core = if number % 2 == 0 { world.core.clone() } else { other.clone() };
        let request = request(&once, ORDERS);
        asked.spawn(async move { word(&oauth::token(&core, request).await) });
    }
    let answers = asked.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == "issued").count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| ["issued", "invalid_grant"].contains(answer)));
    let twin = created(&world, &[Role::Developer]).await;
    assert_eq!(ask(&world, &assertion(twin.as_str(), "once", START), ORDERS).await, "issued", "another's jti");
}

// J6 (Keycloak CVE-2026-1486): each link of the chain, switched off alone
#[tokio::test]
async fn what_is_switched_off_is_refused_here_too() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let (core, admin) = (&world.core, world.acme(Role::Admin));
    let try_it = async |jti: &str| ask(&world, &assertion(id.as_str(), jti, START), ORDERS).await;
    service_accounts::disable(core, &admin, "acme", &id).await.unwrap();
    assert_eq!(try_it("disabled").await, "invalid_grant");
    service_accounts::enable(core, &admin, "acme", &id).await.unwrap();
    assert_eq!(try_it("on").await, "issued");
    let keys = service_accounts::list_keys(core, &admin, "acme", &id).await.unwrap();
    service_accounts::delete_key(core, &admin, "acme", &id, &keys[0].id).await.unwrap();
    assert_eq!(try_it("no key").await, "invalid_grant");
    let ends = START.plus_seconds(60);
    let new = NewClientKey { jwk: jwk(&key(1)), expires_at: Some(ends) };
    service_accounts::create_key(core, &admin, "acme", &id, new).await.unwrap();
    assert_eq!(try_it("a key again").await, "issued");
    world.clock.advance(60);
    let late = assertion(id.as_str(), "expired key", ends);
    assert_eq!(ask(&world, &late, ORDERS).await, "invalid_grant");
    let other = created(&world, &[Role::Developer]).await;
    assert_eq!(ask(&world, &assertion(other.as_str(), "x", ends), ORDERS).await, "issued");
    world.suspend(&world.acme).await;
    assert_eq!(ask(&world, &assertion(other.as_str(), "suspended", ends), ORDERS).await, "invalid_grant");
    service_accounts::revoke(core, &world.acme(Role::Owner), "acme", &other, None).await.unwrap();
    assert_eq!(ask(&world, &assertion(other.as_str(), "revoked", ends), ORDERS).await, "invalid_grant");
}

// RFC 7523 section 3.1: client authentication is optional, and good where it is there; so is client_id
#[tokio::test]
async fn what_else_is_sent_must_be_good() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    let secret = PlainSecret::new("lk_secret_x".to_owned());
    let bad = ClientAuthentication::Secret(ClientCredentials { id: "app_0000000000000000".to_owned(), secret });
    let with_bad = TokenRequest { client: Some(bad), ..request(&assertion(id.as_str(), "a", START), ORDERS) };
    assert_eq!(ask_by(&world, with_bad).await, "invalid_client");
    for (client_id, expected) in
        [("sa_0000000000000000", "invalid_grant"), ("\0", "invalid_grant"), (id.as_str(), "issued")]
    {
        let named = TokenRequest {
            client_id: Some(client_id.to_owned()),
            ..request(&assertion(id.as_str(), "b", START), ORDERS)
        };
        assert_eq!(ask_by(&world, named).await, expected);
    }
}

// the database is down: 503, never another answer
#[tokio::test]
async fn what_cannot_be_known_is_unavailable() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Developer]).await;
    world.store.close().await;
    let answer = oauth::token(&world.core, request(&assertion(id.as_str(), "a", START), ORDERS)).await;
    assert!(matches!(answer, Err(TokenError::Unavailable(_))));
}

// "with its roles it drives the management API": at once what it is, and nothing but its own token
#[tokio::test]
async fn an_account_drives_the_management_api() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Admin]).await;
    let core = &world.core;
    let token = issued(&world, &assertion(id.as_str(), "a", START), MANAGEMENT).await;
    assert_eq!((token.expires_in, token.scope.to_string().as_str()), (300, ""));
    let token = token.access_token;
    let role_of = async |token: &str| match service_accounts::authenticate(core, token, None).await {
        Ok(caller) => match caller.actor {
            Actor::ServiceAccount { role, .. } => Some(role),
            other => panic!("{other:?}"),
        },
        Err(Error::Unauthenticated) => None,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(role_of(token.expose()).await, Some(Role::Admin));
    let caller = service_accounts::authenticate(core, token.expose(), None).await.unwrap();
    let new = new_account(&[Role::Viewer], None);
    let made = service_accounts::create(core, &caller, "acme", new).await.unwrap();
    assert_eq!(made.account.created_by, id.as_str());
    let row = &world.audit_rows(Some(&world.acme.id), made.account.id.as_str()).await[0];
    assert_eq!((row.actor_kind.as_str(), row.actor_id.as_deref()), ("service_account", Some(id.as_str())));
    assert!(matches!(orgs::get(core, &caller, "globex").await, Err(Error::NotFound)));

    // D6: no other token of ours passes, and this one passes nowhere else
    let for_api = issued(&world, &assertion(id.as_str(), "b", START), ORDERS).await.access_token;
    assert_eq!(role_of(for_api.expose()).await, None);
    assert_eq!(role_of(&assertion(id.as_str(), "c", START)).await, None);
    assert_eq!(role_of("").await, None);
    assert_eq!(role_of(&format!("{}A", token.expose())).await, None);

    // it is looked at each time
    let owner = world.acme(Role::Owner);
    let lesser = ServiceAccountPatch { roles: Some(vec![Role::Viewer]), ..ServiceAccountPatch::default() };
    service_accounts::update(core, &owner, "acme", &id, lesser).await.unwrap();
    assert_eq!(role_of(token.expose()).await, Some(Role::Viewer));
    service_accounts::disable(core, &owner, "acme", &id).await.unwrap();
    assert_eq!(role_of(token.expose()).await, None);
    service_accounts::enable(core, &owner, "acme", &id).await.unwrap();
    assert_eq!(role_of(token.expose()).await, Some(Role::Viewer));
    world.clock.advance(300);
    assert_eq!(role_of(token.expose()).await, None, "expired");
    let fresh = issued(&world, &assertion(id.as_str(), "d", START.plus_seconds(300)), MANAGEMENT).await.access_token;
    assert_eq!(role_of(fresh.expose()).await, Some(Role::Viewer));
    world.suspend(&world.acme).await;
    assert_eq!(role_of(fresh.expose()).await, None);
    let scoped = assertion(id.as_str(), "e", START.plus_seconds(300));
    assert_eq!(ask(&world, &scoped, MANAGEMENT).await, "invalid_grant", "suspended");
}

#[tokio::test]
async fn tokens_for_the_management_api_are_for_accounts_and_nothing_else() {
    let world = World::new().await;
    orders(&world).await;
    let id = created(&world, &[Role::Owner]).await;
    let sign = |jti: &str| assertion(id.as_str(), jti, START);
    let scoped = TokenRequest { scope: Some("read".to_owned()), ..request(&sign("a"), MANAGEMENT) };
    assert_eq!(ask_by(&world, scoped).await, "invalid_scope");
    let both = TokenRequest { audience: vec![ORDERS.to_owned()], ..request(&sign("a"), MANAGEMENT) };
    assert_eq!(ask_by(&world, both).await, "invalid_target");
    let twice = TokenRequest { audience: vec![MANAGEMENT.to_owned()], ..request(&sign("a"), MANAGEMENT) };
    assert_eq!(ask_by(&world, twice).await, "issued");
    let app = crate::apps::create(&world, vec![grant(ORDERS, &["read"])]).await.unwrap();
    let by_app = TokenRequest { resource: vec![MANAGEMENT.to_owned()], ..crate::oauth::request(&app) };
    assert_eq!(ask_by(&world, by_app).await, "invalid_target");
    // no API takes its place
    for audience in [MANAGEMENT, "https://portal.example/api/v1/"] {
        let api = NewApi { audience: audience.to_owned(), ..crate::stage::new_api("urn:x", Visibility::Private) };
        let made = apis::create(&world.core, &world.acme(Role::Admin), "acme", api).await;
        assert_eq!(refused_fields(made), ["audience"]);
    }
}
