//! `/.well-known`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::world::new_bodies::new_key;
use crate::world::{ISSUER, World};

// H1 to H6
#[tokio::test]
async fn metadata_says_what_works() {
    let world = World::new().await;
    let answer = world.get("/.well-known/oauth-authorization-server", "").await.expect(200);
    assert_eq!(
        (answer.header("content-type"), answer.header("access-control-allow-origin")),
        ("application/json", "*")
    );
    let metadata = answer.json();
    assert_eq!(
        metadata,
        json!({
            "issuer": ISSUER,
            "token_endpoint": format!("{ISSUER}/oauth/token"),
            "jwks_uri": format!("{ISSUER}/.well-known/jwks.json"),
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        })
    );
    let path = |member: &str| metadata[member].as_str().unwrap().strip_prefix(ISSUER).unwrap().to_owned();
    world.get(&path("jwks_uri"), "").await.expect(200);
    assert_eq!(path("token_endpoint"), "/oauth/token");
    for grant in metadata["grant_types_supported"].as_array().unwrap() {
        for method in metadata["token_endpoint_auth_methods_supported"].as_array().unwrap() {
            let patch = json!({ "auth_method": method });
            world
                .call("PATCH", &format!("/api/v1/orgs/acme/apps/{}", world.client), world.owner(), &patch)
                .await
                .expect(200);
            let body = format!("grant_type={}", grant.as_str().unwrap());
            let answer = if method == "client_secret_basic" {
                let header = format!("Basic {}", STANDARD.encode(format!("{}:{}", world.client, world.client_secret)));
                world.token(&[("authorization", &header)], &body).await
            } else {
                world
                    .token(&[], &format!("{body}&client_id={}&client_secret={}", world.client, world.client_secret))
                    .await
            };
            answer.expect(200);
        }
    }
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
