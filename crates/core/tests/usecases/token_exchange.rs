//! Token exchange (RFC 8693): K1 to K6. `cart` calls `order`, `order` calls `payment`; all of `acme`.

use latchkey_core::apis::{self, Api, ApiPatch, TokenFormat};
use latchkey_core::apps::{self, AppPatch, Exchange, NewApp, NewGrant, TokenBinding};
use latchkey_core::keys::{self, NewKey};
use latchkey_core::oauth::{self, ExchangeParameters, IssuedToken, RevocationRequest, TokenRequest, TokenType};
use latchkey_core::orgs::Org;
use latchkey_core::ports::UsageStore;
use latchkey_core::usage::{self, Bucket, GroupBy, Side, UsageQuery};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Caller, PlainSecret, signing};
use latchkey_jose::{AccessToken, Actor, Confirmation, Cred, DpopProof, Principal};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::{Value, json};

use crate::apps::{MadeApp, grant, new_app};
use crate::certificates::{CART, OWN, OWN_THUMBPRINT, presented};
use crate::oauth::{claims, request, word};
use crate::setup::{START, World};

pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
pub const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// Three services that call each other, and what each is granted.
pub struct Shop {
    pub world: World,
    pub orders: Api,
    pub payments: Api,
    /// May `read` and `pay` at orders.
    pub cart: MadeApp,
    /// May `read`, `pay` and `refund` at payments, and `read` and `pay` at orders.
    pub order: MadeApp,
    /// The same as `order`.
    pub payment: MadeApp,
}

impl Shop {
    pub async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let orders = world.private_api(&world.acme, "orders", &["read", "pay", "ship"]).await;
        let payments = world.private_api(&world.acme, "payments", &["read", "pay", "refund"]).await;
        let at_orders = || grant(&orders.audience, &["read", "pay"]);
        let at_payments = || grant(&payments.audience, &["read", "pay", "refund"]);
        let cart = app_of(&world, &world.acme, vec![at_orders()]).await;
        let order = app_of(&world, &world.acme, vec![at_orders(), at_payments()]).await;
        let payment = app_of(&world, &world.acme, vec![at_orders(), at_payments()]).await;
        Self { world, orders, payments, cart, order, payment }
    }

    /// A token of the app's own for the API.
    pub async fn own(&self, app: &MadeApp, api: &Api) -> IssuedToken {
        let request = TokenRequest { resource: vec![api.audience.clone()], ..request(app) };
        oauth::token(&self.world.core, request).await.unwrap()
    }

    pub async fn ask(&self, request: TokenRequest) -> &'static str {
        word(&oauth::token(&self.world.core, request).await)
    }

    pub async fn issue(&self, request: TokenRequest) -> IssuedToken {
        oauth::token(&self.world.core, request).await.unwrap()
    }

    pub async fn claims(&self, token: &IssuedToken) -> AccessToken {
        claims(&self.world, token).await
    }

    pub fn developer(&self) -> Caller {
        self.world.acme(Role::Developer)
    }

    /// Grants an app something else.
    pub async fn regrant(&self, app: &MadeApp, grants: Vec<NewGrant>) {
        let patch = AppPatch { grants: Some(grants), ..AppPatch::default() };
        apps::update(&self.world.core, &self.developer(), "acme", &app.app.id, patch).await.unwrap();
    }

    /// Lets `order` exchange in these ways at payments.
    pub async fn let_order(&self, exchange: &[Exchange]) {
        let at_payments = grant(&self.payments.audience, &["read", "pay", "refund"]);
        self.regrant(&self.order, vec![NewGrant { exchange: Some(exchange.to_vec()), ..at_payments }]).await;
    }

    /// What the API is told about this token.
    pub async fn code(&self, api: &Api, token: &str) -> Outcome {
        let admin = self.world.acme(Role::Admin);
        let core = &self.world.core;
        let environments = vec![Environment::Live];
        let key = apis::create_verification_key(core, &admin, "acme", &api.id, "gateway", environments).await.unwrap();
        let asked = VerifyRequest { credential: token, ..VerifyRequest::default() };
        verify::verify(core, key.secret.expose(), &asked).await.unwrap().code
    }
}

/// An app of this organisation.
pub async fn app_of(world: &World, org: &Org, grants: Vec<NewGrant>) -> MadeApp {
    let caller = world.member(org, Role::Developer);
    let made = apps::create(&world.core, &caller, &org.slug, new_app(grants)).await.unwrap();
    MadeApp { app: made.app, client_secret: made.client_secret.unwrap() }
}

/// What `app` sends to exchange a token for one for `api`.
pub fn exchange(app: &MadeApp, subject: &IssuedToken, api: &Api) -> TokenRequest {
    exchange_text(app, subject.access_token.expose(), ACCESS_TOKEN, api)
}

pub fn exchange_text(app: &MadeApp, subject: &str, kind: &str, api: &Api) -> TokenRequest {
    TokenRequest {
        grant_type: Some(GRANT_TYPE.to_owned()),
        resource: vec![api.audience.clone()],
        exchange: ExchangeParameters {
            subject_token: Some(PlainSecret::new(subject.to_owned())),
            subject_token_type: Some(kind.to_owned()),
            ..ExchangeParameters::default()
        },
        ..request(app)
    }
}

fn by_actor(request: TokenRequest, token: &str, kind: &str) -> TokenRequest {
    let exchange = ExchangeParameters {
        actor_token: Some(PlainSecret::new(token.to_owned())),
        actor_token_type: Some(kind.to_owned()),
        ..request.exchange
    };
    TokenRequest { exchange, ..request }
}

pub fn actor(value: Value) -> Option<Actor> {
    serde_json::from_value(value).unwrap()
}

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

async fn revoke(shop: &Shop, app: &MadeApp, token: &IssuedToken) {
    let request = RevocationRequest {
        token: Some(PlainSecret::new(token.access_token.expose().to_owned())),
        client: request(app).client,
        ip: None,
    };
    oauth::revoke(&shop.world.core, &request).await.unwrap();
}

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

#[tokio::test]
async fn an_exchange_counts_as_issued_to_the_client_and_as_no_call() {
    let shop = Shop::new().await;
    let subject = shop.own(&shop.cart, &shop.orders).await;
    shop.issue(exchange(&shop.order, &subject, &shop.payments)).await;
    shop.ask(exchange(&shop.order, &subject, &shop.orders)).await;
    usage::flush(&shop.world.core).await.unwrap();
    let query = UsageQuery {
        org: shop.world.acme.id.clone(),
        side: Side::Holder,
        from: START,
        to: START.plus_seconds(60),
        bucket: Bucket::Minute,
        group_by: GroupBy { credential: true, outcome: true, ..GroupBy::default() },
        credential: None,
        api: None,
        limit: 100,
    };
    let mut counts: Vec<_> = shop.world.store.usage_series(&query).await.unwrap();
    counts.sort_by_key(|point| point.count);
    let counts: Vec<_> = counts
        .into_iter()
        .map(|point| (point.credential.unwrap().unwrap(), point.outcome.unwrap(), point.count))
        .collect();
    assert_eq!(
        counts,
        [(shop.cart.app.id.to_string(), Outcome::Issued, 1), (shop.order.app.id.to_string(), Outcome::Issued, 2),]
    );
}
