//! Who acts for whom, and how that ends.

use latchkey_core::apps::{self, Exchange};
use latchkey_core::oauth::TokenType;
use latchkey_jose::{Cred, Principal};
use latchkey_types::Outcome;
use serde_json::json;

use super::{ACCESS_TOKEN, Shop, actor, exchange};

// K2, K5: RFC 8693 sections 2.2.1 and 4.1
#[tokio::test]
async fn a_chain_of_delegations_keeps_everyone() {
    let shop = Shop::new().await;
    let (cart, order, payment) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str(), shop.payment.app.id.as_str());
    let first = shop.own(&shop.cart, &shop.orders).await;
    assert_eq!(first.issued_token_type, None);
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    assert_eq!((second.issued_token_type, second.token_type), (Some(ACCESS_TOKEN), TokenType::Bearer));
    let claims = shop.claims(&second).await;
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (cart, order));
    assert_eq!((claims.aud.as_str(), claims.cred), ("https://payments.example", Cred::TokenExchange));
    assert_eq!((claims.principal, &claims.org), (Principal::Service, &shop.world.acme.id));
    assert_eq!(claims.act, actor(json!({ "sub": order })));
    assert_eq!((claims.scope.to_string(), second.scope.to_string()), ("pay read".to_owned(), "pay read".to_owned()));
    let third = shop.issue(exchange(&shop.payment, &second, &shop.orders)).await;
    let claims = shop.claims(&third).await;
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (cart, payment));
    assert_eq!(claims.act, actor(json!({ "sub": payment, "act": { "sub": order } })));
    assert_eq!(shop.code(&shop.payments, second.access_token.expose()).await, Outcome::Valid);
    assert_eq!(shop.code(&shop.orders, third.access_token.expose()).await, Outcome::Valid);
}

// K6: who is switched off takes along what was handed down from its tokens, at once
#[tokio::test]
async fn disabling_the_first_of_a_chain_ends_the_chain() {
    let shop = Shop::new().await;
    let (core, developer) = (&shop.world.core, shop.developer());
    let first = shop.own(&shop.cart, &shop.orders).await;
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let third = shop.issue(exchange(&shop.payment, &second, &shop.orders)).await;
    let token = third.access_token.expose();
    assert_eq!(shop.code(&shop.orders, token).await, Outcome::Valid);
    for app in [&shop.cart, &shop.order, &shop.payment] {
        apps::disable(core, &developer, "acme", &app.app.id).await.unwrap();
        assert_eq!(shop.code(&shop.orders, token).await, Outcome::Disabled);
        apps::enable(core, &developer, "acme", &app.app.id).await.unwrap();
        assert_eq!(shop.code(&shop.orders, token).await, Outcome::Valid);
    }
    apps::disable(core, &developer, "acme", &shop.payment.app.id).await.unwrap();
    apps::revoke(core, &developer, "acme", &shop.cart.app.id, None).await.unwrap();
    assert_eq!(shop.code(&shop.orders, token).await, Outcome::Revoked, "the first in the contract's order");
}

// K5: RFC 8693 section 1.1
#[tokio::test]
async fn who_impersonates_stands_in_no_act_and_is_not_forgotten() {
    let shop = Shop::new().await;
    shop.let_order(&[Exchange::Impersonation]).await;
    let (cart, order, payment) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str(), shop.payment.app.id.as_str());
    let first = shop.own(&shop.cart, &shop.orders).await;
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let claims = shop.claims(&second).await;
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str(), &claims.act), (cart, order, &None));
    let third = shop.issue(exchange(&shop.payment, &second, &shop.orders)).await;
    assert_eq!(shop.claims(&third).await.act, actor(json!({ "sub": payment, "act": { "sub": order } })));
    // as if it were whoever acted before it
    let delegated = shop.issue(exchange(&shop.payment, &first, &shop.payments)).await;
    let impersonated = shop.issue(exchange(&shop.order, &delegated, &shop.payments)).await;
    let claims = shop.claims(&impersonated).await;
    assert_eq!((claims.client_id.as_str(), claims.act), (order, actor(json!({ "sub": payment }))));
}

// a client that exchanges its own token stays where it is in the chain
#[tokio::test]
async fn ones_own_token_gets_no_longer_chain() {
    let shop = Shop::new().await;
    let own = shop.own(&shop.order, &shop.orders).await;
    let issued = shop.issue(exchange(&shop.order, &own, &shop.payments)).await;
    assert_eq!(shop.claims(&issued).await.act, None);
    let first = shop.own(&shop.cart, &shop.orders).await;
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let third = shop.issue(exchange(&shop.order, &second, &shop.orders)).await;
    assert_eq!(shop.claims(&third).await.act, actor(json!({ "sub": shop.order.app.id.as_str() })));
}
