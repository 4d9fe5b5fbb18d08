//! Subject tokens that are bound to a key or a certificate.

use latchkey_core::apps::{self, NewApp, TokenBinding};
use latchkey_core::oauth::{TokenRequest, TokenType};
use latchkey_jose::{Confirmation, DpopProof};

use super::{ACCESS_TOKEN, Shop, by_actor, exchange};
use crate::apps::{MadeApp, grant, new_app};
use crate::certificates::{CART, OWN, OWN_THUMBPRINT, presented};
use crate::oauth::request;

fn proof(shop: &Shop, jkt: &str, jti: &str) -> DpopProof {
    DpopProof {
        jkt: jkt.to_owned(),
        jti: jti.to_owned(),
        nonce: None,
        remember_until: shop.world.core.clock.now().plus_seconds(60),
    }
}

// RFC 9449 section 7.1: a bound token is of no use without its key, here either
#[tokio::test]
async fn a_bound_token_is_exchanged_with_its_key_alone() {
    const KEY: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    const OTHER: &str = "AAAAsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    let shop = Shop::new().await;
    let own = TokenRequest {
        resource: vec![shop.orders.audience.clone()],
        dpop: Some(proof(&shop, KEY, "1")),
        ..request(&shop.cart)
    };
    let bound = shop.issue(own).await;
    let plain = exchange(&shop.order, &bound, &shop.payments);
    assert_eq!(shop.ask(plain.clone()).await, "invalid_request");
    let by_other = TokenRequest { dpop: Some(proof(&shop, OTHER, "2")), ..plain.clone() };
    assert_eq!(shop.ask(by_other).await, "invalid_request");
    let held = TokenRequest { dpop: Some(proof(&shop, KEY, "3")), ..plain };
    let child = shop.issue(held.clone()).await;
    assert_eq!(child.token_type, TokenType::Dpop);
    assert_eq!(shop.claims(&child).await.cnf, Some(Confirmation::dpop(KEY)));
    assert_eq!(shop.ask(held).await, "invalid_dpop_proof", "a proof is used once");
    // the same for an actor token
    let subject = shop.own(&shop.cart, &shop.orders).await;
    let request = by_actor(exchange(&shop.order, &subject, &shop.payments), bound.access_token.expose(), ACCESS_TOKEN);
    assert_eq!(shop.ask(request.clone()).await, "invalid_request");
    assert_eq!(shop.ask(TokenRequest { dpop: Some(proof(&shop, KEY, "4")), ..request }).await, "issued");
}

// RFC 8705 section 3
#[tokio::test]
async fn a_token_bound_to_a_certificate_is_exchanged_with_it_alone() {
    let shop = Shop::new().await;
    let at_orders = vec![grant(&shop.orders.audience, &["read", "pay"])];
    let new = NewApp { token_binding: TokenBinding::Certificate, ..new_app(at_orders) };
    let made = apps::create(&shop.world.core, &shop.developer(), "acme", new).await.unwrap();
    let caller = MadeApp { app: made.app, client_secret: made.client_secret.unwrap() };
    let with =
        |request, pem: Option<&str>| TokenRequest { certificate: pem.map(|pem| presented(pem, false)), ..request };
    let bound = shop.issue(with(request(&caller), Some(OWN))).await;
    let cnf = shop.claims(&bound).await.cnf;
    assert_eq!(cnf, Some(Confirmation::certificate(OWN_THUMBPRINT)));
    let plain = exchange(&shop.order, &bound, &shop.payments);
    assert_eq!(shop.ask(plain.clone()).await, "invalid_request");
    assert_eq!(shop.ask(with(plain.clone(), Some(CART))).await, "invalid_request");
    assert_eq!(shop.ask(with(plain, Some(OWN))).await, "issued");
}
