//! Clients with certificates behind a proxy (RFC 8705), and what is said of them in the metadata. On a listener of our
//! own they are in `end2end/peers`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::app::{Options, TestApp};
use crate::world::{Answer, ISSUER, World};

const CART: &str = include_str!("../../../../crates/core/tests/certificates/cart.pem");
const OWN: &str = include_str!("../../../../crates/core/tests/certificates/own.pem");
const OTHER: &str = include_str!("../../../../crates/core/tests/certificates/other.pem");
const OWN_THUMBPRINT: &str = "bhksImPvQFTF07vXNSKnAoXAD7QGgwB2aBh68iGOhMM";
const HEADERS: &[(&str, &str)] = &[
    ("LATCHKEY_CLIENT_CERT_HEADER", "X-SSL-Client-Cert"),
    ("LATCHKEY_CLIENT_CERT_VERIFIED_HEADER", "X-SSL-Client-Verify"),
    ("LATCHKEY_MTLS_PUBLIC_URL", "https://mtls.portal.example"),
];

/// A world behind a proxy, from which all calls of tests come.
async fn behind(trusted_proxies: &'static str) -> World {
    let options = Options { providers: Vec::new(), trusted_proxies, environment: HEADERS, ..Options::default() };
    World::on(TestApp::with(options).await).await
}

const PROXY: &str = "203.0.113.9";

fn escaped(pem: &str) -> String {
    url::form_urlencoded::byte_serialize(pem.as_bytes()).collect::<String>().replace('+', "%20")
}

async fn app(world: &World, method: &str, certificate: Value) -> String {
    let new = json!({
        "name": "cart", "auth_method": method, "certificate": certificate,
        "grants": [{ "api": "https://orders.example", "scopes": ["orders:read"] }],
    });
    world.post("/api/v1/orgs/acme/apps", world.owner(), &new).await.expect(201).text("client_id")
}

async fn ask(world: &World, client: &str, headers: &[(&str, &str)]) -> Answer {
    world.token(headers, &format!("grant_type=client_credentials&client_id={client}")).await
}

// L1, L2
#[tokio::test]
async fn a_client_with_its_own_certificate() {
    let world = behind(PROXY).await;
    let client = app(&world, "self_signed_tls_client_auth", json!(OWN)).await;
    let (own, other) = (escaped(OWN), escaped(OTHER));
    let token = ask(&world, &client, &[("x-ssl-client-cert", &own)]).await.expect(200);
    assert_eq!(token.text("token_type"), "Bearer");
    let refused = ask(&world, &client, &[("x-ssl-client-cert", &other)]).await.expect(401);
    let unknown = ask(&world, "app_0000000000000000", &[("x-ssl-client-cert", &other)]).await.expect(401);
    assert_eq!(refused.body, unknown.body, "alike (A9)");
    ask(&world, &client, &[]).await.expect(401);
    ask(&world, &client, &[("x-ssl-client-cert", "")]).await.expect(401);

    // A3: one method; with another the certificate is only there
    let both = format!("grant_type=client_credentials&client_id={client}&client_secret={}", world.client_secret);
    world.token(&[("x-ssl-client-cert", &own)], &both).await.expect(401);

    // L1: the API has to see it too
    let verify = async |certificate: Option<&str>| {
        let mut question = json!({ "credential": token.text("access_token") });
        if let Some(certificate) = certificate {
            question["certificate"] = json!(certificate);
        }
        world.post("/v1/verify", &world.verification_key, &question).await
    };
    for (certificate, code) in
        [(None, "BAD_SIGNATURE"), (Some(OTHER), "BAD_SIGNATURE"), (Some(OWN), "VALID"), (Some(OWN_THUMBPRINT), "VALID")]
    {
        let answer = verify(certificate).await.expect(200).json();
        assert_eq!(answer["code"], code);
        let cnf = if code == "VALID" { json!({ "x5t#S256": OWN_THUMBPRINT }) } else { Value::Null };
        assert_eq!(answer["cnf"], cnf);
    }
    assert_eq!(verify(Some("nonsense")).await.expect(400).json()["errors"][0]["pointer"], "/certificate");
}

// L1, L2: the proxy has to have checked the chain, and to say so once
#[tokio::test]
async fn a_client_that_an_authority_vouches_for() {
    let world = behind(PROXY).await;
    let client = app(&world, "tls_client_auth", json!({ "san_dns": "cart.example.com" })).await;
    let cart = escaped(CART);
    let certificate = ("x-ssl-client-cert", cart.as_str());
    let says = |word| ("x-ssl-client-verify", word);
    ask(&world, &client, &[certificate, says("SUCCESS")]).await.expect(200);
    for word in ["", "NONE", "FAILED:unable to verify the first certificate", "success", "SUCCESS, SUCCESS", "0"] {
        ask(&world, &client, &[certificate, says(word)]).await.expect(401);
    }
    ask(&world, &client, &[certificate]).await.expect(401);
    ask(&world, &client, &[certificate, says("SUCCESS"), says("SUCCESS")]).await.expect(401);
    let own = escaped(OWN);
    ask(&world, &client, &[("x-ssl-client-cert", &own), says("SUCCESS")]).await.expect(401);
    ask(&world, &client, &[says("SUCCESS")]).await.expect(401);
}

// L2: RFC 9440 and the forms of other proxies
#[tokio::test]
async fn each_form_of_the_header() {
    let world = behind(PROXY).await;
    let client = app(&world, "self_signed_tls_client_auth", json!(OWN)).await;
    let base64: String = OWN.lines().filter(|line| !line.starts_with('-')).collect();
    for value in [escaped(OWN), format!(":{base64}:"), base64.clone(), escaped(&base64)] {
        ask(&world, &client, &[("x-ssl-client-cert", &value)]).await.expect(200);
    }
    let huge = STANDARD.encode(vec![0x30; 17 * 1024]);
    let two = escaped(&format!("{OWN}{OWN}"));
    for value in ["nonsense", ":AQID:", "%", &huge, &two, &format!("{base64},{base64}")] {
        ask(&world, &client, &[("x-ssl-client-cert", value)]).await.expect(400);
    }
    let own = escaped(OWN);
    ask(&world, &client, &[("x-ssl-client-cert", &own), ("x-ssl-client-cert", &own)]).await.expect(400);
}

// L2, C10: nobody else's header is looked at, whatever is in it
#[tokio::test]
async fn a_header_of_anybody_else_is_dropped() {
    let world = behind("10.0.0.0/8").await;
    let client = app(&world, "self_signed_tls_client_auth", json!(OWN)).await;
    let own = escaped(OWN);
    for value in [own.as_str(), "nonsense"] {
        let refused = ask(&world, &client, &[("x-ssl-client-cert", value)]).await.expect(401);
        assert_eq!(refused.text("error"), "invalid_client");
    }
    // and where the setting is missing, neither is a proxy's
    let options = Options { providers: Vec::new(), trusted_proxies: PROXY, ..Options::default() };
    let world = World::on(TestApp::with(options).await).await;
    let client = app(&world, "self_signed_tls_client_auth", json!(OWN)).await;
    ask(&world, &client, &[("x-ssl-client-cert", &own)]).await.expect(401);
}

// L1: RFC 8705 section 3.4, by the management API
#[tokio::test]
async fn tokens_that_are_always_bound() {
    let world = behind(PROXY).await;
    let path = format!("/api/v1/orgs/acme/apps/{}", world.client);
    world.call("PATCH", &path, world.owner(), &json!({ "token_binding": "certificate" })).await.expect(200);
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
    let (basic, own) = (("authorization", basic.as_str()), escaped(OWN));
    let body = "grant_type=client_credentials";
    assert_eq!(world.token(&[basic], body).await.expect(400).text("error"), "invalid_request");
    world.token(&[basic, ("x-ssl-client-cert", &own)], body).await.expect(200);
}

#[tokio::test]
async fn what_is_registered_is_shown() {
    let world = behind(PROXY).await;
    for (method, typed, shown) in [
        ("self_signed_tls_client_auth", json!(OWN), json!({ "thumbprints": [OWN_THUMBPRINT] })),
        ("tls_client_auth", json!({ "subject_dn": "cn=cart, o=Acme" }), json!({ "subject_dn": "CN=cart,O=Acme" })),
        ("tls_client_auth", json!({ "san_ip": "2001:DB8::0:7" }), json!({ "san_ip": "2001:db8::7" })),
    ] {
        let client = app(&world, method, typed).await;
        let path = format!("/api/v1/orgs/acme/apps/{client}");
        let read = world.get(&path, world.owner()).await.expect(200).json();
        assert_eq!(read["certificate"], shown);
        let changed = world.call("PATCH", &path, world.owner(), &json!({ "name": "other" })).await.expect(200).json();
        assert_eq!(changed["certificate"], shown);
    }
    let path = "/api/v1/orgs/acme/apps";
    for (method, typed, pointer) in [
        ("tls_client_auth", json!({ "san_dns": "a", "san_ip": "192.0.2.1" }), "/certificate"),
        ("tls_client_auth", json!({ "san_ip": "nowhere" }), "/certificate/san_ip"),
        ("tls_client_auth", json!({ "nonsense": "a" }), "/certificate"),
        ("tls_client_auth", json!(7), "/certificate"),
        ("self_signed_tls_client_auth", json!("nonsense"), "/certificate"),
        ("client_secret_basic", json!(OWN), "/certificate"),
    ] {
        let new = json!({ "name": "cart", "auth_method": method, "certificate": typed });
        let refused = world.post(path, world.owner(), &new).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
}

// H6, L3
#[tokio::test]
async fn metadata() {
    let read = async |world: &World| world.get("/.well-known/oauth-authorization-server", "").await.expect(200).json();
    let with = read(&behind(PROXY).await).await;
    assert_eq!(with["tls_client_certificate_bound_access_tokens"], true);
    assert_eq!(
        with["mtls_endpoint_aliases"],
        json!({
            "token_endpoint": "https://mtls.portal.example/oauth/token",
            "introspection_endpoint": "https://mtls.portal.example/oauth/introspect",
            "revocation_endpoint": "https://mtls.portal.example/oauth/revoke",
        })
    );
    let methods = |metadata: &Value| metadata["token_endpoint_auth_methods_supported"].to_string();
    assert!(methods(&with).contains("\"tls_client_auth\"") && methods(&with).contains("self_signed_tls_client_auth"));
    assert_eq!(with["dpop_signing_alg_values_supported"], json!(["EdDSA", "Ed25519", "ES256", "RS256", "PS256"]));

    let without = read(&World::new().await).await;
    assert_eq!((&without["issuer"], methods(&without).contains("tls")), (&json!(ISSUER), false));
    assert!(without.get("tls_client_certificate_bound_access_tokens").is_none());
    assert!(without.get("mtls_endpoint_aliases").is_none());
}
