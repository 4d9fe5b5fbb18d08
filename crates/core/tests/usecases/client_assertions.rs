//! `private_key_jwt`: J1 to J6, and F-30 for keys that are fetched.

use latchkey_core::apps::{self, App, AuthMethod, ClientKey, NewApp, NewGrant};
use latchkey_core::oauth::{self, ClientAssertion, ClientAuthentication, ClientCredentials, TokenError, TokenRequest};
use latchkey_core::ports::{AppStore, ClientKeyStore, FetchError, ReplayStore};
use latchkey_core::{NewClientKey, PlainSecret, usage};
use latchkey_jose::{Algorithm, Jwk, JwkSet, SigningKey};
use latchkey_types::{Role, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::apps::grant;
use crate::setup::{ISSUER, START, World};

const URI: &str = "https://app.example/jwks.json";

pub fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

pub fn jwk(key: &SigningKey) -> Value {
    serde_json::to_value(Jwk::new(key.public_key())).unwrap()
}

pub fn jwks(keys: &[&SigningKey]) -> Value {
    serde_json::to_value(JwkSet::new(keys.iter().map(|key| key.public_key()))).unwrap()
}

/// What a client says about itself, good for a minute.
pub fn claims(client: &str, jti: &str, now: Timestamp) -> Value {
    let now = now.as_seconds();
    json!({ "iss": client, "sub": client, "aud": ISSUER, "jti": jti, "iat": now, "exp": now + 60 })
}

/// An app of `acme` for an API of its own that is named in no other way than by these members.
async fn app(world: &World, new: NewApp) -> App {
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let new = NewApp {
        name: "billing".to_owned(),
        grants: vec![NewGrant { exchange: None, ..grant(&api.audience, &["read"]) }],
        auth_method: AuthMethod::PrivateKeyJwt,
        ..new
    };
    let made = apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    assert!(made.client_secret.is_none());
    made.app
}

async fn with_keys(world: &World, keys: &[&SigningKey]) -> App {
    app(world, NewApp { jwks: Some(jwks(keys)), ..NewApp::default() }).await
}

async fn ask(world: &World, client_id: Option<&str>, assertion: &str) -> &'static str {
    let assertion =
        ClientAssertion { client_id: client_id.map(str::to_owned), assertion: PlainSecret::new(assertion.to_owned()) };
    ask_by(world, ClientAuthentication::Assertion(assertion)).await
}

async fn ask_by(world: &World, client: ClientAuthentication) -> &'static str {
    let request = TokenRequest {
        grant_type: Some("client_credentials".to_owned()),
        client: Some(client),
        ..TokenRequest::default()
    };
    match oauth::token(&world.core, request).await {
        Ok(_) => "issued",
        Err(TokenError::InvalidClient) => "invalid_client",
        Err(TokenError::Unavailable(_)) => "unavailable",
        Err(other) => panic!("{other:?}"),
    }
}

async fn keys_of(world: &World, app: &App) -> Vec<ClientKey> {
    world.store.list_client_keys(&world.acme.id, app.id.as_str()).await.unwrap()
}

// J1
#[tokio::test]
async fn every_algorithm_authenticates_and_marks_its_key_as_used() {
    let world = World::new().await;
    let keys: Vec<SigningKey> = Algorithm::ALL
        .into_iter()
        .map(|algorithm| SigningKey::generate(algorithm, |bytes| bytes.fill(9)).unwrap())
        .collect();
    let app = with_keys(&world, &keys.iter().collect::<Vec<_>>()).await;
    let id = app.id.as_str();
    for (number, key) in keys.iter().enumerate() {
        let assertion = key.sign("JWT", &claims(id, &number.to_string(), START)).unwrap();
        assert_eq!(ask(&world, None, &assertion).await, "issued", "{}", key.alg());
    }
    usage::flush(&world.core).await.unwrap();
    let stored = keys_of(&world, &app).await;
    assert_eq!(stored.len(), 4);
    assert!(stored.iter().all(|key| key.last_used_at == Some(START)));
}

// J1, J2, J4: each claim alone
#[tokio::test]
async fn every_claim_is_checked() {
    let world = World::new().await;
    let key = key(1);
    let app = with_keys(&world, &[&key]).await;
    let (id, now) = (app.id.as_str(), START.as_seconds());
    let token_endpoint = format!("{ISSUER}/oauth/token");
    let cases = [
        ("good", json!({}), "issued"),
        ("another issuer", json!({ "iss": "app_0000000000000000" }), "invalid_client"),
        ("another subject", json!({ "sub": "app_0000000000000000" }), "invalid_client"),
        ("no issuer", json!({ "iss": null }), "invalid_client"),
        ("no audience", json!({ "aud": null }), "invalid_client"),
        ("the token endpoint", json!({ "aud": token_endpoint }), "invalid_client"),
        ("a slash more", json!({ "aud": format!("{ISSUER}/") }), "invalid_client"),
        ("a second audience", json!({ "aud": [ISSUER, "https://other.example"] }), "invalid_client"),
        ("both of ours", json!({ "aud": [ISSUER, token_endpoint] }), "invalid_client"),
        ("a list of one", json!({ "aud": [ISSUER] }), "issued"),
        ("expired", json!({ "exp": now }), "invalid_client"),
        ("no end", json!({ "exp": null }), "invalid_client"),
        ("an end as text", json!({ "exp": (now + 60).to_string() }), "invalid_client"),
        ("60 minutes", json!({ "exp": now + 3_600 }), "issued"),
        ("more than 60 minutes", json!({ "exp": now + 3_601 }), "invalid_client"),
        ("from the future", json!({ "iat": now + 31 }), "invalid_client"),
        ("within the leeway", json!({ "iat": now + 30, "nbf": now + 30 }), "issued"),
        ("not yet", json!({ "nbf": now + 31 }), "invalid_client"),
        ("no id", json!({ "jti": null }), "invalid_client"),
        ("an empty id", json!({ "jti": "" }), "invalid_client"),
        ("an id of 256", json!({ "jti": "x".repeat(256) }), "invalid_client"),
        ("a NUL", json!({ "jti": "a\0b" }), "invalid_client"),
    ];
    for (number, (name, change, expected)) in cases.into_iter().enumerate() {
        let mut claims = claims(id, &format!("jti{number}"), START);
        for (member, value) in change.as_object().unwrap() {
            claims[member] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(ask(&world, None, &key.sign("JWT", &claims).unwrap()).await, expected, "{name}");
    }
}

// J2, D6
#[tokio::test]
async fn another_type_of_token_is_refused() {
    let world = World::new().await;
    let key = key(1);
    let app = with_keys(&world, &[&key]).await;
    for (number, (typ, expected)) in [
        ("client-authentication+jwt", "issued"),
        ("application/client-authentication+jwt", "issued"),
        ("jwt", "issued"),
        ("at+jwt", "invalid_client"),
        ("dpop+jwt", "invalid_client"),
        ("token-introspection+jwt", "invalid_client"),
        ("", "invalid_client"),
    ]
    .into_iter()
    .enumerate()
    {
        let claims = claims(app.id.as_str(), &number.to_string(), START);
        assert_eq!(ask(&world, None, &key.sign(typ, &claims).unwrap()).await, expected, "{typ:?}");
    }
}

// A9: whoever isn't the client
#[tokio::test]
async fn unknown_clients_and_wrong_proofs_are_refused_alike() {
    let world = World::new().await;
    let (own, other) = (key(1), key(2));
    let app = with_keys(&world, &[&own]).await;
    let id = app.id.as_str();
    let good = |jti: &str| own.sign("JWT", &claims(id, jti, START)).unwrap();
    for (name, client_id, assertion) in [
        ("another key", None, other.sign("JWT", &claims(id, "a", START)).unwrap()),
        ("an unknown client", None, own.sign("JWT", &claims("app_0000000000000000", "b", START)).unwrap()),
        ("no id of an app", None, own.sign("JWT", &claims("https://me.example", "c", START)).unwrap()),
        ("a service account", None, own.sign("JWT", &claims("sa_0000000000000000", "d", START)).unwrap()),
        ("another client_id", Some("app_0000000000000000"), good("e")),
        ("nothing", None, String::new()),
        ("no signature", None, good("f").rsplit_once('.').unwrap().0.to_owned() + "."),
        ("a suffix", None, good("g") + "A"),
        ("whitespace", None, good("h") + "\n"),
    ] {
        assert_eq!(ask(&world, client_id, &assertion).await, "invalid_client", "{name}");
    }
    // D3: a key that the header brings
    let jws = good("i");
    let header = json!({ "alg": "EdDSA", "typ": "JWT", "jwk": jwk(&own) }).to_string();
    let encoded = base64_url(header.as_bytes());
    let brings = format!("{encoded}.{}", jws.split_once('.').unwrap().1);
    assert_eq!(ask(&world, None, &brings).await, "invalid_client");
    assert_eq!(ask(&world, Some(id), &good("j")).await, "issued");
    assert_eq!(ask(&world, None, &good("k")).await, "issued");
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

// J3, F-17: once, on two replicas, and a bad one burns nothing
#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_holds_once() {
    let world = World::new().await;
    let (own, other) = (key(1), key(2));
    let app = with_keys(&world, &[&own]).await;
    let id = app.id.as_str();
    // by another key, and for another audience: neither uses the id up
    assert_eq!(ask(&world, None, &other.sign("JWT", &claims(id, "x", START)).unwrap()).await, "invalid_client");
    let mut elsewhere = claims(id, "x", START);
    elsewhere["aud"] = json!("https://other.example");
    assert_eq!(ask(&world, None, &own.sign("JWT", &elsewhere).unwrap()).await, "invalid_client");

    let assertion = own.sign("JWT", &claims(id, "x", START)).unwrap();
    let vault =
        latchkey_core::vault::Vault::new(latchkey_core::vault::MasterKey::from_bytes(crate::setup::MASTER_KEY), None);
    let second = world.replica(2, vault);
    let tries: Vec<_> = (0..200)
        .map(|number| {
            let core = if number % 2 == 0 { world.core.clone() } else { second.clone() };
            let assertion = PlainSecret::new(assertion.clone());
            tokio::spawn(async move {
                let client = ClientAuthentication::Assertion(ClientAssertion { client_id: None, assertion });
                let request = TokenRequest {
                    grant_type: Some("client_credentials".to_owned()),
                    client: Some(client),
                    ..TokenRequest::default()
                };
                oauth::token(&core, request).await.is_ok()
            })
        })
        .collect();
    let mut issued = 0;
    for attempt in tries {
        issued += usize::from(attempt.await.unwrap());
    }
    assert_eq!(issued, 1);

    // another client's ids are its own, and what is remembered goes with the assertion's end
    assert_eq!(world.store.delete_expired_uses(START.plus_seconds(89)).await.unwrap(), 0);
    assert_eq!(world.store.delete_expired_uses(START.plus_seconds(90)).await.unwrap(), 1);
    world.clock.advance(60);
    assert_eq!(ask(&world, None, &assertion).await, "invalid_client");
}

// A3: each app by its own method
#[tokio::test]
async fn an_app_authenticates_in_its_own_way_alone() {
    let world = World::new().await;
    let own = key(1);
    let by_secret = crate::apps::created(&world).await;
    let caller = world.acme(Role::Developer);
    // a key that waits proves nothing
    let new = NewClientKey { jwk: jwk(&own), expires_at: None };
    apps::add_key(&world.core, &caller, "acme", &by_secret.app.id, new).await.unwrap();
    let id = by_secret.app.id.as_str();
    let assertion = |jti: &str| own.sign("JWT", &claims(id, jti, START)).unwrap();
    let secret = || {
        ClientAuthentication::Secret(ClientCredentials { id: id.to_owned(), secret: by_secret.client_secret.clone() })
    };
    assert_eq!(ask(&world, None, &assertion("a")).await, "invalid_client");
    assert_eq!(ask_by(&world, secret()).await, "issued");
    // and with the method the way changes, back and forth
    for (method, by_assertion, by_secret) in [
        (AuthMethod::PrivateKeyJwt, "issued", "invalid_client"),
        (AuthMethod::ClientSecretPost, "invalid_client", "issued"),
    ] {
        let patch = apps::AppPatch { auth_method: Some(method), ..apps::AppPatch::default() };
        apps::update(&world.core, &caller, "acme", &id.parse().unwrap(), patch).await.unwrap();
        assert_eq!(ask(&world, None, &assertion("b")).await, by_assertion);
        assert_eq!(ask_by(&world, secret()).await, by_secret);
    }
}

// J6
#[tokio::test]
async fn whatever_is_switched_off_is_refused_here_too() {
    let world = World::new().await;
    let own = key(1);
    let app = with_keys(&world, &[&own]).await;
    let (core, caller, id) = (&world.core, world.acme(Role::Developer), &app.id);
    let assertion = |jti: &str| own.sign("JWT", &claims(id.as_str(), jti, world.core.clock.now())).unwrap();
    assert_eq!(ask(&world, None, &assertion("1")).await, "issued");
    apps::disable(core, &caller, "acme", id).await.unwrap();
    assert_eq!(ask(&world, None, &assertion("2")).await, "invalid_client");
    apps::enable(core, &caller, "acme", id).await.unwrap();
    // what was refused was not used up
    assert_eq!(ask(&world, None, &assertion("2")).await, "issued");

    let registered = keys_of(&world, &app).await.remove(0);
    apps::delete_key(core, &caller, "acme", id, &registered.id).await.unwrap();
    assert_eq!(ask(&world, None, &assertion("3")).await, "invalid_client");
    let ends = START.plus_seconds(100);
    let new = NewClientKey { jwk: jwk(&own), expires_at: Some(ends) };
    apps::add_key(core, &caller, "acme", id, new).await.unwrap();
    assert_eq!(ask(&world, None, &assertion("4")).await, "issued");
    world.clock.advance(100);
    assert_eq!(ask(&world, None, &assertion("5")).await, "invalid_client");

    let last = keys_of(&world, &app).await.remove(0);
    apps::delete_key(core, &caller, "acme", id, &last.id).await.unwrap();
    apps::add_key(core, &caller, "acme", id, NewClientKey { jwk: jwk(&own), expires_at: None }).await.unwrap();
    world.suspend(&world.acme).await;
    assert_eq!(ask(&world, None, &assertion("6")).await, "invalid_client");
}

// F-30, G6: keys that are fetched
#[tokio::test]
async fn keys_come_from_the_apps_own_address() {
    let world = World::new().await;
    let (first, second) = (key(1), key(2));
    let app = app(&world, NewApp { jwks_uri: Some(URI.to_owned()), ..NewApp::default() }).await;
    let assertion =
        |key: &SigningKey, jti: &str| key.sign("JWT", &claims(app.id.as_str(), jti, world.core.clock.now())).unwrap();
    // nothing to be had, and nothing known: not a guess
    world.fetcher.fail(URI, FetchError::NoAnswer);
    assert_eq!(ask(&world, None, &assertion(&first, "1")).await, "unavailable");
    world.clock.advance(30);
    world.fetcher.answer(URI, &jwks(&[&first]));
    assert_eq!(ask(&world, None, &assertion(&first, "2")).await, "issued");
    assert_eq!(ask(&world, None, &assertion(&second, "3")).await, "invalid_client");
    // the app rotates: its new key is found at once, and the old one ends
    world.fetcher.answer(URI, &jwks(&[&second]));
    world.clock.advance(30);
    assert_eq!(ask(&world, None, &assertion(&second, "4")).await, "issued");
    assert_eq!(ask(&world, None, &assertion(&first, "5")).await, "invalid_client");
    // an outage, and a flood of forgeries
    world.fetcher.fail(URI, FetchError::Refused);
    world.clock.advance(400);
    let calls = world.fetcher.calls(URI);
    for number in 0..20 {
        assert_eq!(ask(&world, None, &assertion(&key(100 + number), "x")).await, "invalid_client");
    }
    assert_eq!(ask(&world, None, &assertion(&second, "6")).await, "issued");
    assert_eq!(world.fetcher.calls(URI), calls + 1);
    // a client that is off makes nobody fetch
    apps::disable(&world.core, &world.acme(Role::Developer), "acme", &app.id).await.unwrap();
    world.clock.advance(4_000);
    assert_eq!(ask(&world, None, &assertion(&second, "7")).await, "invalid_client");
    assert_eq!(world.fetcher.calls(URI), calls + 1);
}

// D2: an assertion without kid
#[tokio::test]
async fn an_assertion_need_not_name_its_key() {
    let world = World::new().await;
    let (first, second) = (key(1), key(2));
    let app = with_keys(&world, &[&first, &second]).await;
    for (number, key) in [&first, &second].into_iter().enumerate() {
        let claims = claims(app.id.as_str(), &number.to_string(), START);
        let unnamed = sign_without_kid(number + 1, &claims);
        assert_eq!(ask(&world, None, &unnamed).await, "issued", "{}", key.kid());
    }
    assert_eq!(ask(&world, None, &sign_without_kid(3, &claims(app.id.as_str(), "x", START))).await, "invalid_client");
    let row = world.store.find_verifiable_app(&app.id).await.unwrap().unwrap();
    assert_eq!(row.keys.len(), 2);
}

fn sign_without_kid(seed: usize, claims: &Value) -> String {
    use ed25519_dalek::Signer;
    let input = format!("{}.{}", base64_url(br#"{"alg":"EdDSA"}"#), base64_url(claims.to_string().as_bytes()));
    let key = ed25519_dalek::SigningKey::from_bytes(&[u8::try_from(seed).unwrap(); 32]);
    format!("{input}.{}", base64_url(&key.sign(input.as_bytes()).to_bytes()))
}

// F-24 and "fuzz targets for every parser": whatever is sent is refused, and nothing panics
#[test]
fn the_parser_never_panics() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let own = key(1);
    let app = runtime.block_on(with_keys(&world, &[&own]));
    let good = own.sign("JWT", &claims(app.id.as_str(), "once", START)).unwrap();
    proptest!(ProptestConfig::with_cases(256), |(text in ".*", at in 0..good.len(), byte in 0..=127_u8, cut in 0..good.len())| {
        runtime.block_on(async {
            assert_eq!(ask(&world, None, &text).await, "invalid_client");
            let mut changed = good.clone().into_bytes();
            if changed[at] != byte {
                changed[at] = byte;
                assert_eq!(ask(&world, None, &String::from_utf8(changed).unwrap()).await, "invalid_client");
            }
            assert_eq!(ask(&world, None, &good[..cut]).await, "invalid_client");
            let header = base64_url(text.as_bytes());
            assert_eq!(ask(&world, None, &format!("{header}.{header}.{header}")).await, "invalid_client");
        });
    });
    assert_eq!(runtime.block_on(ask(&world, None, &good)), "issued");
}
