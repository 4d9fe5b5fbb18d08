//! Actor tokens.

use latchkey_core::apps::Exchange;
use serde_json::json;

use super::{ACCESS_TOKEN, JWT, Shop, actor, app_of, by_actor, exchange, revoke};
use crate::apps::grant;

// K3, K5: who may be named as the actor
#[tokio::test]
async fn actors_are_programs_of_the_clients_organisation() {
    let shop = Shop::new().await;
    let world = &shop.world;
    let (cart, order) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str());
    let subject = shop.own(&shop.cart, &shop.orders).await;
    let plain = || exchange(&shop.order, &subject, &shop.payments);
    let itself = shop.own(&shop.order, &shop.payments).await;
    let issued = shop.issue(by_actor(plain(), itself.access_token.expose(), ACCESS_TOKEN)).await;
    assert_eq!(shop.claims(&issued).await.act, actor(json!({ "sub": order })));
    let colleague = shop.own(&shop.payment, &shop.payments).await;
    let issued = shop.issue(by_actor(plain(), colleague.access_token.expose(), JWT)).await;
    let claims = shop.claims(&issued).await;
    let payment = shop.payment.app.id.as_str();
    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), (cart, order));
    assert_eq!(claims.act, actor(json!({ "sub": payment, "client_id": order })));

    let weather = world.public_api_of_globex().await;
    let stranger = app_of(world, &world.globex, vec![grant(&weather.audience, &["read"])]).await;
    let foreign = shop.own(&stranger, &weather).await;
    let on_behalf = shop.issue(exchange(&shop.payment, &subject, &shop.payments)).await;
    for token in [foreign.access_token.expose(), on_behalf.access_token.expose(), "x", "a.b.c"] {
        assert_eq!(shop.ask(by_actor(plain(), token, ACCESS_TOKEN)).await, "invalid_request");
    }
    revoke(&shop, &shop.payment, &colleague).await;
    assert_eq!(shop.ask(by_actor(plain(), colleague.access_token.expose(), JWT)).await, "invalid_request");
}

// K5: who impersonates is nobody's actor in the other's name
#[tokio::test]
async fn a_token_of_another_subject_names_no_actor() {
    let shop = Shop::new().await;
    shop.let_order(&[Exchange::Impersonation]).await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    let impersonated = shop.issue(exchange(&shop.order, &subject, &shop.payments)).await;
    let claims = shop.claims(&impersonated).await;
    assert_eq!((claims.sub.as_str(), claims.act), (shop.cart.app.id.as_str(), None));
    let itself = shop.own(&shop.payment, &shop.payments).await;
    for (token, expected) in [(&itself, "issued"), (&impersonated, "invalid_request")] {
        let request = exchange(&shop.payment, &subject, &shop.payments);
        assert_eq!(shop.ask(by_actor(request, token.access_token.expose(), ACCESS_TOKEN)).await, expected);
    }
}
