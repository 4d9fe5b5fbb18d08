//! Token exchange for users of a trusted identity provider: K3, K4, K5, C7, and who may say whom to trust.

use latchkey_core::apps::Exchange;
use latchkey_core::ports::FetchError;
use latchkey_core::trusted_issuers::{self, MAX_TRUSTED_ISSUERS, NewTrustedIssuer};
use latchkey_core::{Error, oauth};
use latchkey_jose::{DpopProof, Principal};
use latchkey_types::{Outcome, Role};
use serde_json::{Value, json};

use crate::apps::grant;
use crate::oauth::{request, word};
use crate::prover::Prover;
use crate::setup::{ISSUER, START, conflict, refused_fields};
use crate::token_exchange::{ACCESS_TOKEN, ID_TOKEN, JWT, Shop, actor, app_of, exchange, exchange_text};

const IDP: &str = "https://idp.example/tenant";
const DISCOVERY: &str = "https://idp.example/tenant/.well-known/openid-configuration";
const KEYS: &str = "https://idp.example/keys";

fn jwks(prover: &Prover) -> Value {
    json!({ "keys": [prover.jwk()] })
}

fn new_issuer(jwks: Option<Value>) -> NewTrustedIssuer {
    NewTrustedIssuer { issuer: IDP.to_owned(), audience: "shop".to_owned(), jwks }
}

pub async fn trusting() -> (Shop, Prover) {
    let (shop, prover) = (Shop::new().await, Prover::new(7));
    let new = new_issuer(Some(jwks(&prover)));
    trusted_issuers::create(&shop.world.core, &shop.world.acme(Role::Admin), "acme", new).await.unwrap();
    (shop, prover)
}

/// An ID token for `ada`.
pub fn user() -> Value {
    let now = START.as_seconds();
    json!({
        "iss": IDP, "sub": "ada", "aud": "shop", "iat": now, "nbf": now, "exp": now + 120, "jti": "1",
        "email": "ada@example.com", "name": "Ada", "scope": "openid refund",
    })
}

fn with(change: Value) -> Value {
    let mut claims = user();
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn without(name: &str) -> Value {
    let mut claims = user();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

pub fn header() -> Value {
    json!({ "alg": "EdDSA", "typ": "JWT" })
}

// K2, K4, K5, C7
#[tokio::test]
async fn a_users_token_becomes_one_of_ours() {
    let (shop, prover) = trusting().await;
    let token = prover.sign(&header(), &user());
    let first = shop.issue(exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders)).await;
    let claims = shop.claims(&first).await;
    assert_eq!((claims.sub.as_str(), claims.principal), ("https://idp.example/tenant|ada", Principal::User));
    assert_eq!((claims.client_id.as_str(), &claims.org), (shop.cart.app.id.as_str(), &shop.world.acme.id));
    assert_eq!(claims.act, actor(json!({ "sub": shop.cart.app.id.as_str() })));
    // its scopes are not ours: the grant decides
    assert_eq!(claims.scope.to_string(), "pay read");
    assert_eq!((first.expires_in, claims.exp), (120, START.plus_seconds(120)));
    // no personal data beyond sub
    let text = serde_json::to_string(&claims).unwrap();
    assert!(!text.contains("example.com") && !text.contains("Ada"), "{text}");
    assert_eq!(shop.code(&shop.orders, first.access_token.expose()).await, Outcome::Valid);
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let claims = shop.claims(&second).await;
    assert_eq!((claims.sub.as_str(), claims.principal), ("https://idp.example/tenant|ada", Principal::User));
    let (cart, order) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str());
    assert_eq!(claims.act, actor(json!({ "sub": order, "act": { "sub": cart } })));
    let asked = oauth::TokenRequest {
        scope: Some("ship".to_owned()),
        ..exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders)
    };
    assert_eq!(shop.ask(asked).await, "invalid_scope");
}

// K5: as if it were the user; the next one still tells by whom it was called
#[tokio::test]
async fn an_impersonated_user_keeps_the_chain() {
    let (shop, prover) = trusting().await;
    let only = Some(vec![Exchange::Impersonation]);
    let at_orders = grant(&shop.orders.audience, &["read", "pay"]);
    shop.regrant(&shop.cart, vec![latchkey_core::apps::NewGrant { exchange: only, ..at_orders }]).await;
    let token = prover.sign(&header(), &user());
    let first = shop.issue(exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders)).await;
    assert_eq!(shop.claims(&first).await.act, None);
    let second = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let (cart, order) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str());
    assert_eq!(shop.claims(&second).await.act, actor(json!({ "sub": order, "act": { "sub": cart } })));
}

// K3, and D1 to D9 as far as they are about tokens of others
#[tokio::test]
async fn a_users_token_holds_in_every_respect_or_is_refused() {
    let (shop, prover) = trusting().await;
    let now = START.as_seconds();
    let good = [
        user(),
        with(json!({ "aud": ["other", "shop"] })),
        with(json!({ "nbf": now + 30, "iat": now + 30 })),
        with(json!({ "exp": 1_800_000_100.9 })),
        with(json!({ "exp": now + 86_400 })),
        with(json!({ "sub": "x".repeat(255) })),
        with(json!({ "sub": "a|b" })),
        without("nbf"),
        without("iat"),
        without("jti"),
    ];
    for claims in good {
        let request = exchange_text(&shop.cart, &prover.sign(&header(), &claims), ID_TOKEN, &shop.orders);
        assert_eq!(shop.ask(request).await, "issued", "{claims}");
    }
    let bad = [
        with(json!({ "iss": "https://idp.example" })),
        with(json!({ "iss": "https://idp.example/tenant/" })),
        with(json!({ "iss": ISSUER })),
        with(json!({ "iss": 1 })),
        with(json!({ "aud": "other" })),
        with(json!({ "aud": ["shop", 1] })),
        with(json!({ "aud": [] })),
        with(json!({ "aud": null })),
        with(json!({ "exp": now })),
        with(json!({ "exp": "1800000120" })),
        with(json!({ "exp": now + 86_401 })),
        with(json!({ "nbf": now + 31 })),
        with(json!({ "iat": now + 31 })),
        with(json!({ "sub": "" })),
        with(json!({ "sub": 7 })),
        with(json!({ "sub": "a\nb" })),
        with(json!({ "sub": "a\u{0}" })),
        with(json!({ "sub": "x".repeat(256) })),
        with(json!({ "act": { "sub": "admin" } })),
        with(json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } })),
        with(json!({ "may_act": { "sub": "app_0000000000000000" } })),
        with(json!({ "may_act": {} })),
        with(json!({ "may_act": "anyone" })),
        with(json!({ "cnf": { "jkt": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" } })),
        with(json!({ "cnf": { "kid": "1" } })),
        with(json!({ "cnf": null })),
        without("iss"),
        without("aud"),
        without("exp"),
        without("sub"),
    ];
    for claims in bad {
        let request = exchange_text(&shop.cart, &prover.sign(&header(), &claims), ID_TOKEN, &shop.orders);
        assert_eq!(shop.ask(request).await, "invalid_request", "{claims}");
    }
    for (header, kind, expected) in [
        (json!({ "alg": "EdDSA" }), ID_TOKEN, "issued"),
        (json!({ "alg": "EdDSA", "typ": "at+jwt" }), ACCESS_TOKEN, "issued"),
        (json!({ "alg": "EdDSA", "typ": "at+jwt" }), JWT, "issued"),
        (json!({ "alg": "EdDSA", "typ": "at+jwt" }), ID_TOKEN, "invalid_request"),
        (json!({ "alg": "EdDSA", "typ": "logout+jwt" }), ID_TOKEN, "invalid_request"),
        (json!({ "alg": "EdDSA", "typ": "logout+jwt" }), JWT, "invalid_request"),
        (json!({ "alg": "none" }), ID_TOKEN, "invalid_request"),
        (json!({ "alg": "HS256" }), ID_TOKEN, "invalid_request"),
        (json!({ "alg": "ES256" }), ID_TOKEN, "invalid_request"),
        (json!({ "alg": "EdDSA", "kid": "other" }), ID_TOKEN, "invalid_request"),
        (json!({ "alg": "EdDSA", "jwk": prover.jwk() }), ID_TOKEN, "invalid_request"),
    ] {
        let request = exchange_text(&shop.cart, &prover.sign(&header, &user()), kind, &shop.orders);
        assert_eq!(shop.ask(request).await, expected, "{header} {kind}");
    }
    let forged = exchange_text(&shop.cart, &Prover::new(8).sign(&header(), &user()), ID_TOKEN, &shop.orders);
    assert_eq!(shop.ask(forged).await, "invalid_request");
}

// K5: RFC 8693 section 4.4
#[tokio::test]
async fn may_act_decides_who_acts() {
    let (shop, prover) = trusting().await;
    let id = shop.cart.app.id.as_str();
    for (may_act, expected) in [
        (json!({ "sub": id }), "issued"),
        (json!({ "client_id": id }), "issued"),
        (json!({ "sub": id, "iss": ISSUER }), "issued"),
        (json!({ "sub": id, "iss": IDP }), "invalid_request"),
        (json!({ "sub": shop.order.app.id.as_str() }), "invalid_request"),
        (json!({ "sub": id, "email": "x" }), "invalid_request"),
    ] {
        let token = prover.sign(&header(), &with(json!({ "may_act": may_act })));
        let request = exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders);
        assert_eq!(shop.ask(request).await, expected, "{may_act}");
    }
}

#[tokio::test]
async fn a_users_bound_token_needs_its_key() {
    let (shop, prover) = trusting().await;
    let jkt = Prover::new(3).jkt();
    let token = prover.sign(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &with(json!({ "cnf": { "jkt": jkt } })));
    let proof = |jkt: &str| DpopProof {
        jkt: jkt.to_owned(),
        jti: "1".to_owned(),
        nonce: None,
        remember_until: START.plus_seconds(60),
    };
    let plain = exchange_text(&shop.cart, &token, ACCESS_TOKEN, &shop.orders);
    let with = |dpop| oauth::TokenRequest { dpop, ..plain.clone() };
    assert_eq!(shop.ask(with(None)).await, "invalid_request");
    assert_eq!(shop.ask(with(Some(proof(&Prover::new(4).jkt())))).await, "invalid_request");
    assert_eq!(shop.ask(with(Some(proof(&jkt)))).await, "issued");
}

#[tokio::test]
async fn keys_come_by_discovery_and_fail_closed() {
    let (shop, prover) = (Shop::new().await, Prover::new(7));
    let (core, admin) = (&shop.world.core, shop.world.acme(Role::Admin));
    let token = prover.sign(&header(), &user());
    let ask = || exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders);
    assert_eq!(shop.ask(ask()).await, "invalid_request", "not trusted yet");
    assert_eq!(shop.world.fetcher.calls(DISCOVERY), 0, "nobody makes us ask whom we don't trust");
    let made = trusted_issuers::create(core, &admin, "acme", new_issuer(None)).await.unwrap();
    shop.world.fetcher.fail(DISCOVERY, FetchError::NoAnswer);
    assert_eq!(shop.ask(ask()).await, "unavailable");
    shop.world.clock.advance(31);
    shop.world.fetcher.answer(DISCOVERY, &json!({ "issuer": IDP, "jwks_uri": KEYS }));
    shop.world.fetcher.answer(KEYS, &jwks(&prover));
    assert_eq!(shop.ask(ask()).await, "issued");
    // another organisation's trust is not this one's
    let globex = &shop.world.globex;
    let stock = shop.world.private_api(globex, "stock", &["read"]).await;
    let stranger = app_of(&shop.world, globex, vec![grant(&stock.audience, &["read"])]).await;
    assert_eq!(shop.ask(exchange_text(&stranger, &token, ID_TOKEN, &stock)).await, "invalid_request");
    trusted_issuers::delete(core, &admin, "acme", &made.id).await.unwrap();
    assert_eq!(shop.ask(ask()).await, "invalid_request", "at once");
}

// C7: an outside user can't get the sub of an app, nor of another issuer's user
#[tokio::test]
async fn no_user_is_mistaken_for_another() {
    let (shop, prover) = trusting().await;
    let id = shop.order.app.id.as_str();
    let token = prover.sign(&header(), &with(json!({ "sub": id })));
    let issued = shop.issue(exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders)).await;
    let claims = shop.claims(&issued).await;
    assert_eq!((claims.sub, claims.principal), (format!("{IDP}|{id}"), Principal::User));
    // an issuer has no `|`, so that the first one ends it
    let new = NewTrustedIssuer { issuer: format!("{IDP}|x"), ..new_issuer(None) };
    let admin = shop.world.acme(Role::Admin);
    assert_eq!(refused_fields(trusted_issuers::create(&shop.world.core, &admin, "acme", new).await), ["issuer"]);
}

// a chain is limited: RFC 8693 section 4.1 sets no limit, we do
#[tokio::test]
async fn a_token_is_handed_on_eight_times_at_most() {
    let (shop, prover) = trusting().await;
    let token = prover.sign(&header(), &user());
    let mut last = shop.issue(exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders)).await;
    let ways = [(&shop.order, &shop.payments), (&shop.payment, &shop.orders)];
    for hop in 1..8 {
        let (app, api) = ways[hop % 2];
        last = shop.issue(exchange(app, &last, api)).await;
    }
    assert_eq!(shop.claims(&last).await.call_chain().len(), 8);
    assert_eq!(shop.ask(exchange(&shop.order, &last, &shop.payments)).await, "invalid_request");
}

#[tokio::test]
async fn issuers_are_trusted_once_and_by_admins() {
    let shop = Shop::new().await;
    let (core, admin) = (&shop.world.core, shop.world.acme(Role::Admin));
    let prover = Prover::new(7);
    let made = trusted_issuers::create(core, &admin, "acme", new_issuer(Some(jwks(&prover)))).await.unwrap();
    assert_eq!(trusted_issuers::list(core, &admin, "acme").await.unwrap(), std::slice::from_ref(&made));
    let again = trusted_issuers::create(core, &admin, "acme", new_issuer(None)).await;
    assert_eq!(refused_fields(again), ["issuer"]);
    // another organisation may trust the same
    let theirs = shop.world.globex(Role::Admin);
    trusted_issuers::create(core, &theirs, "globex", new_issuer(None)).await.unwrap();
    let foreign = trusted_issuers::delete(core, &theirs, "globex", &made.id).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    for role in [Role::Viewer, Role::Developer] {
        let caller = shop.world.acme(role);
        assert!(matches!(trusted_issuers::list(core, &caller, "acme").await, Err(Error::Forbidden(_))));
        let denied = trusted_issuers::create(core, &caller, "acme", new_issuer(None)).await;
        assert!(matches!(denied, Err(Error::Forbidden(_))));
        let denied = trusted_issuers::delete(core, &caller, "acme", &made.id).await;
        assert!(matches!(denied, Err(Error::Forbidden(_))));
    }
    trusted_issuers::delete(core, &admin, "acme", &made.id).await.unwrap();
    let gone = trusted_issuers::delete(core, &admin, "acme", &made.id).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    let actions = shop.world.actions_on(&shop.world.acme, made.id.as_str()).await;
    assert_eq!(actions, ["trusted_issuer.create", "trusted_issuer.delete"]);
}

#[tokio::test]
async fn bad_members_of_a_trusted_issuer_are_named() {
    let shop = Shop::new().await;
    let (core, admin) = (&shop.world.core, shop.world.acme(Role::Admin));
    let private = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": Prover::new(1).jwk()["x"], "d": "x" }] });
    for (issuer, audience, jwks, fields) in [
        ("http://idp.example", "shop", None, &["issuer"][..]),
        (ISSUER, "shop", None, &["issuer"]),
        (IDP, "", None, &["audience"]),
        (IDP, "a*", Some(json!({ "keys": [] })), &["audience", "jwks"]),
        (IDP, "shop", Some(private), &["jwks"]),
        ("x", "\0", Some(json!([])), &["issuer", "audience", "jwks"]),
    ] {
        let new = NewTrustedIssuer { issuer: issuer.to_owned(), audience: audience.to_owned(), jwks };
        assert_eq!(refused_fields(trusted_issuers::create(core, &admin, "acme", new).await), fields, "{issuer}");
    }
    for number in 0..MAX_TRUSTED_ISSUERS {
        let new = NewTrustedIssuer { issuer: format!("https://idp{number}.example"), ..new_issuer(None) };
        trusted_issuers::create(core, &admin, "acme", new).await.unwrap();
    }
    assert_eq!(conflict(trusted_issuers::create(core, &admin, "acme", new_issuer(None)).await), "too-many-rules");
}

#[tokio::test]
async fn a_user_alone_gets_nothing() {
    let (shop, prover) = trusting().await;
    let token = prover.sign(&header(), &user());
    let request = oauth::TokenRequest { client: None, ..exchange_text(&shop.cart, &token, ID_TOKEN, &shop.orders) };
    assert_eq!(word(&oauth::token(&shop.world.core, request).await), "invalid_client");
    let plain = request_with_subject(&shop, &token);
    assert_eq!(shop.ask(plain).await, "issued", "another grant takes no notice of it");
}

fn request_with_subject(shop: &Shop, token: &str) -> oauth::TokenRequest {
    oauth::TokenRequest {
        exchange: exchange_text(&shop.cart, token, ID_TOKEN, &shop.orders).exchange,
        ..request(&shop.cart)
    }
}
