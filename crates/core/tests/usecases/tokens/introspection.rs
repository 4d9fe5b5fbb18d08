//! Introspection (RFC 7662), as a JWT too (RFC 9701).

use latchkey_core::PlainSecret;
use latchkey_core::apis::{self, TokenFormat};
use latchkey_core::keys;
use latchkey_core::oauth::{self, Introspection, IntrospectionForm, IntrospectionRequest, Introspector, TokenError};
use latchkey_core::signing::{self, SigningAlg};
use latchkey_core::verify;
use latchkey_jose::{AccessToken, CompactJws, IntrospectionToken};
use latchkey_types::{CredentialKind, Outcome, Role};
use serde_json::{Value, json};

use super::{Scene, claims, inactive, json_of};
use crate::apps::{create, grant};
use crate::setup::{ISSUER, START};

// F3, F4, L1 and contract section 10
#[tokio::test]
async fn introspection_says_all_of_an_active_token() {
    for format in TokenFormat::ALL {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let token = scene.token().await;
        let app = scene.made.app.id.as_str();
        let mut said = scene.introspect(&token).await;
        assert_eq!(said, scene.introspect_own(&token, &scene.made).await);
        let jti = said.remove("jti").unwrap();
        assert_eq!(jti.as_str().unwrap().starts_with("at_"), format == TokenFormat::Opaque);
        let (iat, org) = (START.as_millis() / 1000, scene.world.acme.id.as_str());
        assert_eq!(
            Value::Object(said),
            json!({
                "active": true, "scope": "read write", "client_id": app, "token_type": "Bearer", "exp": iat + 300,
                "iat": iat, "nbf": iat, "sub": app, "aud": "https://orders.example", "iss": ISSUER, "org": org,
                "principal": "service", "cred": "client_credentials",
            })
        );
        scene.world.clock.advance(300);
        verify::follow(scene.core()).await.unwrap();
        assert_eq!(scene.introspect(&token).await, inactive());
    }
}

// issue: every kind of credential
#[tokio::test]
async fn keys_are_introspected_by_their_api_alone() {
    let scene = Scene::opaque().await;
    let (id, secret) = scene.key(CredentialKind::ApiKey).await;
    let said = scene.introspect(&secret).await;
    assert_eq!((&said["sub"], &said["cred"], &said["scope"]), (&json!(id), &json!("api_key"), &json!("read")));
    assert_eq!((said.get("token_type"), said.get("exp"), &said["active"]), (None, None, &json!(true)));
    let (jwt_id, jwt) = scene.key(CredentialKind::JwtKey).await;
    let said = scene.introspect(&jwt).await;
    assert_eq!((&said["sub"], &said["cred"]), (&json!(jwt_id), &json!("jwt_key")));
    for key in [&secret, &jwt] {
        assert_eq!(scene.introspect_own(key, &scene.made).await, inactive(), "not this client's");
    }
    let caller = scene.world.acme(Role::Developer);
    keys::revoke(scene.core(), &caller, "acme", &id.parse().unwrap(), None).await.unwrap();
    assert_eq!(scene.introspect(&secret).await, inactive());
    for nothing in ["", "x", "lk_live_", "a.b.c", &scene.verification_key, scene.made.client_secret.expose()] {
        assert_eq!(scene.introspect(nothing).await, inactive(), "{nothing}");
        assert_eq!(scene.introspect_own(nothing, &scene.made).await, inactive(), "{nothing}");
    }
}

// F1, F2
#[tokio::test]
async fn only_who_proves_itself_learns_anything() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    let good = scene.by_api(&token, IntrospectionForm::Json);
    let ask = async |request: IntrospectionRequest| oauth::introspect(scene.core(), &request).await;
    let is_refused = |result| matches!(result, Err(TokenError::InvalidClient));
    assert!(is_refused(ask(IntrospectionRequest { caller: None, ..good.clone() }).await));
    let by_api = |id: Option<&str>, key: &str| {
        let verification_key = PlainSecret::new(key.to_owned());
        Some(Introspector::Api { id: id.map(str::to_owned), verification_key })
    };
    for key in ["", "x", &token, scene.made.client_secret.expose()] {
        assert!(is_refused(ask(IntrospectionRequest { caller: by_api(None, key), ..good.clone() }).await), "{key}");
    }
    for (id, refused) in [(scene.api.id.as_str(), false), ("api_0000000000000000", true)] {
        let caller = by_api(Some(id), &scene.verification_key);
        assert_eq!(is_refused(ask(IntrospectionRequest { caller, ..good.clone() }).await), refused, "{id}");
    }
    let missing = ask(IntrospectionRequest { token: None, ip: None, ..good.clone() }).await;
    assert!(matches!(missing, Err(TokenError::InvalidRequest(_))));
    // a client sees its own tokens alone
    let other = create(&scene.world, vec![grant(&scene.api.audience, &["read"])]).await.unwrap();
    assert_eq!(scene.introspect_own(&token, &other).await, inactive());
    // a revoked verification key
    let admin = scene.world.acme(Role::Admin);
    for key in apis::list_verification_keys(scene.core(), &admin, "acme", &scene.api.id).await.unwrap() {
        apis::delete_verification_key(scene.core(), &admin, "acme", &scene.api.id, &key.id).await.unwrap();
    }
    assert!(is_refused(ask(good).await));
}

// F8: RFC 9701
#[tokio::test]
async fn a_signed_answer_is_for_who_asked_and_no_access_token() {
    let scene = Scene::new(TokenFormat::Opaque, SigningAlg::Es256).await;
    let token = scene.token().await;
    let signed = async |request: &IntrospectionRequest| match oauth::introspect(scene.core(), request).await.unwrap() {
        Introspection::Signed(jwt) => jwt,
        other => panic!("expected a signed answer, not {other:?}"),
    };
    let read = async |jwt: &str| {
        let jws = CompactJws::parse(jwt).unwrap();
        assert_eq!((jws.header().typ(), jws.header().alg()), (Some("token-introspection+jwt"), "ES256"));
        let ring = signing::current(scene.core()).await.unwrap();
        let key = ring.public(jws.header().kid().unwrap()).unwrap();
        assert!(AccessToken::verify(&jws, key).is_err());
        IntrospectionToken::verify(&jws, key).unwrap()
    };
    let by_api = signed(&scene.by_api(&token, IntrospectionForm::Signed)).await;
    let answer = read(&by_api).await;
    assert_eq!((answer.iss.as_str(), answer.aud.as_str(), answer.iat), (ISSUER, scene.api.id.as_str(), START));
    assert_eq!(answer.token_introspection, scene.introspect(&token).await);
    assert_eq!(scene.ask(&by_api).await.code, Outcome::BadSignature, "it can't pass for a token");
    let by_client = IntrospectionRequest { form: IntrospectionForm::Signed, ..scene.by_client(&token, &scene.made) };
    assert_eq!(read(&signed(&by_client).await).await.aud, scene.made.app.id.as_str());
    let dead = read(&signed(&scene.by_api("lk_at_x", IntrospectionForm::Signed)).await).await;
    assert_eq!(dead.token_introspection, inactive());
}

// issue: the phantom-token pair
#[tokio::test]
async fn an_api_gets_the_jwt_that_stands_for_an_opaque_token() {
    let scene = Scene::new(TokenFormat::Opaque, SigningAlg::Es256).await;
    let token = scene.token().await;
    let pair = async |request: IntrospectionRequest| oauth::introspect(scene.core(), &request).await.unwrap();
    let phantom = async |token: &str| match pair(scene.by_api(token, IntrospectionForm::AccessToken)).await {
        Introspection::AccessToken(jwt) => jwt.expose().to_owned(),
        other => panic!("expected a token, not {other:?}"),
    };
    let jwt = phantom(&token).await;
    let said = claims(scene.core(), &jwt).await;
    assert_eq!((said.aud.as_str(), said.sub.as_str()), ("https://orders.example", scene.made.app.id.as_str()));
    assert_eq!((said.iat, said.exp, said.scope.to_string().as_str()), (START, START.plus_seconds(60), "read write"));
    assert_eq!(scene.ask(&jwt).await.code, Outcome::Valid);
    // never longer than the token itself
    scene.world.clock.advance(270);
    verify::follow(scene.core()).await.unwrap();
    let late = phantom(&token).await;
    assert_eq!(claims(scene.core(), &late).await.exp, START.plus_seconds(300));
    // one is revoked with the other
    assert_eq!(claims(scene.core(), &late).await.jti, said.jti);
    assert_eq!(scene.ask(&late).await.code, Outcome::Valid);
    scene.revoke(&token, &scene.made).await.unwrap();
    assert_eq!(scene.ask(&late).await.code, Outcome::Revoked);
    let none = pair(scene.by_api(&token, IntrospectionForm::AccessToken)).await;
    assert!(matches!(none, Introspection::NoAccessToken));
    // an API key has no such pair, and a client gets no JWT
    let (_, key) = scene.key(CredentialKind::ApiKey).await;
    assert_eq!(json_of(pair(scene.by_api(&key, IntrospectionForm::AccessToken)).await)["active"], true);
    let client = IntrospectionRequest {
        form: IntrospectionForm::AccessToken,
        ..scene.by_client(&scene.token().await, &scene.made)
    };
    assert_eq!(json_of(pair(client).await)["active"], true);
}

// contract section 10: introspection counts too
#[tokio::test]
async fn introspection_is_counted() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    scene.introspect(&token).await;
    scene.introspect_own(&token, &scene.made).await;
    scene.introspect("x").await;
    let mut counts: Vec<_> =
        scene.world.used(0).await.into_iter().map(|(_, outcome, count)| (outcome, count)).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(Outcome::Valid, 2), (Outcome::Issued, 1)]);
}
