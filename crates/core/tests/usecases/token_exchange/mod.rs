//! Token exchange (RFC 8693): K1 to K6. `cart` calls `order`, `order` calls `payment`; all of `acme`.

mod actors;
mod binding;
mod chains;
mod permissions;
mod subjects;

use latchkey_core::apis::{self, Api};
use latchkey_core::apps::{self, AppPatch, Exchange, NewGrant};
use latchkey_core::oauth::{self, ExchangeParameters, IssuedToken, RevocationRequest, TokenRequest};
use latchkey_core::orgs::Org;
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Caller, PlainSecret, signing};
use latchkey_jose::{AccessToken, Actor};
use latchkey_types::{Environment, Outcome, Role};
use serde_json::Value;

use crate::apps::{MadeApp, grant, new_app};
use crate::oauth::{claims, request, word};
use crate::setup::World;

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

pub fn actor(value: Value) -> Option<Actor> {
    serde_json::from_value(value).unwrap()
}

fn by_actor(request: TokenRequest, token: &str, kind: &str) -> TokenRequest {
    let exchange = ExchangeParameters {
        actor_token: Some(PlainSecret::new(token.to_owned())),
        actor_token_type: Some(kind.to_owned()),
        ..request.exchange
    };
    TokenRequest { exchange, ..request }
}

async fn revoke(shop: &Shop, app: &MadeApp, token: &IssuedToken) {
    let request = RevocationRequest {
        token: Some(PlainSecret::new(token.access_token.expose().to_owned())),
        client: request(app).client,
        ip: None,
    };
    oauth::revoke(&shop.world.core, &request).await.unwrap();
}
