//! What the phantom JWT says, and who takes it.

use std::collections::BTreeSet;

use latchkey_core::apis::{self, ApiPatch, TokenFormat, TwoToken};
use latchkey_core::oauth::{
    self, Introspection, IntrospectionForm, IntrospectionRequest, Introspector, RevocationRequest,
};
use latchkey_core::signing::SigningAlg;
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{PlainSecret, apps};
use latchkey_jose::{CompactJws, Cred, Principal};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::json;

use super::{Scene, read};
use crate::oauth::{request, word};
use crate::setup::{ISSUER, START};
use crate::token_exchange::{ACCESS_TOKEN, Shop, exchange, exchange_text};

// contract sections 5 and 7
#[tokio::test]
async fn every_kind_of_credential_becomes_a_jwt_of_a_minute() {
    let scene = Scene::new().await;
    let (api_key, jwt_key) = (scene.key(CredentialKind::ApiKey).await, scene.key(CredentialKind::JwtKey).await);
    let app = scene.app().await;
    let jwt = scene.token(&app).await;
    scene.set(ApiPatch { token_format: Some(TokenFormat::Opaque), ..ApiPatch::default() }).await;
    let opaque = scene.token(&app).await;
    assert!(jwt.contains('.') && opaque.starts_with("lk_at_"));

    let (api_key_id, jwt_key_id, app_id) = (api_key.key.id.as_str(), jwt_key.key.id.as_str(), app.app.id.as_str());
    let mut names = BTreeSet::new();
    for (credential, client, scope) in [
        (api_key.secret.expose(), api_key_id, "read"),
        (jwt_key.secret.expose(), jwt_key_id, "read"),
        (jwt.as_str(), app_id, "read write"),
        (opaque.as_str(), app_id, "read write"),
    ] {
        let claims = scene.claims(credential).await;
        assert_eq!((claims.iss.as_str(), claims.aud.as_str()), (ISSUER, "https://orders.example"));
        assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (client, client));
        assert_eq!((claims.scope.to_string().as_str(), &claims.org), (scope, &scene.world.acme.id));
        assert_eq!((claims.cred, claims.principal), (Cred::Phantom, Principal::Service));
        assert_eq!((claims.iat, claims.nbf, claims.exp), (START, START, START.plus_seconds(60)));
        assert_eq!((claims.act, claims.may_act, claims.cnf), (None, None, None));
        names.insert(claims.jti);
    }
    assert_eq!(names.len(), 4, "each has a name of its own, which isn't the credential's");
}

#[tokio::test]
async fn it_is_signed_as_the_apis_tokens_are() {
    for alg in [SigningAlg::EdDsa, SigningAlg::Es256] {
        let scene = Scene::new().await;
        scene.set(ApiPatch { signing_alg: Some(alg), ..ApiPatch::default() }).await;
        let key = scene.key(CredentialKind::ApiKey).await;
        let jwt = scene.phantom(key.secret.expose()).await;
        let jws = CompactJws::parse(&jwt).unwrap();
        assert_eq!(jws.header().alg(), alg.as_str());
        assert!(jws.header().is_type("at+jwt"));
        read(scene.core(), &jwt).await;
    }
}

// the decisions of issue 4: it is for the upstream alone
#[tokio::test]
async fn nothing_here_takes_it_as_a_credential() {
    let shop = Shop::new().await;
    let own = shop.own(&shop.order, &shop.payments).await;
    let Shop { world, payments, order, payment, .. } = shop;
    let scene = Scene::before(world, payments.clone()).await;
    let core = scene.core();
    let phantom = scene.phantom(own.access_token.expose()).await;

    assert_eq!(scene.forward(&phantom).await.answer.code, Outcome::BadSignature);
    let asked = VerifyRequest { credential: &phantom, ..VerifyRequest::default() };
    assert_eq!(verify::verify(core, &scene.verification_key, &asked).await.unwrap().code, Outcome::BadSignature);
    // another API isn't even told that it is for another one
    let elsewhere = scene.world.private_api(&scene.world.acme, "elsewhere", &[]).await;
    let admin = scene.world.acme(Role::Admin);
    let gateway = apis::create_verification_key(core, &admin, "acme", &elsewhere.id, "g", vec![Environment::Live]);
    let gateway = gateway.await.unwrap().secret;
    assert_eq!(verify::verify(core, gateway.expose(), &asked).await.unwrap().code, Outcome::BadSignature);

    let inactive = json!({ "active": false });
    let by_api = Introspector::Api { id: None, verification_key: PlainSecret::new(scene.verification_key.clone()) };
    for caller in [by_api, Introspector::Client(request(&order).client.unwrap())] {
        let token = Some(PlainSecret::new(phantom.clone()));
        let asked = IntrospectionRequest { token, ip: None, caller: Some(caller), form: IntrospectionForm::Json };
        match oauth::introspect(core, &asked).await.unwrap() {
            Introspection::Json(said) => {
                assert_eq!(serde_json::from_str::<serde_json::Value>(&said).unwrap(), inactive);
            }
            other => panic!("{other:?}"),
        }
    }
    let exchanged = oauth::token(core, exchange_text(&payment, &phantom, ACCESS_TOKEN, &payments)).await;
    assert_eq!(word(&exchanged), "invalid_request");
    oauth::token(core, exchange(&payment, &own, &payments)).await.unwrap();
    // G2: revoking it ends nothing
    let token = Some(PlainSecret::new(phantom));
    oauth::revoke(core, &RevocationRequest { token, client: request(&order).client, ip: None }).await.unwrap();
    assert_eq!(scene.forward(own.access_token.expose()).await.answer.code, Outcome::Valid);
}

// RFC 8693 section 4.1: whoever acts stays named
#[tokio::test]
async fn a_chain_of_actors_is_kept() {
    let shop = Shop::new().await;
    let first = shop.own(&shop.cart, &shop.orders).await;
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let said = shop.claims(&second).await;
    let scene = Scene::before(shop.world, shop.payments).await;
    let claims = scene.claims(second.access_token.expose()).await;
    assert!(claims.act.is_some());
    assert_eq!((claims.act, claims.sub, claims.client_id), (said.act, said.sub, said.client_id));
}

// contract section 10, "Two tokens"
#[tokio::test]
async fn of_two_tokens_it_says_both_and_stands_on_both() {
    let scene = Scene::new().await;
    let (key, app) = (scene.key(CredentialKind::ApiKey).await, scene.app().await);
    let token = scene.token(&app).await;
    let issued = scene.core().clock.now();
    let both = async || {
        let asked = VerifyRequest {
            credential: key.secret.expose(),
            scope_token: Some(&token),
            cost: 1,
            ..VerifyRequest::default()
        };
        verify::forward(scene.core(), &scene.verification_key, &asked).await.unwrap()
    };
    let first = both().await.phantom.unwrap();
    let claims = first.claims();
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (key.key.id.as_str(), key.key.id.as_str()));
    assert_eq!(claims.act, serde_json::from_value(json!({ "sub": app.app.id.as_str() })).unwrap());
    assert_eq!(claims.scope.to_string(), "read write");
    assert_eq!(both().await.phantom.unwrap().expose(), first.expose());
    // without the second token it is another one
    assert_eq!(scene.claims(key.secret.expose()).await.act, None);

    let patch = apps::AppPatch { name: Some("renamed".to_owned()), ..apps::AppPatch::default() };
    apps::update(scene.core(), &scene.world.acme(Role::Developer), "acme", &app.app.id, patch).await.unwrap();
    assert_ne!(both().await.phantom.unwrap().expose(), first.expose(), "a change of the second token's app");
    scene.set(ApiPatch { two_token: Some(TwoToken::Both), ..ApiPatch::default() }).await;
    assert_eq!(both().await.phantom.unwrap().claims().scope.to_string(), "read");
    scene.wait(280).await;
    assert_eq!(both().await.phantom.unwrap().claims().exp, issued.plus_seconds(300), "the second one's end");
    scene.wait(20).await;
    assert!(both().await.phantom.is_none());
}
