//! `ANY /v1/forward-auth` (contract section 7), as a gateway calls it.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt;
use latchkey_core::{operator, signing};
use latchkey_jose::{AccessToken, CompactJws, Cred};
use latchkey_types::secret::{SecretKind, compose};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::{Options, TestApp};
use crate::prover::{Prover, ath};
use crate::world::new_bodies::new_key;
use crate::world::{Answer, COMMAND_LINE, ISSUER, World};

const PATH: &str = "/v1/forward-auth";
const IDENTITY: [&str; 5] =
    ["x-latchkey-subject", "x-latchkey-organisation", "x-latchkey-scopes", "x-latchkey-credential", "x-latchkey-actor"];

/// What a gateway sends, in bytes: a caller may have put anything there.
type Header<'a> = (&'a str, &'a [u8]);

/// A request of a gateway with exactly these headers.
async fn send(world: &World, method: Method, path: &str, headers: &[Header<'_>]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "api.example");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([203, 0, 113, 9], 40_000))));
    let (parts, body) = world.router().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// What the gateway of `acme`'s API sends for a call with these headers.
async fn ask(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all: Vec<Header<'_>> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    all.push(("x-latchkey-verification-key", world.verification_key.as_bytes()));
    send(world, Method::GET, path, &all).await
}

async fn bearer(world: &World, credential: &str) -> Answer {
    ask(world, PATH, &[("authorization", &format!("Bearer {credential}"))]).await
}

async fn make(world: &World, path: &str, body: &Value) -> Value {
    world.post(&format!("/api/v1/orgs/acme/{path}"), world.owner(), body).await.expect(201).json()
}

async fn access_token(world: &World) -> String {
    let client = (world.client.as_str(), world.client_secret.as_str());
    let basic =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("{}:{}", client.0, client.1));
    let header = format!("Basic {basic}");
    world.token(&[("authorization", &header)], "grant_type=client_credentials").await.expect(200).text("access_token")
}

async fn phantom(world: &World, answer: &Answer) -> AccessToken {
    let jwt = answer.header("authorization").strip_prefix("Bearer ").unwrap();
    let jws = CompactJws::parse(jwt).unwrap();
    let ring = signing::current(&world.core).await.unwrap();
    AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap()
}

/// A refusal that the caller sees: its status, code and challenge, and nothing of an identity.
#[track_caller]
fn refused(answer: Answer, status: u16, code: &str) -> Answer {
    let answer = answer.expect(status);
    assert_eq!(answer.header("x-latchkey-code"), code, "{answer:?}");
    assert_eq!(answer.json()["code"], code);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401 || code == "INSUFFICIENT_SCOPE");
    for name in IDENTITY.into_iter().chain(["authorization"]) {
        assert!(!answer.headers.contains_key(name), "{name}: {answer:?}");
    }
    answer
}

/// A fault of the gateway's own: 500, and not a word about the caller.
#[track_caller]
fn gateways_fault(answer: Answer) {
    let answer = answer.expect(500);
    assert_eq!(answer.json()["type"], "urn:latchkey:problem:gateway");
    for name in IDENTITY.into_iter().chain(["authorization", "www-authenticate", "x-latchkey-code"]) {
        assert!(!answer.headers.contains_key(name), "{name}: {answer:?}");
    }
}

// contract section 7: what the upstream gets, for every kind of credential
#[tokio::test]
async fn a_good_call_gets_a_phantom_and_every_identity_header() {
    let world = World::new().await;
    let mut jwt_key = new_key();
    jwt_key["kind"] = json!("jwt_key");
    let jwt_key = make(&world, "keys", &jwt_key).await;
    let jwt_key_id = jwt_key["id"].as_str().unwrap();
    let token = access_token(&world).await;
    let jti = world.verify(&world.verification_key, &token).await["credential"]["id"].as_str().unwrap().to_owned();
    for (credential, subject, id, scopes) in [
        (world.key_secret.as_str(), world.key.as_str(), world.key.as_str(), "orders:read"),
        (jwt_key["jwt"].as_str().unwrap(), jwt_key_id, jwt_key_id, "orders:read"),
        (&token, &world.client, &jti, "orders:read orders:write"),
    ] {
        let answer = bearer(&world, credential).await.expect(200);
        let expected = [subject, "acme", scopes, id, ""];
        for (name, value) in IDENTITY.iter().zip(expected) {
            let all: Vec<_> = answer.headers.get_all(*name).iter().collect();
            assert_eq!(all, [value], "{name}");
        }
        assert_eq!((answer.header("cache-control"), answer.body.len()), ("no-store", 0));
        assert_eq!(answer.headers.get_all("authorization").iter().count(), 1);
        let claims = phantom(&world, &answer).await;
        assert_eq!((claims.cred, claims.aud.as_str()), (Cred::Phantom, "https://orders.example"));
        assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (subject, subject));
        assert_eq!(claims.exp.as_seconds() - claims.iat.as_seconds(), 60);
        assert_eq!(claims.scope.to_string(), scopes);
        // remembered, and for nobody here
        assert_eq!(bearer(&world, credential).await.header("authorization"), answer.header("authorization"));
        let jwt = answer.header("authorization")["Bearer ".len()..].to_owned();
        refused(bearer(&world, &jwt).await, 401, "BAD_SIGNATURE");
        assert_eq!(world.verify(&world.verification_key, &jwt).await["code"], "BAD_SIGNATURE");
    }
    // a key of another organisation, without any scope
    let foreign = bearer(&world, &world.foreign_key_secret).await.expect(200);
    assert_eq!((foreign.header("x-latchkey-organisation"), foreign.header("x-latchkey-scopes")), ("globex", ""));
    assert!(foreign.headers.contains_key("x-latchkey-scopes"), "empty, and there");
}

// contract section 7
#[tokio::test]
async fn where_the_credential_may_stand() {
    let world = World::new().await;
    let (key, good) = (world.key_secret.as_str(), format!("Bearer {}", world.key_secret));
    let lower = format!("bearer {key}");
    for headers in [
        vec![("x-api-key", key)],
        vec![("authorization", good.as_str())],
        vec![("authorization", lower.as_str())],
        vec![("authorization", good.as_str()), ("x-api-key", key)],
        vec![("authorization", "Basic YTpi"), ("x-api-key", key)],
    ] {
        ask(&world, PATH, &headers).await.expect(200);
    }
    // B3: nothing was sent, so nothing is wrong with it
    for headers in [vec![], vec![("authorization", "Basic YTpi")], vec![("cookie", key)], vec![("x-api-key", "")]] {
        let answer = refused(ask(&world, PATH, &headers).await, 401, "MALFORMED");
        assert_eq!(answer.header("www-authenticate"), format!("Bearer realm=\"{ISSUER}\""));
    }
    // B2: not in the URL, of the caller's or of the gateway's
    let uri = format!("/orders?access_token={key}");
    let in_uri = [("x-forwarded-method", "GET"), ("x-forwarded-uri", uri.as_str())];
    refused(ask(&world, PATH, &in_uri).await, 401, "MALFORMED");
    gateways_fault(ask(&world, &format!("{PATH}?access_token={key}"), &[]).await);
    // B1: which of two is meant is not guessed
    let other = format!("Bearer {}", world.foreign_key_secret);
    for headers in [
        vec![("authorization", good.as_str()), ("x-api-key", &world.foreign_key_secret)],
        vec![("authorization", good.as_str()), ("authorization", other.as_str())],
        vec![("authorization", good.as_str()), ("authorization", good.as_str())],
        vec![("x-api-key", key), ("x-api-key", key)],
        vec![("authorization", good.as_str()), ("x-scope-token", "a"), ("x-scope-token", "b")],
    ] {
        let answer = refused(ask(&world, PATH, &headers).await, 401, "MALFORMED");
        let challenge = format!("Bearer realm=\"{ISSUER}\", error=\"invalid_token\"");
        assert_eq!(answer.header("www-authenticate"), challenge, "{headers:?}");
    }
    let raw: [Header<'_>; 3] = [
        ("x-latchkey-verification-key", world.verification_key.as_bytes()),
        ("authorization", b"Bearer \xff\xfe"),
        ("x-api-key", key.as_bytes()),
    ];
    refused(send(&world, Method::GET, PATH, &raw).await, 401, "MALFORMED");
}

// contract sections 7 and 10: code and status of each refusal
#[tokio::test]
async fn refusals_reach_the_caller() {
    let world = World::new().await;
    let key = &world.key_secret;
    let mut jwt_key = new_key();
    jwt_key["kind"] = json!("jwt_key");
    let jwt = make(&world, "keys", &jwt_key).await["jwt"].as_str().unwrap().to_owned();
    let invalid = format!("Bearer realm=\"{ISSUER}\", error=\"invalid_token\"");
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let tampered = format!("{signed}.{other}{}", &signature[1..]);
    let unknown = compose("lk", SecretKind::Live, "0000000000000000", &[1; 32]);
    for (credential, code) in [
        ("x", "MALFORMED"),
        ("lk_live_x", "MALFORMED"),
        ("a.b.c", "MALFORMED"),
        (&unknown, "NOT_FOUND"),
        (&world.verification_key, "NOT_FOUND"),
        (&tampered, "BAD_SIGNATURE"),
    ] {
        let answer = refused(bearer(&world, credential).await, 401, code);
        assert_eq!(answer.header("www-authenticate"), invalid, "{credential}");
    }
    let spare = make(&world, &format!("apis/{}/verification-keys", world.spare_api), &json!({ "name": "spare" })).await;
    let elsewhere: [Header<'_>; 2] =
        [("x-latchkey-verification-key", spare["secret"].as_str().unwrap().as_bytes()), ("x-api-key", jwt.as_bytes())];
    refused(send(&world, Method::GET, PATH, &elsewhere).await, 401, "WRONG_AUDIENCE");

    // B4: the scope that is missing
    let answer = refused(
        ask(&world, &format!("{PATH}?scope=orders:write"), &[("x-api-key", key)]).await,
        403,
        "INSUFFICIENT_SCOPE",
    );
    let challenge = format!("Bearer realm=\"{ISSUER}\", error=\"insufficient_scope\", scope=\"orders:write\"");
    assert_eq!(answer.header("www-authenticate"), challenge);

    let patch = json!({ "allowed_ips": ["198.51.100.0/24"] });
    world.call("PATCH", &format!("/api/v1/orgs/acme/keys/{}", world.key), world.owner(), &patch).await.expect(200);
    refused(bearer(&world, key).await, 403, "IP_NOT_ALLOWED");
    let act = async |verb: &str| {
        let path = format!("/api/v1/orgs/acme/keys/{}/{verb}", world.key);
        world.post(&path, world.owner(), &Value::Null).await.expect(200);
    };
    act("disable").await;
    refused(bearer(&world, key).await, 401, "DISABLED");
    act("revoke").await;
    refused(bearer(&world, key).await, 401, "REVOKED");

    operator::set_suspended(&world.core, &COMMAND_LINE, "globex", true).await.unwrap();
    refused(bearer(&world, &world.foreign_key_secret).await, 403, "ORGANISATION_SUSPENDED");
    world.clock.set_back(std::time::Duration::from_secs(31));
    refused(bearer(&world, &jwt).await, 401, "NOT_YET_VALID");
    world.wait(200 * 86_400).await;
    refused(bearer(&world, &jwt).await, 401, "EXPIRED");
}

// what a gateway may ask for in its own URL
#[tokio::test]
async fn the_gateway_names_the_scopes_of_a_route() {
    let world = World::new().await;
    let token = access_token(&world).await;
    let code = async |query: &str, credential: &str| {
        let answer = ask(&world, &format!("{PATH}{query}"), &[("x-api-key", credential)]).await;
        (answer.status, answer.header("x-latchkey-code").to_owned())
    };
    let ok = || (200, String::new());
    let missing = || (403, "INSUFFICIENT_SCOPE".to_owned());
    let key = &world.key_secret;
    for (query, credential, expected) in [
        ("?scope=orders:read", key, ok()),
        ("?scope=orders%3Aread", key, ok()),
        ("?scope=", key, ok()),
        ("?nginx", key, ok()),
        ("?nginx&scope=orders:read", key, ok()),
        ("?scope=orders:write", key, missing()),
        ("?scope=orders:read+orders:write", key, missing()),
        ("?scope=orders:read&scope=orders:write", key, missing()),
        ("?scope=orders:read&scope=orders:write", &token, ok()),
        ("?scope=orders:read%20orders:write", &token, ok()),
        ("?scope=unheard-of", &token, missing()),
        ("?scope=orders%22", key, missing()),
    ] {
        assert_eq!(code(query, credential).await, expected, "{query}");
    }
    // B6: what is no scope isn't repeated
    let answer = ask(&world, &format!("{PATH}?scope=a%22%2C+b%5C+%C3%A9+fine"), &[("x-api-key", key)]).await;
    assert!(answer.header("www-authenticate").ends_with("error=\"insufficient_scope\", scope=\"fine\""), "{answer:?}");
    // a gateway that hands on the caller's query: what is ours in it counts all the same
    let call = async |query: &str, uri: &str| {
        let headers = [("x-api-key", key.as_str()), ("x-forwarded-method", "GET"), ("x-forwarded-uri", uri)];
        ask(&world, &format!("{PATH}{query}"), &headers).await
    };
    call("?page=2&x", "/orders?page=2&x").await.expect(200);
    refused(call("?scope=orders:write&x", "/orders?scope=orders:write&x").await, 403, "INSUFFICIENT_SCOPE");
    gateways_fault(call("?page=2", "/orders?page=3").await);
    gateways_fault(call("?page=2", "/orders").await);
    // a misspelled parameter must not let everybody in
    for query in ["?scopes=orders:write", "?Scope=orders:write", "?x", "?scope=%zz", "?scope=%ff", "?nginx&x=1"] {
        gateways_fault(ask(&world, &format!("{PATH}{query}"), &[("x-api-key", key)]).await);
    }
}

/// The header that proves the gateway.
fn ours(value: &[u8]) -> (&'static str, &[u8]) {
    ("x-latchkey-verification-key", value)
}

// contract section 10, "Gateways": never mistaken for the caller's fault
#[tokio::test]
async fn a_gateway_that_is_not_set_up_right_is_500() {
    let world = World::new().await;
    let good = world.verification_key.as_bytes();
    let wrong = compose("lk", SecretKind::Verify, "0000000000000000", &[1; 32]);
    let key = ("x-api-key", world.key_secret.as_bytes());
    let cases: [Vec<Header<'_>>; 9] = [
        vec![key],
        vec![key, ours(b"")],
        vec![key, ours(b"lk_verify_x")],
        vec![key, ours(b"\xff")],
        vec![key, ours(wrong.as_bytes())],
        vec![key, ours(world.key_secret.as_bytes())],
        vec![key, ours(good), ours(good)],
        vec![key, ours(wrong.as_bytes()), ours(good)],
        // an underscore is another header
        vec![key, ("x_latchkey_verification_key", good)],
    ];
    for headers in &cases {
        gateways_fault(send(&world, Method::GET, PATH, headers).await);
        gateways_fault(send(&world, Method::GET, &format!("{PATH}/orders"), headers).await);
    }
    // the caller's bad credential doesn't turn it into the caller's fault
    gateways_fault(send(&world, Method::GET, PATH, &[ours(wrong.as_bytes())]).await);
    gateways_fault(send(&world, Method::GET, PATH, &[("authorization", &b"Bearer a"[..]), key]).await);

    // added to what the caller sent, in place of replacing it; or only half
    let get = ("x-forwarded-method", &b"GET"[..]);
    let uri = ("x-forwarded-uri", &b"/orders"[..]);
    let other = ("x-forwarded-uri", &b"/"[..]);
    for more in [vec![get], vec![uri], vec![get, get, uri], vec![get, uri, uri], vec![get, uri, other]] {
        let mut headers = vec![key, ours(good)];
        headers.extend(more);
        gateways_fault(send(&world, Method::GET, PATH, &headers).await);
    }
    // the other form, by a slash too many: it would not read `scope`
    let slash = [key, ours(good), get, uri];
    gateways_fault(send(&world, Method::GET, &format!("{PATH}/?scope=orders:admin"), &slash).await);
    // a suspended owner's gateway
    operator::set_suspended(&world.core, &COMMAND_LINE, "acme", true).await.unwrap();
    gateways_fault(bearer(&world, &world.foreign_key_secret).await);
}

// F-06, F-23: what can't be known, and who guesses
#[tokio::test]
async fn what_cannot_be_known_is_503_and_guessing_429() {
    let world = World::new().await;
    let wrong = |number| compose("lk", SecretKind::Live, &world.key[4..], &[number; 32]);
    bearer(&world, &world.key_secret).await.expect(200);
    for number in 0..10 {
        refused(bearer(&world, &wrong(number)).await, 401, "NOT_FOUND");
    }
    let limited = bearer(&world, &wrong(10)).await.expect(429);
    assert!(limited.header("retry-after").parse::<u64>().unwrap() > 0);
    assert_eq!(limited.header("x-latchkey-code"), "RATE_LIMITED");
    // nginx knows 401 and 403 alone
    let hidden = ask(&world, &format!("{PATH}?nginx"), &[("x-api-key", &wrong(10))]).await.expect(403);
    assert_eq!((hidden.header("x-latchkey-status"), hidden.header("x-latchkey-code")), ("429", "RATE_LIMITED"));
    assert!(!hidden.header("retry-after").is_empty());
    bearer(&world, &world.key_secret).await.expect(200);

    world.store.close().await;
    bearer(&world, &world.key_secret).await.expect(200);
    for path in [PATH, "/v1/forward-auth?nginx"] {
        let unknown = ask(&world, path, &[("x-api-key", &world.foreign_key_secret)]).await.expect(503);
        assert_eq!((unknown.header("retry-after"), unknown.header("authorization")), ("1", ""));
        assert_eq!(unknown.header("cache-control"), "no-store");
    }
    world.clock.advance(std::time::Duration::from_millis(2001));
    bearer(&world, &world.key_secret).await.expect(503);
}

// C10: nothing that a caller sends becomes an identity, or takes one away
#[tokio::test]
async fn spoofed_headers_change_nothing() {
    let world = World::new().await;
    let good = bearer(&world, &world.key_secret).await.expect(200);
    let names: Vec<String> = IDENTITY
        .iter()
        .flat_map(|name| [(*name).to_owned(), name.replace('-', "_"), name.replacen('-', "_", 1), name.to_uppercase()])
        .collect();
    let mut headers = vec![("x-api-key", world.key_secret.as_str())];
    for name in &names {
        headers.extend([(name.as_str(), "admin"), (name.as_str(), "root")]);
    }
    headers.extend([("x-original-uri", "/"), ("x-original-method", "GET"), ("x-latchkey-code", "VALID")]);
    let answer = ask(&world, PATH, &headers).await.expect(200);
    for name in IDENTITY.into_iter().chain(["authorization"]) {
        let (theirs, ours) = (answer.headers.get_all(name), good.headers.get_all(name));
        assert!(theirs.iter().eq(ours.iter()), "{name}");
    }
    assert_eq!(answer.header("x-latchkey-code"), "");

    // told to a proxy, these would go before the upstream or Latchkey sees them
    for connection in [
        "X-Latchkey-Subject",
        "close, x-latchkey-scopes",
        "keep-alive,X-Latchkey-Verification-Key",
        "x-forwarded-uri",
        "X-Forwarded-For",
        "Authorization",
        "x-scope-token",
        "X-API-Key",
    ] {
        let answer = ask(&world, PATH, &[("x-api-key", &world.key_secret), ("connection", connection)]).await;
        refused(answer, 401, "MALFORMED");
    }
    for connection in ["close", "keep-alive", "upgrade", "te, trailers"] {
        ask(&world, PATH, &[("x-api-key", &world.key_secret), ("connection", connection)]).await.expect(200);
    }
}

// contract section 7: any method, and for Envoy any path
#[tokio::test]
async fn both_forms_take_every_method() {
    let world = World::new().await;
    let good: [Header<'_>; 2] = [
        ("x-latchkey-verification-key", world.verification_key.as_bytes()),
        ("x-api-key", world.key_secret.as_bytes()),
    ];
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        for path in [PATH, "/v1/forward-auth/", "/v1/forward-auth/orders/42", "/v1/forward-auth//x/../y;z%2F"] {
            let answer = send(&world, method.clone(), path, &good).await.expect(200);
            assert_eq!(answer.header("x-latchkey-subject"), world.key, "{method} {path}");
        }
        let none = [good[0]];
        send(&world, method.clone(), "/v1/forward-auth/orders", &none).await.expect(401);
    }
    // the query of that form is the caller's: it can't ask for anything
    for query in ["?scope=orders:admin", "?nginx", "?x=%zz"] {
        ask(&world, &format!("{PATH}/orders{query}"), &[("x-api-key", &world.key_secret)]).await.expect(200);
    }
}

// contract section 2: the caller's address is what trusted proxies say
#[tokio::test]
async fn the_callers_address_is_that_behind_the_gateway() {
    for (trusted, expected) in [("203.0.113.9", 200), ("", 403)] {
        let options = Options { providers: Vec::new(), trusted_proxies: trusted, ..Options::default() };
        let world = World::on(TestApp::with(options).await).await;
        let patch = json!({ "allowed_ips": ["198.51.100.0/24"] });
        world.call("PATCH", &format!("/api/v1/orgs/acme/keys/{}", world.key), world.owner(), &patch).await.expect(200);
        let from = async |forwarded: &str| {
            let headers = [("x-api-key", world.key_secret.as_str()), ("x-forwarded-for", forwarded)];
            ask(&world, PATH, &headers).await.status
        };
        assert_eq!(from("198.51.100.7").await, expected);
        assert_eq!(from("192.0.2.1, 198.51.100.7").await, expected);
        assert_eq!(from("198.51.100.7, 192.0.2.1").await, 403, "the last one that isn't a proxy");
        bearer(&world, &world.key_secret).await.expect(403);
    }
}

// RFC 9449 section 7: the proof is for the URL that the caller used
#[tokio::test]
async fn a_bound_token_needs_its_proof() {
    let world = World::new().await;
    let prover = Prover::new(1);
    let token = bound_token(&world, &prover).await;
    let dpop = format!("DPoP {token}");
    let proof = |jti: &str, method: &str, url: &str| {
        let now = world.core.clock.now().as_seconds();
        prover.prove(&json!({ "jti": jti, "htm": method, "htu": url, "iat": now, "ath": ath(&token) }))
    };
    let call = async |proof: Option<&str>, more: &[(&str, &str)]| {
        let mut headers = vec![
            ("authorization", dpop.as_str()),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-method", "POST"),
            ("x-forwarded-uri", "/orders?x=1"),
        ];
        for (name, value) in more {
            headers.retain(|(known, _)| known != name);
            headers.extend((!value.is_empty()).then_some((*name, *value)));
        }
        headers.extend(proof.map(|proof| ("dpop", proof)));
        ask(&world, PATH, &headers).await
    };
    let url = "https://api.example/orders";
    let good = call(Some(&proof("a", "POST", url)), &[]).await.expect(200);
    assert_eq!(phantom(&world, &good).await.cnf, None, "the upstream sees no key of the caller's");
    let challenge =
        format!("DPoP realm=\"{ISSUER}\", error=\"invalid_token\", algs=\"EdDSA Ed25519 ES256 RS256 PS256\"");
    for (proof, more) in [
        (None, vec![]),
        (Some(proof("a", "POST", url)), vec![]),
        (Some(proof("b", "GET", url)), vec![]),
        (Some(proof("c", "POST", "https://api.example/other")), vec![]),
        (Some(proof("d", "POST", "https://other.example/orders")), vec![]),
        (Some(proof("e", "POST", url)), vec![("x-forwarded-proto", "http")]),
        (Some(proof("f", "POST", url)), vec![("x-forwarded-host", "")]),
        (Some(proof("g", "POST", url)), vec![("x-forwarded-method", ""), ("x-forwarded-uri", "")]),
    ] {
        let answer = refused(call(proof.as_deref(), &more).await, 401, "BAD_SIGNATURE");
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
    // M2: as a bearer token it is stolen, proof or not
    let proof_of_b = proof("h", "POST", url);
    let bearer = format!("Bearer {token}");
    let answer = call(Some(&proof_of_b), &[("authorization", &bearer)]).await;
    assert!(refused(answer, 401, "BAD_SIGNATURE").header("www-authenticate").starts_with("Bearer "));
    // and what isn't bound has nothing to prove
    let unbound = format!("DPoP {}", world.key_secret);
    refused(call(Some(&proof("i", "POST", url)), &[("authorization", &unbound)]).await, 401, "BAD_SIGNATURE");

    // Envoy's form: the host is the caller's
    let proof = proof("j", "GET", url);
    let headers = [("authorization", dpop.as_str()), ("x-forwarded-proto", "https"), ("dpop", &proof)];
    ask(&world, "/v1/forward-auth/orders?x=1", &headers).await.expect(200);
}

async fn bound_token(world: &World, prover: &Prover) -> String {
    let credentials = format!("{}:{}", world.client, world.client_secret);
    let basic = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, credentials);
    let basic = format!("Basic {basic}");
    let mut claims = json!({
        "jti": "nonce", "htm": "POST", "htu": format!("{ISSUER}/oauth/token"),
        "iat": world.core.clock.now().as_seconds(),
    });
    let ask = async |proof: &str| {
        world.token(&[("authorization", &basic), ("dpop", proof)], "grant_type=client_credentials").await
    };
    let first = ask(&prover.prove(&claims)).await.expect(400);
    claims["nonce"] = json!(first.header("dpop-nonce"));
    ask(&prover.prove(&claims)).await.expect(200).text("access_token")
}

/// `acme`'s API takes `orders:read` to look at orders and `orders:admin`, which the key lacks, for everything else.
async fn with_operations(world: &World, unknown_operations: &str) {
    let needs = |scope: &str| json!({ "responses": {}, "security": [{ "latchkey": [scope] }] });
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Orders", "version": "1" },
        "components": { "securitySchemes": { "latchkey": {
            "type": "oauth2",
            "flows": { "clientCredentials": {
                "tokenUrl": "https://portal.example/oauth/token",
                "scopes": { "orders:read": "See orders", "orders:admin": "Everything" },
            } },
        } } },
        "paths": {
            "/orders": { "get": needs("orders:read"), "post": needs("orders:admin") },
            "/orders/{id}": { "get": needs("orders:read"), "delete": needs("orders:admin") },
            "/admin": { "get": needs("orders:admin"), "post": needs("orders:admin") },
        },
    });
    let path = format!("/api/v1/orgs/acme/apis/{}", world.api);
    world.call("PUT", &format!("{path}/openapi"), world.owner(), &document).await.expect(200);
    let patch = json!({ "unknown_operations": unknown_operations });
    world.call("PATCH", &path, world.owner(), &patch).await.expect(200);
}

// contract sections 7 and 10: odd paths can't change the operation, in either form, and unknown ones are the API's choice
#[tokio::test]
async fn odd_paths_do_not_change_the_operation() {
    for (mode, unknown) in [("lenient", 200), ("strict", 403)] {
        let world = World::new().await;
        with_operations(&world, mode).await;
        let key = ("x-api-key", world.key_secret.as_bytes());
        let gateway = ours(world.verification_key.as_bytes());
        let by_headers = async |method: &str, uri: &[u8]| {
            let call = [gateway, key, ("x-forwarded-method", method.as_bytes()), ("x-forwarded-uri", uri)];
            send(&world, Method::POST, PATH, &call).await
        };
        let by_path = async |method: &str, uri: &str| {
            // what the other form believes counts nothing here
            let lies: [Header<'_>; 5] = [
                gateway,
                key,
                ("x-forwarded-method", b"GET"),
                ("x-forwarded-uri", b"/orders"),
                ("x-original-uri", b"/"),
            ];
            send(&world, Method::from_bytes(method.as_bytes()).unwrap(), &format!("{PATH}{uri}"), &lies).await
        };
        for (method, uri, status) in [
            ("GET", "/orders", 200),
            ("GET", "/orders?x=/admin", 200),
            ("GET", "/orders/42", 200),
            ("HEAD", "/orders/42", 200),
            ("GET", "/orders/4%32", 200),
            ("POST", "/orders", 403),
            ("DELETE", "/orders/42", 403),
            ("GET", "/admin", 403),
            ("GET", "/%61dmin", 403),
            ("GET", "/admin?/orders", 403),
            ("PATCH", "/orders", unknown),
            // some read another letter case
            ("get", "/admin", 403),
            ("GET", "/elsewhere", unknown),
        ] {
            for answer in [by_headers(method, uri.as_bytes()).await, by_path(method, uri).await] {
                assert_eq!(answer.status, status, "{mode} {method} {uri}: {answer:?}");
                if status == 403 {
                    refused_for_scope(&answer);
                }
            }
        }
        for odd in [
            "/orders/../admin",
            "/orders/%2e%2e/admin",
            "/orders/..%2fadmin",
            "/orders%2f..%2fadmin",
            "/orders/..;/admin",
            "/orders/..\\admin",
            "/orders/%5c..%5cadmin",
            "/./admin",
            "/admin;x",
            "//admin",
            "/orders//../admin",
            "/admin%00",
            "/admin%0a",
            "/admin%3fx",
            "/admin%23",
            "/orders/%252e%252e/admin",
        ] {
            refused_for_scope(&by_headers("GET", odd.as_bytes()).await.expect(403));
            refused_for_scope(&by_path("GET", odd).await.expect(403));
        }
        for odd in [
            &b"http://orders.example/admin"[..],
            b"https://orders.example/orders",
            b"//orders.example/orders",
            b"/admin#/orders",
            b"/admin\t",
            b"/admin \xc3\xa4",
            b"/orders/\xff",
            b"/orders/\xc0\xae\xc0\xae/admin",
            b"admin",
            b"",
            b"*",
        ] {
            let answer = by_headers("GET", odd).await;
            assert_eq!(answer.status, 403, "{mode} {:?}", String::from_utf8_lossy(odd));
            refused_for_scope(&answer);
        }
        // what a caller could have had removed
        gateways_fault(send(&world, Method::GET, PATH, &[gateway, key]).await);
    }
}

#[track_caller]
fn refused_for_scope(answer: &Answer) {
    assert_eq!(answer.header("x-latchkey-code"), "INSUFFICIENT_SCOPE", "{answer:?}");
    assert!(answer.header("www-authenticate").contains("error=\"insufficient_scope\""), "{answer:?}");
    assert!(!answer.headers.contains_key("authorization"));
}

// contract section 10, "Two tokens"
#[tokio::test]
async fn a_scope_token_says_who_acts() {
    let world = World::new().await;
    let token = access_token(&world).await;
    let headers = [("x-api-key", world.key_secret.as_str()), ("x-scope-token", &token)];
    let answer = ask(&world, &format!("{PATH}?scope=orders:write"), &headers).await.expect(200);
    assert_eq!(answer.header("x-latchkey-subject"), world.key);
    assert_eq!(answer.header("x-latchkey-actor"), world.client);
    assert_eq!(answer.header("x-latchkey-scopes"), "orders:read orders:write");
    let claims = phantom(&world, &answer).await;
    assert_eq!(
        (claims.sub.as_str(), claims.scope.to_string().as_str()),
        (world.key.as_str(), "orders:read orders:write")
    );
    assert_eq!(claims.act.unwrap().sub, world.client);
    let bad = [("x-api-key", world.key_secret.as_str()), ("x-scope-token", "x")];
    refused(ask(&world, PATH, &bad).await, 401, "MALFORMED");
}

// an API that refuses what it doesn't know is told what is called, also where it has no document
#[tokio::test]
async fn a_strict_api_is_told_the_operation() {
    let world = World::new().await;
    bearer(&world, &world.key_secret).await.expect(200);
    let path = format!("/api/v1/orgs/acme/apis/{}", world.api);
    let patch = json!({ "unknown_operations": "strict" });
    world.call("PATCH", &path, world.owner(), &patch).await.expect(200);
    bearer(&world, &world.key_secret).await.expect(500);
    let key = [("x-api-key", world.key_secret.as_str()), ("x-forwarded-method", "GET"), ("x-forwarded-uri", "/orders")];
    refused(ask(&world, PATH, &key).await, 403, "INSUFFICIENT_SCOPE");
}

// contract section 10, "Limits": 429 is never confused with 401
#[tokio::test]
async fn a_limit_that_is_reached_is_429() {
    let world = World::new().await;
    let mut key = new_key();
    key["rate_limits"] = json!([{ "name": "default", "limit": 2, "window_seconds": 60 }]);
    let limited = make(&world, "keys", &key).await["secret"].as_str().unwrap().to_owned();
    key["rate_limits"] = json!([]);
    key["credits"] = json!({ "remaining": 1 });
    let poor = make(&world, "keys", &key).await["secret"].as_str().unwrap().to_owned();
    key["credits"] = json!({ "remaining": 1, "refill": { "amount": 5, "every": "day" } });
    let waiting = make(&world, "keys", &key).await["secret"].as_str().unwrap().to_owned();
    for remaining in [1, 0] {
        let answer = bearer(&world, &limited).await.expect(200);
        assert!(answer.header("ratelimit").starts_with(&format!("\"default\";r={remaining};t=")), "{answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=2;w=60");
    }
    let over = refused(bearer(&world, &limited).await, 429, "RATE_LIMITED");
    let wait: i64 = over.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(over.header("ratelimit").starts_with("\"default\";r=0;t="));
    let hidden = ask(&world, &format!("{PATH}?nginx"), &[("x-api-key", &limited)]).await.expect(403);
    assert_eq!((hidden.header("x-latchkey-status"), hidden.header("x-latchkey-code")), ("429", "RATE_LIMITED"));
    assert_eq!(hidden.header("retry-after"), over.header("retry-after"));

    bearer(&world, &poor).await.expect(200);
    let over = refused(bearer(&world, &poor).await, 429, "CREDITS_EXHAUSTED");
    assert_eq!(over.header("retry-after"), "", "somebody has to give new ones");
    bearer(&world, &waiting).await.expect(200);
    let over = refused(bearer(&world, &waiting).await, 429, "CREDITS_EXHAUSTED");
    let until_midnight: u64 = over.header("retry-after").parse().unwrap();
    assert!((1..=86_400).contains(&until_midnight), "{until_midnight}");
    world.wait(u64::try_from(wait).unwrap()).await;
    bearer(&world, &limited).await.expect(200);
    // what is refused for another reason spends nothing
    refused(bearer(&world, &limited).await, 429, "RATE_LIMITED");
    world.wait(until_midnight).await;
    bearer(&world, &waiting).await.expect(200);
}

// contract section 10, "Management": it is counted, and a call spends
#[tokio::test]
async fn it_is_counted() {
    let world = World::new().await;
    bearer(&world, &world.key_secret).await.expect(200);
    bearer(&world, &world.key_secret).await.expect(200);
    bearer(&world, "x").await.expect(401);
    ask(&world, PATH, &[]).await.expect(401);
    latchkey_core::usage::flush(&world.core).await.unwrap();
    world.wait(60).await;
    let usage = world.get("/api/v1/orgs/acme/usage?bucket=day&group_by=credential,outcome", world.owner()).await;
    let series = usage.expect(200).json()["series"].as_array().unwrap().clone();
    let count = |credential: Value, outcome: &str| {
        let point = series.iter().find(|point| point["credential"] == credential && point["outcome"] == outcome);
        point.map_or(0, |point| point["count"].as_i64().unwrap())
    };
    assert_eq!(count(json!(world.key), "VALID"), 2, "{series:?}");
    assert_eq!(count(Value::Null, "MALFORMED"), 2, "{series:?}");
    let metrics = world.get("/metrics", "").await.expect(200);
    let text = String::from_utf8(metrics.body.to_vec()).unwrap();
    let counted = "latchkey_http_requests_total{method=\"*\",route=\"/v1/forward-auth\",status=\"401\"} 2";
    assert!(text.contains(counted), "{text}");
}
