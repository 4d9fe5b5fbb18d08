//! What may be asked for, and what is given at most.

use latchkey_core::PlainSecret;
use latchkey_core::apis::{self, ApiPatch};
use latchkey_core::apps::{Exchange, NewGrant};
use latchkey_core::oauth::{ExchangeParameters, IssuedToken, TokenRequest};
use latchkey_types::{Outcome, Role};

use super::{ACCESS_TOKEN, ID_TOKEN, JWT, Shop, by_actor, exchange};
use crate::apps::grant;
use crate::oauth::request;
use crate::setup::START;

// K1, K3
#[tokio::test]
async fn parameters_are_complete_and_known_or_refused() {
    let shop = Shop::new().await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    let actor = shop.own(&shop.order, &shop.orders).await;
    let text = |token: &IssuedToken| Some(PlainSecret::new(token.access_token.expose().to_owned()));
    let word = |text: &str| Some(text.to_owned());
    let good = exchange(&shop.order, &subject, &shop.payments).exchange;
    let refresh = "urn:ietf:params:oauth:token-type:refresh_token";
    let with = |change: &dyn Fn(&mut ExchangeParameters)| {
        let mut exchange = good.clone();
        change(&mut exchange);
        TokenRequest { exchange, ..self::exchange(&shop.order, &subject, &shop.payments) }
    };
    for (change, expected) in [
        (&(|_: &mut ExchangeParameters| {}) as &dyn Fn(&mut ExchangeParameters), "issued"),
        (&|sent| sent.subject_token_type = word(JWT), "issued"),
        (&|sent| sent.requested_token_type = word(ACCESS_TOKEN), "issued"),
        (&|sent| sent.requested_token_type = word(JWT), "issued"),
        (&|sent| sent.subject_token = None, "invalid_request"),
        (&|sent| sent.subject_token_type = None, "invalid_request"),
        (&|sent| sent.subject_token_type = word("access_token"), "invalid_request"),
        (&|sent| sent.subject_token_type = word(refresh), "invalid_request"),
        (&|sent| sent.subject_token_type = word(ID_TOKEN), "invalid_request"),
        (&|sent| sent.requested_token_type = word(ID_TOKEN), "invalid_request"),
        (&|sent| sent.requested_token_type = word(refresh), "invalid_request"),
        (&|sent| sent.requested_token_type = word("jwt"), "invalid_request"),
        (&|sent| sent.actor_token_type = word(ACCESS_TOKEN), "invalid_request"),
        (&|sent| sent.actor_token = text(&actor), "invalid_request"),
        (&|sent| (sent.actor_token, sent.actor_token_type) = (text(&actor), word(ID_TOKEN)), "invalid_request"),
        (&|sent| (sent.actor_token, sent.actor_token_type) = (text(&actor), word(JWT)), "issued"),
        (&|sent| sent.subject_token = Some(PlainSecret::new("x".to_owned())), "invalid_request"),
        (&|sent| sent.subject_token = Some(PlainSecret::new("a.b.c".to_owned())), "invalid_request"),
    ] {
        let request = with(change);
        let said = format!("{:?}", request.exchange);
        assert_eq!(shop.ask(request).await, expected, "{said}");
    }
    let asked_for_jwt = shop.issue(with(&|sent| sent.requested_token_type = word(JWT))).await;
    assert_eq!(asked_for_jwt.issued_token_type, Some(JWT));
    // the client must prove itself, whatever it brings
    let anonymous = TokenRequest { client: None, ..with(&|_| {}) };
    assert_eq!(shop.ask(anonymous).await, "invalid_client");
}

// K4: default deny per client and audience (Keycloak #48104)
#[tokio::test]
async fn without_the_permission_for_the_target_nothing_is_exchanged() {
    let shop = Shop::new().await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    let hidden = shop.world.private_api(&shop.world.acme, "hidden", &["read"]).await;
    assert_eq!(shop.ask(exchange(&shop.order, &subject, &hidden)).await, "invalid_target");
    assert_eq!(shop.ask(exchange(&shop.cart, &subject, &shop.payments)).await, "invalid_target");
    let two = TokenRequest {
        audience: vec![shop.orders.audience.clone()],
        ..exchange(&shop.order, &subject, &shop.payments)
    };
    assert_eq!(shop.ask(two).await, "invalid_target");
    let none_named = TokenRequest { resource: Vec::new(), ..exchange(&shop.order, &subject, &shop.payments) };
    assert_eq!(shop.ask(none_named).await, "invalid_target");

    let plain = || exchange(&shop.order, &subject, &shop.payments);
    let actor = shop.own(&shop.order, &shop.orders).await;
    let with_actor = || by_actor(plain(), actor.access_token.expose(), ACCESS_TOKEN);
    for (ways, without, with) in [
        (&[][..], "unauthorized_client", "unauthorized_client"),
        (&[Exchange::Delegation], "issued", "issued"),
        (&[Exchange::Delegation, Exchange::Impersonation], "issued", "issued"),
    ] {
        // the grant at orders stays, so that the actor token holds
        let at_orders = grant(&shop.orders.audience, &["read", "pay"]);
        let at_payments = NewGrant { exchange: Some(ways.to_vec()), ..grant(&shop.payments.audience, &["pay"]) };
        shop.regrant(&shop.order, vec![at_orders, at_payments]).await;
        assert_eq!(shop.ask(plain()).await, without, "{ways:?}");
        assert_eq!(shop.ask(with_actor()).await, with, "{ways:?}");
    }
    let at_orders = grant(&shop.orders.audience, &["read", "pay"]);
    let only = Some(vec![Exchange::Impersonation]);
    shop.regrant(&shop.order, vec![at_orders, NewGrant { exchange: only, ..grant(&shop.payments.audience, &["pay"]) }])
        .await;
    assert_eq!(shop.ask(plain()).await, "issued");
    assert_eq!(shop.ask(with_actor()).await, "unauthorized_client", "who impersonates names no actor");
}

// K4
#[tokio::test]
async fn never_more_scope_than_both_allow() {
    let shop = Shop::new().await;
    let all = shop.own(&shop.cart, &shop.orders).await;
    let only_pay = TokenRequest {
        scope: Some("pay".to_owned()),
        resource: vec![shop.orders.audience.clone()],
        ..request(&shop.cart)
    };
    let only_pay = shop.issue(only_pay).await;
    let asking = |subject: &IssuedToken, scope: &str| TokenRequest {
        scope: Some(scope.to_owned()),
        ..exchange(&shop.order, subject, &shop.payments)
    };
    for (subject, scope, expected) in [
        (&all, "pay", "issued"),
        (&all, "read pay", "issued"),
        (&all, "refund", "invalid_scope"),
        (&all, "pay refund", "invalid_scope"),
        (&all, "ship", "invalid_scope"),
        (&all, "p\"ay", "invalid_scope"),
        (&only_pay, "pay", "issued"),
        (&only_pay, "read", "invalid_scope"),
        (&only_pay, "read pay", "invalid_scope"),
    ] {
        assert_eq!(shop.ask(asking(subject, scope)).await, expected, "{scope}");
    }
    let narrow = shop.issue(exchange(&shop.order, &only_pay, &shop.payments)).await;
    assert_eq!(narrow.scope.to_string(), "pay");
    // nothing in common is nothing to issue
    shop.regrant(&shop.order, vec![grant(&shop.payments.audience, &["refund"])]).await;
    assert_eq!(shop.ask(exchange(&shop.order, &all, &shop.payments)).await, "invalid_scope");
    // what the subject token lost meanwhile counts
    shop.regrant(&shop.order, vec![grant(&shop.payments.audience, &["read", "pay"])]).await;
    shop.regrant(&shop.cart, vec![grant(&shop.orders.audience, &["read"])]).await;
    let reduced = shop.issue(exchange(&shop.order, &all, &shop.payments)).await;
    assert_eq!(reduced.scope.to_string(), "read");
}

// K4, K6: children expire with the parent at the latest
#[tokio::test]
async fn never_a_longer_life_than_the_subject_token() {
    let shop = Shop::new().await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    shop.world.clock.advance(200);
    let child = shop.issue(exchange(&shop.order, &subject, &shop.payments)).await;
    let claims = shop.claims(&child).await;
    assert_eq!((child.expires_in, claims.exp), (100, START.plus_seconds(300)));
    let actor = shop.own(&shop.order, &shop.orders).await;
    let grandchild = shop.issue(exchange(&shop.payment, &child, &shop.orders)).await;
    assert_eq!(shop.claims(&grandchild).await.exp, START.plus_seconds(300));
    // the actor token's end counts too
    shop.world.clock.advance(90);
    let young = shop.own(&shop.cart, &shop.orders).await;
    let request = exchange(&shop.order, &young, &shop.payments);
    let by_actor = by_actor(request, actor.access_token.expose(), ACCESS_TOKEN);
    assert_eq!(shop.issue(by_actor).await.expires_in, 210);
    shop.world.clock.advance(10);
    assert_eq!(shop.ask(exchange(&shop.order, &subject, &shop.payments)).await, "invalid_request");
    assert_eq!(shop.ask(exchange(&shop.payment, &child, &shop.orders)).await, "invalid_request");
    assert_eq!(shop.code(&shop.payments, child.access_token.expose()).await, Outcome::Expired);
    // an API with shorter tokens
    let short = ApiPatch { token_ttl_seconds: Some(60), ..ApiPatch::default() };
    let admin = shop.world.acme(Role::Admin);
    apis::update(&shop.world.core, &admin, "acme", &shop.payments.id, short).await.unwrap();
    let subject = shop.own(&shop.cart, &shop.orders).await;
    assert_eq!(shop.issue(exchange(&shop.order, &subject, &shop.payments)).await.expires_in, 60);
}

#[tokio::test]
async fn an_exchange_counts_as_issued_to_the_client_and_as_no_call() {
    let shop = Shop::new().await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    shop.issue(exchange(&shop.order, &subject, &shop.payments)).await;
    shop.ask(exchange(&shop.order, &subject, &shop.orders)).await;
    let mut expected =
        [(shop.cart.app.id.to_string(), Outcome::Issued, 1), (shop.order.app.id.to_string(), Outcome::Issued, 2)];
    expected.sort();
    assert_eq!(shop.world.used(0).await, expected);
}
