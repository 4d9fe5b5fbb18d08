//! Lists of networks: on keys, apps and service accounts, and sealed into what is made of them; and for whom an API takes
//! callers (contract sections 4, 8 and 10).

use latchkey_core::apis::{self, Api, ApiPatch, Principals};
use latchkey_core::apps::{self, AppPatch, NewApp};
use latchkey_core::keys::{self, CreatedKey, KeyPatch, NewKey};
use latchkey_core::oauth::{self, Introspection, IntrospectionForm, IntrospectionRequest, Introspector, TokenRequest};
use latchkey_core::service_accounts::{self, NewServiceAccount, ServiceAccountPatch};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Error, PlainSecret, signing};
use latchkey_jose::{AccessToken, AddressRules, CompactJws};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};

use crate::apps::{MadeApp, grant, new_app};
use crate::client_assertions::{jwks, key};
use crate::jwt_bearer::{assertion, request as by_assertion};
use crate::oauth::{claims, request, word};
use crate::outside_subjects::{header, trusting, user};
use crate::service_accounts::new_account;
use crate::setup::{START, World, refused_fields};
use crate::token_exchange::{ID_TOKEN, Shop, exchange, exchange_text};

const INSIDE: &str = "203.0.113.9";
const OUTSIDE: &str = "198.51.100.1";

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn rules(allowed: &[&str], denied: &[&str]) -> AddressRules {
    let parsed = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    AddressRules { allowed: parsed(allowed), denied: parsed(denied) }
}

/// An API of `acme`, and what it asks with.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read"]).await;
        Self::with(world, api).await
    }

    async fn with(world: World, api: Api) -> Self {
        let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
        let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
        Self { verification_key: made.secret.expose().to_owned(), world, api }
    }

    async fn key(&self, kind: CredentialKind, allowed: &[&str], denied: &[&str]) -> CreatedKey {
        let new = NewKey {
            kind,
            name: "checkout".to_owned(),
            api: self.api.id.to_string(),
            allowed_ips: list(allowed),
            denied_ips: list(denied),
            ..NewKey::default()
        };
        keys::create(&self.world.core, &self.world.acme(Role::Developer), "acme", new).await.unwrap()
    }

    async fn change(&self, key: &CreatedKey, allowed: &[&str], denied: &[&str]) {
        let patch =
            KeyPatch { allowed_ips: Some(list(allowed)), denied_ips: Some(list(denied)), ..KeyPatch::default() };
        let developer = self.world.acme(Role::Developer);
        keys::update(&self.world.core, &developer, "acme", &key.key.id, patch).await.unwrap();
    }

    async fn code(&self, credential: &str, ip: Option<&str>) -> Outcome {
        let ip = ip.map(|ip| ip.parse().unwrap());
        let asked = VerifyRequest { credential, ip, ..VerifyRequest::default() };
        verify::verify(&self.world.core, &self.verification_key, &asked).await.unwrap().code
    }

    /// From inside, from outside, and from nobody says where.
    async fn codes(&self, credential: &str) -> [Outcome; 3] {
        [
            self.code(credential, Some(INSIDE)).await,
            self.code(credential, Some(OUTSIDE)).await,
            self.code(credential, None).await,
        ]
    }

    /// An app of `acme` for the API.
    async fn app(&self, allowed: &[&str], denied: &[&str]) -> MadeApp {
        let new = NewApp {
            allowed_ips: list(allowed),
            denied_ips: list(denied),
            ..new_app(vec![grant(&self.api.audience, &["read"])])
        };
        let made = apps::create(&self.world.core, &self.world.acme(Role::Developer), "acme", new).await.unwrap();
        MadeApp { app: made.app, client_secret: made.client_secret.unwrap() }
    }
}

fn from(request: TokenRequest, ip: &str) -> TokenRequest {
    TokenRequest { ip: Some(ip.parse().unwrap()), ..request }
}

const ONLY_INSIDE: [Outcome; 3] = [Outcome::Valid, Outcome::IpNotAllowed, Outcome::IpNotAllowed];
const NOWHERE: [Outcome; 3] = [Outcome::IpNotAllowed; 3];
const ANYWHERE: [Outcome; 3] = [Outcome::Valid; 3];

#[tokio::test]
async fn keys_are_taken_from_where_their_lists_admit() {
    let scene = Scene::new().await;
    for kind in [CredentialKind::ApiKey, CredentialKind::JwtKey] {
        let free = scene.key(kind, &[], &[]).await;
        assert_eq!(scene.codes(free.secret.expose()).await, ANYWHERE);
        let made = scene.key(kind, &["203.0.113.0/24", "2001:db8::/32"], &["203.0.113.66"]).await;
        assert_eq!(scene.codes(made.secret.expose()).await, ONLY_INSIDE, "{kind}");
        for (ip, expected) in [
            ("::ffff:203.0.113.9", Outcome::Valid),
            ("2001:db8:1::1", Outcome::Valid),
            ("203.0.113.66", Outcome::IpNotAllowed),
            ("::ffff:203.0.113.66", Outcome::IpNotAllowed),
            ("2001:db9::1", Outcome::IpNotAllowed),
        ] {
            assert_eq!(scene.code(made.secret.expose(), Some(ip)).await, expected, "{kind} {ip}");
        }
        // only a deny list: from everywhere else, but somebody must say from where
        let denied = scene.key(kind, &[], &["203.0.113.0/24"]).await;
        let codes = scene.codes(denied.secret.expose()).await;
        assert_eq!(codes, [Outcome::IpNotAllowed, Outcome::Valid, Outcome::IpNotAllowed], "{kind}");
    }
}

// a list is tightened at once; what a JWT says itself is loosened with the next one alone
#[tokio::test]
async fn a_changed_list_holds_at_once_and_a_jwt_keeps_its_own() {
    let scene = Scene::new().await;
    let made = scene.key(CredentialKind::ApiKey, &[], &[]).await;
    assert_eq!(scene.codes(made.secret.expose()).await, ANYWHERE);
    scene.change(&made, &["203.0.113.0/24"], &[]).await;
    assert_eq!(scene.codes(made.secret.expose()).await, ONLY_INSIDE);
    scene.change(&made, &[], &[]).await;
    assert_eq!(scene.codes(made.secret.expose()).await, ANYWHERE);

    let jwt = scene.key(CredentialKind::JwtKey, &["203.0.113.0/24"], &[]).await;
    scene.change(&jwt, &[], &["203.0.113.9"]).await;
    assert_eq!(scene.codes(jwt.secret.expose()).await, NOWHERE, "sealed and present both count");
    scene.change(&jwt, &[], &[]).await;
    assert_eq!(scene.codes(jwt.secret.expose()).await, ONLY_INSIDE, "it says its list itself");
    let developer = scene.world.acme(Role::Developer);
    let rotated = keys::rotate(&scene.world.core, &developer, "acme", &jwt.key.id, 0).await.unwrap();
    assert_eq!(scene.codes(rotated.secret.expose()).await, ANYWHERE);
    let rows = scene.world.audit_text().await;
    assert!(
        rows.contains("denied_ips") && !rows.contains("203.0.113.0/24"),
        "addresses don't stand in the log: {rows}"
    );
}

#[tokio::test]
async fn what_was_typed_is_checked() {
    let scene = Scene::new().await;
    let (core, owner) = (&scene.world.core, scene.world.acme(Role::Owner));
    let (allowed_ips, denied_ips) = (list(&["10.0.0.1/8"]), list(&["10.0.0.0/8", "here"]));
    let expected = ["allowed_ips/0", "denied_ips/1"];
    let new = NewKey {
        name: "x".to_owned(),
        api: scene.api.id.to_string(),
        allowed_ips: allowed_ips.clone(),
        denied_ips: denied_ips.clone(),
        ..NewKey::default()
    };
    assert_eq!(refused_fields(keys::create(core, &owner, "acme", new).await), expected);
    let (allowed, denied) = (allowed_ips.clone(), denied_ips.clone());
    let new = NewApp { allowed_ips: allowed, denied_ips: denied, ..new_app(Vec::new()) };
    assert_eq!(refused_fields(apps::create(core, &owner, "acme", new).await), expected);
    let new = NewServiceAccount { allowed_ips, denied_ips, ..new_account(&[Role::Viewer], None) };
    assert_eq!(refused_fields(service_accounts::create(core, &owner, "acme", new).await), expected);
}

// an app gets tokens only from where it may come, and its tokens are used only from there
#[tokio::test]
async fn apps_come_from_where_their_lists_admit() {
    let scene = Scene::new().await;
    let core = &scene.world.core;
    let made = scene.app(&["203.0.113.0/24"], &["203.0.113.66"]).await;
    for (ip, expected) in [(INSIDE, "issued"), (OUTSIDE, "invalid_client"), ("203.0.113.66", "invalid_client")] {
        // the second time the client is remembered
        for _ in 0..2 {
            assert_eq!(word(&oauth::token(core, from(request(&made), ip)).await), expected, "{ip}");
        }
    }
    assert_eq!(word(&oauth::token(core, request(&made)).await), "invalid_client", "nobody says from where");
    let token = oauth::token(core, from(request(&made), INSIDE)).await.unwrap();
    assert_eq!(claims(&scene.world, &token).await.addresses, [rules(&["203.0.113.0/24"], &["203.0.113.66/32"])]);
    let text = token.access_token.expose();
    assert_eq!(scene.codes(text).await, ONLY_INSIDE);

    let developer = scene.world.acme(Role::Developer);
    let change = async |allowed: &[&str], denied: &[&str]| {
        let (allowed_ips, denied_ips) = (Some(list(allowed)), Some(list(denied)));
        let patch = AppPatch { allowed_ips, denied_ips, ..AppPatch::default() };
        apps::update(core, &developer, "acme", &made.app.id, patch).await.unwrap();
    };
    change(&[], &[]).await;
    assert_eq!(scene.codes(text).await, ONLY_INSIDE, "what it seals stays");
    assert_eq!(word(&oauth::token(core, from(request(&made), OUTSIDE)).await), "issued");
    change(&[], &[INSIDE]).await;
    assert_eq!(scene.codes(text).await, NOWHERE, "and what the app says now counts, too");
}

#[tokio::test]
async fn service_accounts_come_from_where_their_lists_admit() {
    let scene = Scene::new().await;
    let (core, owner) = (&scene.world.core, scene.world.acme(Role::Owner));
    let new = NewServiceAccount {
        allowed_ips: list(&["203.0.113.0/24"]),
        ..new_account(&[Role::Developer], Some(jwks(&[&key(1)])))
    };
    let account = service_accounts::create(core, &owner, "acme", new).await.unwrap().account;
    let sign = |jti: &str| assertion(account.id.as_str(), jti, START);
    let at = |jti: &str, resource: &str, ip: &str| from(by_assertion(&sign(jti), resource), ip);
    let outside = oauth::token(core, at("a", &scene.api.audience, OUTSIDE)).await;
    assert_eq!(word(&outside), "invalid_grant");
    let unknown = oauth::token(core, by_assertion(&sign("a"), &scene.api.audience)).await;
    assert_eq!(word(&unknown), "invalid_grant");
    // what was refused isn't used up
    let token = oauth::token(core, at("a", &scene.api.audience, INSIDE)).await.unwrap();
    assert_eq!(scene.codes(token.access_token.expose()).await, ONLY_INSIDE);

    let managing = oauth::token(core, at("b", "https://portal.example/api/v1", INSIDE)).await.unwrap();
    let call = async |ip: Option<&str>| {
        let ip = ip.map(|ip| ip.parse().unwrap());
        service_accounts::authenticate(core, managing.access_token.expose(), ip).await
    };
    assert!(call(Some(INSIDE)).await.is_ok());
    for elsewhere in [Some(OUTSIDE), None] {
        assert!(matches!(call(elsewhere).await, Err(Error::Unauthenticated)));
    }
    let patch = ServiceAccountPatch { denied_ips: Some(list(&[INSIDE])), ..ServiceAccountPatch::default() };
    service_accounts::update(core, &owner, "acme", &account.id, patch).await.unwrap();
    assert!(matches!(call(Some(INSIDE)).await, Err(Error::Unauthenticated)), "what it says now counts");
    assert_eq!(scene.codes(token.access_token.expose()).await, NOWHERE);
}

// every list that applies must admit: the subject token's, the actor's, the client's
#[tokio::test]
async fn an_exchanged_token_seals_every_list() {
    let shop = Shop::new().await;
    let core = &shop.world.core;
    let limit = async |app: &MadeApp, allowed: &[&str]| {
        let patch = AppPatch { allowed_ips: Some(list(allowed)), ..AppPatch::default() };
        apps::update(core, &shop.developer(), "acme", &app.app.id, patch).await.unwrap();
    };
    limit(&shop.cart, &["203.0.113.0/24"]).await;
    limit(&shop.order, &["203.0.113.0/28", "198.51.100.0/24"]).await;
    let first = oauth::token(core, from(request(&shop.cart), INSIDE)).await.unwrap();
    let asked = || exchange(&shop.order, &first, &shop.payments);
    assert_eq!(shop.ask(asked()).await, "invalid_client");
    // the client may come from there, the subject token may not
    assert_eq!(shop.ask(from(asked(), OUTSIDE)).await, "invalid_request");
    let second = oauth::token(core, from(asked(), INSIDE)).await.unwrap();
    let sealed = shop.claims(&second).await.addresses;
    assert_eq!(sealed, [rules(&["203.0.113.0/24"], &[]), rules(&["203.0.113.0/28", "198.51.100.0/24"], &[])]);

    let scene = Scene::with(shop.world, shop.payments).await;
    let text = second.access_token.expose();
    assert_eq!(scene.codes(text).await, ONLY_INSIDE);
    // in the one list, not in the other
    for ip in ["203.0.113.77", OUTSIDE] {
        assert_eq!(scene.code(text, Some(ip)).await, Outcome::IpNotAllowed, "{ip}");
    }
}

#[tokio::test]
async fn the_phantom_says_where_its_credential_may_be_used_from() {
    let scene = Scene::new().await;
    let made = scene.key(CredentialKind::ApiKey, &["203.0.113.0/24"], &[]).await;
    let asked = |ip: Option<&str>| VerifyRequest {
        credential: made.secret.expose(),
        ip: ip.map(|ip| ip.parse().unwrap()),
        cost: 1,
        ..VerifyRequest::default()
    };
    let core = &scene.world.core;
    let good = verify::forward(core, &scene.verification_key, &asked(Some(INSIDE))).await.unwrap();
    let phantom = good.phantom.unwrap();
    let ring = signing::current(core).await.unwrap();
    let jws = CompactJws::parse(phantom.expose()).unwrap();
    let said = AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap();
    assert_eq!(said.addresses, [rules(&["203.0.113.0/24"], &[])]);
    for elsewhere in [Some(OUTSIDE), None] {
        let refused = verify::forward(core, &scene.verification_key, &asked(elsewhere)).await.unwrap();
        assert!(refused.phantom.is_none() && refused.answer.code == Outcome::IpNotAllowed);
    }
}

// RFC 7662 section 2.1: a request may say more
#[tokio::test]
async fn introspection_is_told_from_where() {
    let scene = Scene::new().await;
    let made = scene.app(&["203.0.113.0/24"], &[]).await;
    let token = oauth::token(&scene.world.core, from(request(&made), INSIDE)).await.unwrap();
    let active = async |ip: Option<&str>| {
        let verification_key = PlainSecret::new(scene.verification_key.clone());
        let asked = IntrospectionRequest {
            token: Some(token.access_token.clone()),
            ip: ip.map(|ip| ip.parse().unwrap()),
            caller: Some(Introspector::Api { id: None, verification_key }),
            form: IntrospectionForm::Json,
        };
        match oauth::introspect(&scene.world.core, &asked).await.unwrap() {
            Introspection::Json(said) => said.contains(r#""active":true"#),
            other => panic!("{other:?}"),
        }
    };
    assert!(active(Some(INSIDE)).await);
    assert!(!active(Some(OUTSIDE)).await && !active(None).await);
}

// a kind of principal that the API doesn't take
#[tokio::test]
async fn an_api_takes_programs_or_people_or_both() {
    let (shop, prover) = trusting().await;
    let admin = shop.world.acme(Role::Admin);
    let scene = Scene::with(shop.world, shop.orders).await;
    let core = &scene.world.core;
    let take = async |principals| {
        let patch = ApiPatch { principals: Some(principals), ..ApiPatch::default() };
        apis::update(core, &admin, "acme", &scene.api.id, patch).await.unwrap();
    };
    let key = scene.key(CredentialKind::ApiKey, &[], &[]).await;
    let own = oauth::token(core, request_for(&shop.cart, &scene.api)).await.unwrap();
    let outside = prover.sign(&header(), &user());
    let for_user = oauth::token(core, exchange_text(&shop.cart, &outside, ID_TOKEN, &scene.api)).await.unwrap();
    let credentials = [key.secret.expose(), own.access_token.expose(), for_user.access_token.expose()];
    let (valid, refused) = (Outcome::Valid, Outcome::ChainNotAllowed);
    for (principals, expected) in [
        (Principals::Both, [valid, valid, valid]),
        (Principals::Service, [valid, valid, refused]),
        (Principals::User, [refused, refused, valid]),
    ] {
        take(principals).await;
        for (credential, expected) in credentials.iter().zip(expected) {
            assert_eq!(scene.code(credential, None).await, expected, "{principals:?}");
        }
    }
    // nothing is made that couldn't be used
    assert_eq!(word(&oauth::token(core, request_for(&shop.cart, &scene.api)).await), "invalid_target");
    let new = NewKey { name: "x".to_owned(), api: scene.api.id.to_string(), ..NewKey::default() };
    let made = keys::create(core, &scene.world.acme(Role::Developer), "acme", new).await;
    assert_eq!(refused_fields(made), ["api"]);
    take(Principals::Service).await;
    let again = oauth::token(core, exchange_text(&shop.cart, &outside, ID_TOKEN, &scene.api)).await;
    assert_eq!(word(&again), "invalid_target");
}

fn request_for(app: &MadeApp, api: &Api) -> TokenRequest {
    TokenRequest { resource: vec![api.audience.clone()], ..request(app) }
}
