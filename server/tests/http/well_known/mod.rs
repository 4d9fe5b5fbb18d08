//! `/.well-known`.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use latchkey_jose::{Algorithm, Jwk, SigningKey};
use serde_json::{Value, json};

use crate::world::new_bodies::new_key;
use crate::world::{ISSUER, World, client_key};

/// The metadata, and one of its lists of words.
async fn metadata(world: &World) -> Value {
    world.get("/.well-known/oauth-authorization-server", "").await.expect(200).json()
}

fn words(metadata: &Value, member: &str) -> Vec<String> {
    let words = metadata[member].as_array().unwrap_or_else(|| panic!("no {member}"));
    words.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

// H1 to H5
#[tokio::test]
async fn metadata_says_what_works() {
    let world = World::new().await;
    let answer = world.get("/.well-known/oauth-authorization-server", "").await.expect(200);
    assert_eq!(
        (answer.header("content-type"), answer.header("access-control-allow-origin")),
        ("application/json", "*")
    );
    let metadata = answer.json();
    for (member, expected) in [
        ("issuer", ISSUER.to_owned()),
        ("token_endpoint", format!("{ISSUER}/oauth/token")),
        ("introspection_endpoint", format!("{ISSUER}/oauth/introspect")),
        ("revocation_endpoint", format!("{ISSUER}/oauth/revoke")),
        ("registration_endpoint", format!("{ISSUER}/oauth/register")),
        ("jwks_uri", format!("{ISSUER}/.well-known/jwks.json")),
    ] {
        assert_eq!(metadata[member], expected);
    }
    let methods = words(&metadata, "token_endpoint_auth_methods_supported");
    assert_eq!(words(&metadata, "revocation_endpoint_auth_methods_supported"), methods);
    let with_verification_keys = [methods.clone(), vec!["Bearer".to_owned()]].concat();
    assert_eq!(words(&metadata, "introspection_endpoint_auth_methods_supported"), with_verification_keys);
    assert_eq!(words(&metadata, "introspection_signing_alg_values_supported"), ["EdDSA", "ES256", "RS256"]);
    for (member, value) in metadata.as_object().unwrap() {
        assert_ne!(value, &json!([]), "H4: {member}");
        assert_ne!(value, &Value::Null, "{member}");
        let words = value.as_array().cloned().unwrap_or_default();
        assert!(!words.contains(&json!("none")), "H5: {member}");
    }
    let signs = methods.iter().any(|method| method.ends_with("_jwt"));
    assert_eq!(signs, metadata.get("token_endpoint_auth_signing_alg_values_supported").is_some(), "H5");
}

// H6: every URL answers
#[tokio::test]
async fn every_url_of_the_metadata_answers() {
    let world = World::new().await;
    for (member, value) in metadata(&world).await.as_object().unwrap() {
        let Some(path) = value.as_str().and_then(|url| url.strip_prefix(ISSUER)).filter(|path| !path.is_empty()) else {
            continue;
        };
        if member.ends_with("_endpoint") {
            let answer = world.form(path, &[], "").await;
            assert!(matches!(answer.status, 400 | 401), "{member}: {answer:?}");
        } else {
            world.get(path, "").await.expect(200);
        }
    }
}

// H6: every way to authenticate works at every endpoint
#[tokio::test]
async fn every_way_to_authenticate_works() {
    let world = World::new().await;
    let metadata = metadata(&world).await;
    let mut tried = 0;
    for (endpoint, body) in
        [("token", "grant_type=client_credentials"), ("introspection", "token=x"), ("revocation", "token=x")]
    {
        let url = metadata[format!("{endpoint}_endpoint")].as_str().unwrap();
        let path = url.strip_prefix(ISSUER).unwrap();
        for method in words(&metadata, &format!("{endpoint}_endpoint_auth_methods_supported")) {
            let (headers, parameters) = authenticated(&world, &method).await;
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            world.form(path, &headers, &format!("{body}{parameters}")).await.expect(200);
            tried += 1;
        }
    }
    assert!(tried >= 10);
}

/// Headers and parameters of a client (or, for `Bearer`, an API) that authenticates so.
async fn authenticated(world: &World, method: &str) -> (Vec<(&'static str, String)>, String) {
    if method != "Bearer" {
        let path = format!("/api/v1/orgs/acme/apps/{}", world.client);
        world.call("PATCH", &path, world.owner(), &json!({ "auth_method": method })).await.expect(200);
    }
    let basic = STANDARD.encode(format!("{}:{}", world.client, world.client_secret));
    match method {
        "client_secret_basic" => (vec![("authorization", format!("Basic {basic}"))], String::new()),
        "client_secret_post" => {
            (Vec::new(), format!("&client_id={}&client_secret={}", world.client, world.client_secret))
        }
        "private_key_jwt" => (Vec::new(), by_assertion(world)),
        "Bearer" => (vec![("authorization", format!("Bearer {}", world.verification_key))], String::new()),
        other => panic!("the metadata offers {other}: try it here"),
    }
}

fn by_assertion(world: &World) -> String {
    let (id, now) = (&world.client, world.core.clock.now());
    let jti = latchkey_core::random::token_id(world.core.random.as_ref());
    let claims = json!({ "iss": id, "sub": id, "aud": ISSUER, "jti": jti, "exp": now.as_seconds() + 60 });
    let assertion = client_key().sign("JWT", &claims).unwrap();
    format!(
        "&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
    )
}

// H6: every grant is one
#[tokio::test]
async fn every_grant_is_known() {
    let world = World::new().await;
    for grant in words(&metadata(&world).await, "grant_types_supported") {
        let (headers, _) = authenticated(&world, "client_secret_basic").await;
        let answer = world.token(&[(headers[0].0, &headers[0].1)], &format!("grant_type={grant}")).await;
        assert_ne!(answer.json()["error"], "unsupported_grant_type", "{grant}");
    }
}

/// A JWS of this key with this header, whatever `alg` says.
fn signed(key: &SigningKey, header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(header), encode(claims));
    // as PKCS #8 for Ed25519 (RFC 8410 section 7), as PKCS #1, which stands behind 26 bytes, for RSA of 2048 bits
    let private = key.private_bytes();
    let encoding = match key.alg() {
        Algorithm::EdDsa => {
            let prefix = [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20];
            EncodingKey::from_ed_der(&[&prefix[..], &private].concat())
        }
        Algorithm::Es256 => EncodingKey::from_ec_der(&private),
        Algorithm::Rs256 | Algorithm::Ps256 => EncodingKey::from_rsa_der(&private[26..]),
    };
    let alg = key.alg().as_str().parse().unwrap();
    format!("{input}.{}", jsonwebtoken::crypto::sign(input.as_bytes(), &encoding, alg).unwrap())
}

/// A key of the algorithm of this name.
fn key_for(alg: &str) -> SigningKey {
    SigningKey::generate(alg.parse().unwrap(), |bytes| bytes.fill(7)).unwrap()
}

// H6, J1: every algorithm proves a client, at every endpoint that says so
#[tokio::test]
async fn every_algorithm_authenticates() {
    let world = World::new().await;
    let metadata = metadata(&world).await;
    for alg in words(&metadata, "token_endpoint_auth_signing_alg_values_supported") {
        let key = key_for(&alg);
        let new = json!({
            "name": alg, "auth_method": "private_key_jwt", "jwks": { "keys": [Jwk::new(key.public_key())] },
            "grants": [{ "api": "https://orders.example", "scopes": ["orders:read"] }],
        });
        let id = world.post("/api/v1/orgs/acme/apps", world.owner(), &new).await.expect(201).text("client_id");
        for (endpoint, body) in
            [("token", "grant_type=client_credentials"), ("introspection", "token=x"), ("revocation", "token=x")]
        {
            assert!(words(&metadata, &format!("{endpoint}_endpoint_auth_signing_alg_values_supported")).contains(&alg));
            let exp = world.core.clock.now().as_seconds() + 60;
            let claims = json!({ "iss": id, "sub": id, "aud": metadata["issuer"], "jti": endpoint, "exp": exp });
            let assertion = signed(&key, &json!({ "alg": alg, "kid": key.kid() }), &claims);
            let by_assertion = format!(
                "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion={assertion}"
            );
            let url = metadata[format!("{endpoint}_endpoint")].as_str().unwrap();
            let path = url.strip_prefix(ISSUER).unwrap();
            world.form(path, &[], &format!("{body}&{by_assertion}")).await.expect(200);
        }
    }
}

// H6, M1: every algorithm proves a key
#[tokio::test]
async fn every_algorithm_binds_a_token() {
    let world = World::new().await;
    let metadata = metadata(&world).await;
    let (headers, _) = authenticated(&world, "client_secret_basic").await;
    for alg in words(&metadata, "dpop_signing_alg_values_supported") {
        let key = key_for(&alg);
        let jwk = serde_json::to_value(Jwk::new(key.public_key())).unwrap();
        let now = world.core.clock.now().as_seconds();
        let nonce = latchkey_core::oauth::fresh_nonce(&world.core);
        let claims =
            json!({ "jti": alg, "htm": "POST", "htu": metadata["token_endpoint"], "iat": now, "nonce": nonce });
        let proof = signed(&key, &json!({ "typ": "dpop+jwt", "alg": alg, "jwk": jwk }), &claims);
        let headers = [(headers[0].0, headers[0].1.as_str()), ("dpop", &proof)];
        let issued = world.token(&headers, "grant_type=client_credentials").await.expect(200);
        assert_eq!(issued.text("token_type"), "DPoP", "{alg}");
    }
}

// H6, F9, E4: every algorithm signs tokens and answers of introspection, and the JWKS verifies both
#[tokio::test]
async fn every_algorithm_signs() {
    let world = World::new().await;
    for alg in words(&metadata(&world).await, "introspection_signing_alg_values_supported") {
        let patch = json!({ "signing_alg": alg });
        let path = format!("/api/v1/orgs/acme/apis/{}", world.api);
        assert_eq!(world.call("PATCH", &path, world.owner(), &patch).await.expect(200).text("signing_alg"), alg);
        let (headers, _) = authenticated(&world, "client_secret_basic").await;
        let issued = world.token(&[(headers[0].0, &headers[0].1)], "grant_type=client_credentials").await.expect(200);
        let token = issued.text("access_token");
        let (headers, _) = authenticated(&world, "Bearer").await;
        let headers = [(headers[0].0, headers[0].1.as_str()), ("accept", "application/token-introspection+jwt")];
        let answer = world.form("/oauth/introspect", &headers, &format!("token={token}")).await.expect(200);
        let answer = String::from_utf8(answer.body.to_vec()).unwrap();

        let jwks: jsonwebtoken::jwk::JwkSet =
            serde_json::from_value(world.get("/.well-known/jwks.json", "").await.expect(200).json()).unwrap();
        for (jwt, audience) in [(token, "https://orders.example"), (answer, world.api.as_str())] {
            let head = jsonwebtoken::decode_header(&jwt).unwrap();
            assert_eq!(format!("{:?}", head.alg).to_ascii_uppercase(), alg.to_ascii_uppercase());
            let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(head.kid.as_deref().unwrap()).unwrap()).unwrap();
            let mut rules = jsonwebtoken::Validation::new(head.alg);
            rules.set_audience(&[audience]);
            rules.set_issuer(&[ISSUER]);
            rules.validate_exp = false; // it would ask the machine's clock
            rules.required_spec_claims.clear();
            jsonwebtoken::decode::<Value>(&jwt, &key, &rules).unwrap();
        }
    }
    // contract section 5: one published `next` per algorithm
    let keys = world.get("/api/v1/operator/signing-keys", &world.operator).await.expect(200).json();
    for alg in ["EdDSA", "ES256", "RS256"] {
        let of = |state: &str| {
            let items = keys["items"].as_array().unwrap().iter();
            items.filter(|key| key["alg"] == alg && key["state"] == state).count()
        };
        assert_eq!((of("active"), of("next")), (1, 1), "{alg}");
    }
    // each by itself, and only once the next one has been published long enough
    let rotate =
        async |body: Value| world.post("/api/v1/operator/signing-keys/rotate", &world.operator, &body).await.status;
    assert_eq!(rotate(json!({ "alg": "ES256" })).await, 409);
    world.wait(900).await;
    assert_eq!(rotate(json!({ "alg": "ES256" })).await, 204);
    assert_eq!(rotate(json!({ "alg": "HS256" })).await, 422);
    assert_eq!(rotate(Value::Null).await, 204);
}

// N1, N2, N7
#[tokio::test]
async fn the_jwks_has_public_members_alone() {
    let world = World::new().await;
    let answer = world.get("/.well-known/jwks.json", "").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let keys = answer.json()["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2, "active and next");
    for key in &keys {
        for member in ["kty", "kid", "alg", "use", "crv", "x"] {
            assert!(key[member].is_string(), "{member}");
        }
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    assert_ne!(keys[0]["kid"], keys[1]["kid"]);
}

// contract section 5: another implementation verifies our tokens with the JWKS alone
#[tokio::test]
async fn jsonwebtoken_verifies_our_tokens() {
    let world = World::new().await;
    let mut new = new_key();
    new["kind"] = json!("jwt_key");
    let created = world.post("/api/v1/orgs/acme/keys", world.owner(), &new).await.expect(201);
    let header = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
    let token = world
        .token(&[("authorization", &header)], "grant_type=client_credentials")
        .await
        .expect(200)
        .text("access_token");

    for (jwt, subject, cred) in
        [(created.text("jwt"), created.text("id"), "jwt_key"), (token, world.client.clone(), "client_credentials")]
    {
        let jwks: jsonwebtoken::jwk::JwkSet =
            serde_json::from_value(world.get("/.well-known/jwks.json", "").await.expect(200).json()).unwrap();
        let head = jsonwebtoken::decode_header(&jwt).unwrap();
        assert_eq!((head.typ.as_deref(), head.alg), (Some("at+jwt"), jsonwebtoken::Algorithm::EdDSA));
        let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(head.kid.as_deref().unwrap()).unwrap()).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
        rules.set_audience(&["https://orders.example"]);
        rules.set_issuer(&[ISSUER]);
        rules.validate_exp = false; // it would ask the machine's clock
        let claims = jsonwebtoken::decode::<Value>(&jwt, &key, &rules).unwrap().claims;
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(subject), &json!(subject)), "E3");
        assert_eq!((&claims["cred"], &claims["principal"]), (&json!(cred), &json!("service")));
        for member in ["iat", "nbf", "exp"] {
            assert!(claims[member].is_i64(), "{member}");
        }
        assert!(claims["jti"].is_string() && claims["org"].as_str().unwrap().starts_with("org_"));
        rules.set_audience(&["https://spare.example"]);
        assert!(jsonwebtoken::decode::<Value>(&jwt, &key, &rules).is_err());
    }
}

// a scanner of a code host needs no more than this
#[tokio::test]
async fn the_form_of_secrets_is_described() {
    let world = World::new().await;
    let answer = world.get("/.well-known/latchkey", "").await.expect(200);
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let described = answer.json();
    assert_eq!((described["issuer"].as_str(), described["brand"].as_str()), (Some(ISSUER), Some("lk")));
    assert_eq!(described["revoke_endpoint"], format!("{ISSUER}/v1/revoke"));
    assert_eq!(described["leak_report_endpoint"], format!("{ISSUER}/v1/leaks"));
    assert_eq!(described["leak_reports_accepted"], false);
    assert_eq!(described["check"]["characters"], 6);
    let kinds: Vec<&str> =
        described["kinds"].as_array().unwrap().iter().map(|kind| kind["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["live", "test", "verify", "manage", "secret", "at", "once"]);
    let pattern = described["secret_pattern"].as_str().unwrap();
    assert_eq!(pattern, r"\blk_(live|test|verify|manage|secret|at|once)_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\b");
}
