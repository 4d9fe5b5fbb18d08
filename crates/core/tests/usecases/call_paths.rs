//! Call paths: contract sections 4, 8 and 10.

use latchkey_core::apis::{self, Api, CallEdge, CallPathDefault, CallPaths, NewCallPath, NewCallPaths};
use latchkey_core::keys::{self, KeyPatch, NewKey};
use latchkey_core::oauth::{self, Introspection, IntrospectionForm, IntrospectionRequest, Introspector};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Core, Error};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};

use crate::setup::{World, refused_fields};
use crate::token_exchange::{Shop, exchange};

fn item(chain: &[&str]) -> NewCallPath {
    NewCallPath { caller: chain[0].to_owned(), via: chain[1..].iter().map(ToString::to_string).collect() }
}

fn paths(default: CallPathDefault, max_depth: i64, items: &[&[&str]]) -> NewCallPaths {
    NewCallPaths { default, max_depth, items: items.iter().map(|chain| item(chain)).collect() }
}

async fn set(world: &World, api: &Api, new: NewCallPaths) -> CallPaths {
    apis::set_call_paths(&world.core, &world.acme(Role::Admin), "acme", &api.id, new).await.unwrap()
}

#[tokio::test]
async fn only_order_called_by_cart() {
    let shop = Shop::new().await;
    let world = &shop.world;
    let (cart, order, payment) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str(), shop.payment.app.id.as_str());
    let first = shop.own(&shop.cart, &shop.orders).await;
    let by_cart = shop.issue(exchange(&shop.order, &first, &shop.payments)).await;
    let by_itself = shop.own(&shop.order, &shop.payments).await;
    let from_payment = shop.issue(exchange(&shop.payment, &first, &shop.payments)).await;
    let longer = shop.issue(exchange(&shop.order, &from_payment, &shop.payments)).await;
    let all = [&by_cart, &by_itself, &from_payment, &longer];
    for token in all {
        assert_eq!(shop.code(&shop.payments, token.access_token.expose()).await, Outcome::Valid);
    }
    // at once, for tokens that are remembered as good
    set(world, &shop.payments, paths(CallPathDefault::Deny, 3, &[&[order, cart]])).await;
    assert_eq!(shop.code(&shop.payments, by_cart.access_token.expose()).await, Outcome::Valid);
    for token in &all[1..] {
        assert_eq!(shop.code(&shop.payments, token.access_token.expose()).await, Outcome::ChainNotAllowed);
    }
    // refused where they would be issued, too
    assert_eq!(shop.ask(exchange(&shop.order, &first, &shop.payments)).await, "issued");
    assert_eq!(shop.ask(exchange(&shop.payment, &first, &shop.payments)).await, "invalid_target");
    set(world, &shop.payments, paths(CallPathDefault::Deny, 3, &[&[order, payment, cart], &[order]])).await;
    for (token, expected) in all.into_iter().zip([false, true, false, true]) {
        let code = if expected { Outcome::Valid } else { Outcome::ChainNotAllowed };
        assert_eq!(shop.code(&shop.payments, token.access_token.expose()).await, code);
    }
    // no deeper than that, whatever isn't listed
    set(world, &shop.payments, paths(CallPathDefault::Allow, 2, &[])).await;
    for (token, expected) in all.into_iter().zip([true, true, true, false]) {
        let code = if expected { Outcome::Valid } else { Outcome::ChainNotAllowed };
        assert_eq!(shop.code(&shop.payments, token.access_token.expose()).await, code);
    }
    // an inactive token is not exchanged, and one whose chain is refused is inactive
    assert_eq!(shop.ask(exchange(&shop.payment, &longer, &shop.orders)).await, "invalid_request");
}

// F3: what may not call is not active
#[tokio::test]
async fn introspection_says_the_same() {
    let shop = Shop::new().await;
    let core = &shop.world.core;
    let admin = shop.world.acme(Role::Admin);
    let live = vec![Environment::Live];
    let gateway = apis::create_verification_key(core, &admin, "acme", &shop.orders.id, "gateway", live).await.unwrap();
    let token = shop.own(&shop.cart, &shop.orders).await;
    for (default, active) in [(CallPathDefault::Allow, true), (CallPathDefault::Deny, false)] {
        set(&shop.world, &shop.orders, paths(default, 8, &[])).await;
        let asked = IntrospectionRequest {
            token: Some(token.access_token.clone()),
            ip: None,
            caller: Some(Introspector::Api { id: None, verification_key: gateway.secret.clone() }),
            form: IntrospectionForm::Json,
        };
        let Introspection::Json(said) = oauth::introspect(core, &asked).await.unwrap() else { panic!("not JSON") };
        let said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&said).unwrap();
        assert_eq!((said["active"] == active, said.len() > 1), (true, active));
    }
}

async fn key(world: &World, api: &Api, kind: CredentialKind) -> (String, String) {
    let new = NewKey {
        kind,
        name: "batch".to_owned(),
        api: api.id.to_string(),
        environment: Environment::Live,
        scopes: Vec::new(),
        expires_at: Some(world.core.clock.now().plus_seconds(3600)),
        owner: None,
        metadata: None,
        labels: None,
        allowed_ips: vec!["192.0.2.1".to_owned()],
        ..NewKey::default()
    };
    let made = keys::create(&world.core, &world.acme(Role::Developer), "acme", new).await.unwrap();
    (made.key.id.to_string(), made.secret.expose().to_owned())
}

async fn code(core: &Core, verification_key: &str, credential: &str, ip: Option<&str>) -> Outcome {
    let ip = ip.map(|ip| ip.parse().unwrap());
    let request = VerifyRequest { credential, ip, ..VerifyRequest::default() };
    verify::verify(core, verification_key, &request).await.unwrap().code
}

// contract section 10, "Verify": the place of the code in the order
#[tokio::test]
async fn a_key_is_a_chain_of_itself() {
    let shop = Shop::new().await;
    let (world, core) = (&shop.world, &shop.world.core);
    let admin = world.acme(Role::Admin);
    let environments = vec![Environment::Live];
    let gateway =
        apis::create_verification_key(core, &admin, "acme", &shop.orders.id, "gateway", environments).await.unwrap();
    let gateway = gateway.secret.expose();
    for kind in [CredentialKind::ApiKey, CredentialKind::JwtKey] {
        let (id, secret) = key(world, &shop.orders, kind).await;
        let good = Some("192.0.2.1");
        set(world, &shop.orders, paths(CallPathDefault::Deny, 1, &[&[id.as_str()]])).await;
        assert_eq!(code(core, gateway, &secret, good).await, Outcome::Valid);
        assert_eq!(code(core, gateway, &secret, None).await, Outcome::IpNotAllowed);
        set(world, &shop.orders, paths(CallPathDefault::Deny, 1, &[])).await;
        assert_eq!(code(core, gateway, &secret, good).await, Outcome::ChainNotAllowed);
        assert_eq!(code(core, gateway, &secret, None).await, Outcome::ChainNotAllowed, "before IP_NOT_ALLOWED");
        keys::disable(core, &admin, "acme", &id.parse().unwrap()).await.unwrap();
        assert_eq!(code(core, gateway, &secret, good).await, Outcome::Disabled, "after DISABLED");
        keys::enable(core, &admin, "acme", &id.parse().unwrap()).await.unwrap();
        let ended = KeyPatch { name: Some("still".to_owned()), ..KeyPatch::default() };
        keys::update(core, &admin, "acme", &id.parse().unwrap(), ended).await.unwrap();
        set(world, &shop.orders, paths(CallPathDefault::Allow, 1, &[])).await;
        assert_eq!(code(core, gateway, &secret, good).await, Outcome::Valid);
    }
    let (_, secret) = key(world, &shop.orders, CredentialKind::ApiKey).await;
    set(world, &shop.orders, paths(CallPathDefault::Deny, 1, &[])).await;
    world.clock.advance(3600);
    verify::follow(core).await.unwrap();
    assert_eq!(code(core, gateway, &secret, None).await, Outcome::Expired, "after EXPIRED");
}

#[tokio::test]
async fn what_was_set_is_shown_and_logged() {
    let shop = Shop::new().await;
    let (world, core) = (&shop.world, &shop.world.core);
    let (viewer, admin, api) = (world.acme(Role::Viewer), world.acme(Role::Admin), &shop.payments);
    let shown = apis::call_paths(core, &viewer, "acme", &api.id).await.unwrap();
    assert_eq!(shown, CallPaths { default: CallPathDefault::Allow, max_depth: 8, items: Vec::new() });
    let new = || {
        paths(CallPathDefault::Deny, 2, &[&["app_0000000000000001", "sa_0000000000000002"], &["key_0000000000000003"]])
    };
    let stored = set(world, api, new()).await;
    assert_eq!(apis::call_paths(core, &viewer, "acme", &api.id).await.unwrap(), stored);
    assert_eq!(apis::get(core, &viewer, "acme", &api.id).await.unwrap().call_paths, Some(stored.clone()));
    assert_eq!((stored.max_depth, stored.items.len()), (2, 2));
    set(world, api, new()).await;
    let rows = world.audit_rows(Some(&world.acme.id), api.id.as_str()).await;
    let rows: Vec<_> = rows.iter().filter(|row| row.action == "api.call_paths.set").collect();
    assert_eq!(rows.len(), 1, "the same again is no change");
    assert_eq!(
        (&rows[0].detail["from"]["default"], &rows[0].detail["to"]["default"]),
        (&"allow".into(), &"deny".into())
    );
    // other changes of the API leave them
    let renamed = apis::ApiPatch { name: Some("Pay".to_owned()), ..apis::ApiPatch::default() };
    let renamed = apis::update(core, &admin, "acme", &api.id, renamed).await.unwrap();
    assert_eq!(renamed.call_paths, Some(stored));
    for role in [Role::Viewer, Role::Developer] {
        let denied = apis::set_call_paths(core, &world.acme(role), "acme", &api.id, new()).await;
        assert!(matches!(denied, Err(Error::Forbidden(_))));
    }
    let foreign = apis::set_call_paths(core, &world.globex(Role::Owner), "globex", &api.id, new()).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    let foreign = apis::call_paths(core, &world.globex(Role::Owner), "globex", &api.id).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
}

#[tokio::test]
async fn bad_members_are_named() {
    let shop = Shop::new().await;
    let (world, core) = (&shop.world, &shop.world.core);
    let admin = world.acme(Role::Admin);
    let (one, two) = ("app_0000000000000001", "app_0000000000000002");
    let deny = CallPathDefault::Deny;
    let many: Vec<NewCallPath> = (0..201).map(|number| item(&[&format!("app_{number:016}")])).collect();
    for (new, fields) in [
        (paths(deny, 0, &[]), &["max_depth"][..]),
        (paths(deny, 9, &[]), &["max_depth"]),
        (paths(deny, -1, &[]), &["max_depth"]),
        (paths(deny, i64::MAX, &[]), &["max_depth"]),
        (paths(deny, 2, &[&[one], &["cart"]]), &["items/1/caller"]),
        (paths(deny, 2, &[&["org_0000000000000001"]]), &["items/0/caller"]),
        (paths(deny, 2, &[&[one, "key_0000000000000001"]]), &["items/0/via/0"]),
        (paths(deny, 3, &[&[one, two, ""]]), &["items/0/via/1"]),
        (paths(deny, 2, &[&[one, two, one]]), &["items/0/via"]),
        (paths(deny, 1, &[&[one, two]]), &["items/0/via"]),
        (paths(deny, 2, &[&[one, two], &[one], &[one, two]]), &["items/2"]),
        (NewCallPaths { items: many, ..paths(deny, 1, &[]) }, &["items"]),
        (paths(deny, 9, &[&["x", "y"]]), &["max_depth", "items/0/caller", "items/0/via/0"]),
    ] {
        let said = format!("{new:?}");
        let refused = apis::set_call_paths(core, &admin, "acme", &shop.payments.id, new).await;
        assert_eq!(refused_fields(refused), fields, "{}", &said[..said.len().min(300)]);
    }
    assert_eq!(apis::get(core, &admin, "acme", &shop.payments.id).await.unwrap().call_paths, None);
    // two hundred are fine, and so is a loop
    let most: Vec<NewCallPath> = (0..199).map(|number| item(&[&format!("app_{number:016}")])).collect();
    let mut new = NewCallPaths { items: most, ..paths(deny, 8, &[]) };
    new.items.push(item(&[one, two, one]));
    assert_eq!(set(world, &shop.payments, new).await.items.len(), 200);
}

#[tokio::test]
async fn the_graph_has_everyone_once() {
    let shop = Shop::new().await;
    let (world, core) = (&shop.world, &shop.world.core);
    let (cart, order, payment) = (shop.cart.app.id.as_str(), shop.order.app.id.as_str(), shop.payment.app.id.as_str());
    let viewer = world.acme(Role::Viewer);
    let empty = apis::call_graph(core, &viewer, "acme", &shop.payments.id).await.unwrap();
    assert_eq!((empty.nodes.len(), empty.edges.len()), (1, 0));
    let stranger = "app_0000000000000009";
    let chains: [&[&str]; 4] = [&[order, cart], &[order, payment, cart], &[order], &[stranger, cart]];
    set(world, &shop.payments, paths(CallPathDefault::Deny, 3, &chains)).await;
    let graph = apis::call_graph(core, &viewer, "acme", &shop.payments.id).await.unwrap();
    let edge = |from: &str, to: &str| CallEdge { from: from.to_owned(), to: to.to_owned() };
    let api = shop.payments.id.as_str();
    let mut expected = vec![
        edge(cart, order),
        edge(order, api),
        edge(cart, payment),
        edge(payment, order),
        edge(cart, stranger),
        edge(stranger, api),
    ];
    expected.sort();
    assert_eq!(graph.edges, expected);
    let name = |id: &str| graph.nodes.iter().find(|node| node.id == id).unwrap().name.clone();
    assert_eq!((name(order).as_deref(), name(api).as_deref()), (Some("billing"), Some("payments")));
    assert_eq!((name(stranger), graph.nodes.len()), (None, 5));
    assert!(matches!(
        apis::call_graph(core, &world.globex(Role::Owner), "globex", &shop.payments.id).await,
        Err(Error::NotFound)
    ));
}
