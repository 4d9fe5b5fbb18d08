//! Which tokens are exchanged, and which are not.

use latchkey_core::apis::{self, ApiPatch, TokenFormat};
use latchkey_core::apps;
use latchkey_core::keys::{self, NewKey};
use latchkey_core::signing;
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::json;

use super::{ACCESS_TOKEN, JWT, Shop, actor, app_of, by_actor, exchange, exchange_text, revoke};
use crate::apps::grant;

// K6: each alone ends it, whether or not the token was seen before
#[tokio::test]
async fn an_inactive_subject_token_is_never_exchanged() {
    for known in [false, true] {
        for end in ["revoked", "disabled", "ended", "grant withdrawn", "suspended", "signing key"] {
            let shop = Shop::new().await;
            let globex = shop.world.globex.clone();
            // cart is another organisation's here, so that suspending it leaves order alone
            let api = shop.world.public_api_of_globex().await;
            let caller = app_of(&shop.world, &shop.world.acme, vec![grant(&api.audience, &["read"])]).await;
            let target = shop.world.private_api(&globex, "stock", &["read"]).await;
            let backend = app_of(&shop.world, &globex, vec![grant(&target.audience, &["read"])]).await;
            let subject = shop.own(&caller, &api).await;
            if known {
                assert_eq!(shop.ask(exchange(&backend, &subject, &target)).await, "issued");
            }
            let (core, developer, id) = (&shop.world.core, shop.developer(), &caller.app.id);
            match end {
                "revoked" => revoke(&shop, &caller, &subject).await,
                "disabled" => drop(apps::disable(core, &developer, "acme", id).await.unwrap()),
                "ended" => drop(apps::revoke(core, &developer, "acme", id, None).await.unwrap()),
                "grant withdrawn" => shop.regrant(&caller, Vec::new()).await,
                "suspended" => shop.world.suspend(&shop.world.acme).await,
                _ => {
                    let ring = signing::current(core).await.unwrap();
                    let kid = ring.active(signing::SigningAlg::EdDsa).unwrap().kid().to_owned();
                    signing::revoke(core, &crate::setup::operator(), &kid).await.unwrap();
                }
            }
            assert_eq!(shop.ask(exchange(&backend, &subject, &target)).await, "invalid_request", "{end} {known}");
        }
    }
}

// a stolen token is of no use to who has nothing to do with it
#[tokio::test]
async fn strangers_exchange_nothing() {
    let shop = Shop::new().await;
    let world = &shop.world;
    let stock = world.private_api(&world.globex, "stock", &["read", "pay"]).await;
    let stranger = app_of(world, &world.globex, vec![grant(&stock.audience, &["read", "pay"])]).await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    assert_eq!(shop.ask(exchange(&stranger, &subject, &stock)).await, "invalid_request");
    // to the API's owner it was handed
    let weather = world.public_api_of_globex().await;
    let caller = app_of(world, &world.acme, vec![grant(&weather.audience, &["read"])]).await;
    let handed = shop.own(&caller, &weather).await;
    let issued = shop.issue(exchange(&stranger, &handed, &stock)).await;
    let claims = shop.claims(&issued).await;
    assert_eq!((claims.sub.as_str(), &claims.org), (caller.app.id.as_str(), &world.globex.id));
    // and to the organisation that holds it it belongs
    let own = app_of(world, &world.acme, vec![grant(&shop.payments.audience, &["read"])]).await;
    assert_eq!(shop.ask(exchange(&own, &handed, &shop.payments)).await, "issued");
}

// keys are no tokens: they have lives of their own
#[tokio::test]
async fn keys_are_not_exchanged() {
    let shop = Shop::new().await;
    for kind in [CredentialKind::ApiKey, CredentialKind::JwtKey] {
        let new = NewKey {
            kind,
            name: "batch".to_owned(),
            api: shop.orders.id.to_string(),
            environment: Environment::Live,
            scopes: vec!["read".to_owned()],
            expires_at: None,
            owner: None,
            metadata: None,
            labels: None,
            ..NewKey::default()
        };
        let made = keys::create(&shop.world.core, &shop.developer(), "acme", new).await.unwrap();
        for kind in [ACCESS_TOKEN, JWT] {
            // verify has seen it, and remembers it
            assert_eq!(shop.code(&shop.orders, made.secret.expose()).await, Outcome::Valid);
            let request = exchange_text(&shop.order, made.secret.expose(), kind, &shop.payments);
            assert_eq!(shop.ask(request).await, "invalid_request");
            let own = shop.own(&shop.cart, &shop.orders).await;
            let request = by_actor(exchange(&shop.order, &own, &shop.payments), made.secret.expose(), kind);
            assert_eq!(shop.ask(request).await, "invalid_request");
        }
    }
}

#[tokio::test]
async fn opaque_tokens_are_exchanged_like_any_other() {
    let shop = Shop::new().await;
    let admin = shop.world.acme(Role::Admin);
    let opaque = || ApiPatch { token_format: Some(TokenFormat::Opaque), ..ApiPatch::default() };
    apis::update(&shop.world.core, &admin, "acme", &shop.orders.id, opaque()).await.unwrap();
    let first = shop.own(&shop.cart, &shop.orders).await;
    assert!(first.access_token.expose().starts_with("lk_at_"));
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    assert_eq!(shop.claims(&second).await.act, actor(json!({ "sub": shop.order.app.id.as_str() })));
    let wrong = format!("{}0", &first.access_token.expose()[..first.access_token.expose().len() - 1]);
    let request = exchange_text(&shop.order, &wrong, ACCESS_TOKEN, &shop.payments);
    assert_eq!(shop.ask(request).await, "invalid_request");
    // a JWT can't be had from an API that has none
    apis::update(&shop.world.core, &admin, "acme", &shop.payments.id, opaque()).await.unwrap();
    let mut request = exchange(&shop.order, &first, &shop.payments);
    request.exchange.requested_token_type = Some(JWT.to_owned());
    assert_eq!(shop.ask(request).await, "invalid_request");
    let third = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    assert_eq!(third.issued_token_type, Some(ACCESS_TOKEN));
    assert_eq!(shop.code(&shop.payments, third.access_token.expose()).await, Outcome::Valid);
    revoke(&shop, &shop.cart, &first).await;
    assert_eq!(shop.ask(exchange(&shop.order, &first, &shop.payments)).await, "invalid_request");
}
