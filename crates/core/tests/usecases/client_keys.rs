//! Public keys of apps, how they go together with the ways to authenticate, and trading a secret for one: F-17.

use latchkey_core::apps::{self, App, AppPatch, AuthMethod, Exchange, NewApp, NewGrant, SecretUse, TokenBinding};
use latchkey_core::oauth::{
    self, BootstrapRequest, ClientAssertion, ClientAuthentication, ClientCredentials, RegisteredClient, TokenError,
    TokenRequest,
};
use latchkey_core::{Core, Error, NewClientKey, PlainSecret};
use latchkey_jose::SigningKey;
use latchkey_types::Role;
use serde_json::{Value, json};

use crate::apps::{created, grant};
use crate::client_assertions::{claims, jwk, jwks, key};
use crate::setup::{START, World, conflict, refused_fields};

fn new(auth_method: AuthMethod) -> NewApp {
    NewApp { name: "billing".to_owned(), auth_method, ..NewApp::default() }
}

async fn create(world: &World, new: NewApp) -> Result<apps::CreatedApp, Error> {
    apps::create(&world.core, &world.acme(Role::Developer), "acme", new).await
}

async fn add(world: &World, app: &App, jwk: Value) -> Result<apps::ClientKey, Error> {
    let new = NewClientKey { jwk, expires_at: None };
    apps::add_key(&world.core, &world.acme(Role::Developer), "acme", &app.id, new).await
}

#[tokio::test]
async fn keys_live_and_end() {
    let world = World::new().await;
    let app = created(&world).await.app;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let first = add(&world, &app, jwk(&key(1))).await.unwrap();
    // without a kid it gets its thumbprint; what isn't of a public key is not kept
    let mut unnamed = jwk(&key(2));
    unnamed.as_object_mut().unwrap().remove("kid");
    unnamed["note"] = json!("canary");
    world.clock.advance(1);
    let second = add(&world, &app, unnamed).await.unwrap();
    assert_eq!((first.kid.as_str(), second.kid.as_str()), (key(1).kid(), key(2).kid()));
    let listed = apps::list_keys(core, &world.acme(Role::Viewer), "acme", &app.id).await.unwrap();
    assert_eq!(listed, [second.clone(), first.clone()]);
    assert!(!format!("{listed:?}").contains("canary"));
    apps::delete_key(core, &caller, "acme", &app.id, &first.id).await.unwrap();
    assert!(matches!(apps::delete_key(core, &caller, "acme", &app.id, &first.id).await, Err(Error::NotFound)));
    for number in 3..12 {
        add(&world, &app, jwk(&key(number))).await.unwrap();
    }
    assert_eq!(conflict(add(&world, &app, jwk(&key(12))).await), "too-many-keys");
    let actions = world.actions_on(&world.acme, app.id.as_str()).await;
    assert_eq!(actions.iter().filter(|action| *action == "app.key.create").count(), 11);
    assert_eq!(actions.iter().filter(|action| *action == "app.key.delete").count(), 1);
}

#[tokio::test]
async fn what_is_no_new_public_key_is_refused_by_name() {
    let world = World::new().await;
    let app = created(&world).await.app;
    add(&world, &app, jwk(&key(1))).await.unwrap();
    let mut private = jwk(&key(2));
    (private["d"], private["p"]) = (json!("AA"), json!("AA"));
    let mut renamed = jwk(&key(1));
    renamed["kid"] = json!("another name");
    let mut same_name = jwk(&key(2));
    same_name["kid"] = jwk(&key(1))["kid"].clone();
    let mut nul = jwk(&key(2));
    nul["kid"] = json!("a\0b");
    for (typed, fields) in [
        (private, vec!["jwk/d", "jwk/p"]),
        (json!({ "kty": "oct", "k": "AA" }), vec!["jwk/k"]),
        (json!({ "kty": "EC", "crv": "P-384" }), vec!["jwk"]),
        (json!({}), vec!["jwk"]),
        (json!("key"), vec!["jwk"]),
        (json!([jwk(&key(2))]), vec!["jwk"]),
        (jwk(&key(1)), vec!["jwk"]),
        (renamed, vec!["jwk"]),
        (same_name, vec!["jwk"]),
        (nul, vec!["jwk"]),
    ] {
        assert_eq!(refused_fields(add(&world, &app, typed.clone()).await), fields, "{typed}");
    }
    let past = NewClientKey { jwk: jwk(&key(2)), expires_at: Some(START) };
    let refused = apps::add_key(&world.core, &world.acme(Role::Developer), "acme", &app.id, past).await;
    assert_eq!(refused_fields(refused), ["expires_at"]);
}

// F-14, API5
#[tokio::test]
async fn keys_of_another_organisation_are_not_there() {
    let world = World::new().await;
    let app = created(&world).await.app;
    let there = add(&world, &app, jwk(&key(1))).await.unwrap();
    let (core, id) = (&world.core, &app.id);
    for org in ["acme", "globex"] {
        let caller = world.globex(Role::Owner);
        let new = NewClientKey { jwk: jwk(&key(2)), expires_at: None };
        assert!(matches!(apps::list_keys(core, &caller, org, id).await, Err(Error::NotFound)));
        assert!(matches!(apps::add_key(core, &caller, org, id, new).await, Err(Error::NotFound)));
        assert!(matches!(apps::delete_key(core, &caller, org, id, &there.id).await, Err(Error::NotFound)));
    }
    let viewer = world.acme(Role::Viewer);
    let new = NewClientKey { jwk: jwk(&key(2)), expires_at: None };
    assert!(matches!(apps::add_key(core, &viewer, "acme", id, new).await, Err(Error::Forbidden(_))));
    assert!(matches!(apps::delete_key(core, &viewer, "acme", id, &there.id).await, Err(Error::Forbidden(_))));
    apps::revoke(core, &world.acme(Role::Owner), "acme", id, None).await.unwrap();
    assert_eq!(conflict(add(&world, &app, jwk(&key(2))).await), "already-revoked");
}

#[tokio::test]
async fn what_proves_an_app_goes_together() {
    let world = World::new().await;
    let uri = || Some("https://app.example/jwks.json".to_owned());
    let keys = || Some(jwks(&[&key(1)]));
    let twice = json!({ "keys": [jwk(&key(1)), jwk(&key(1))] });
    let mut private = jwks(&[&key(1), &key(2)]);
    private["keys"][1]["d"] = json!("AA");
    let many: Vec<SigningKey> = (1..12).map(key).collect();
    let jwt = AuthMethod::PrivateKeyJwt;
    for (typed, fields) in [
        (new(jwt), vec!["jwks"]),
        (NewApp { jwks: keys(), jwks_uri: uri(), ..new(jwt) }, vec!["jwks_uri"]),
        (NewApp { jwks: Some(json!({ "keys": [] })), ..new(jwt) }, vec!["jwks"]),
        (NewApp { jwks: Some(twice), ..new(jwt) }, vec!["jwks"]),
        (NewApp { jwks: Some(private), ..new(jwt) }, vec!["jwks/keys/1/d"]),
        (NewApp { jwks: Some(jwks(&many.iter().collect::<Vec<_>>())), ..new(jwt) }, vec!["jwks"]),
        (NewApp { jwks_uri: Some("http://app.example/".to_owned()), ..new(jwt) }, vec!["jwks_uri"]),
        (NewApp { jwks: keys(), ..new(AuthMethod::ClientSecretBasic) }, vec!["jwks"]),
        (NewApp { jwks_uri: uri(), ..new(AuthMethod::ClientSecretPost) }, vec!["jwks_uri"]),
        (NewApp { secret_use: SecretUse::Bootstrap, ..new(AuthMethod::ClientSecretBasic) }, vec!["secret_use"]),
        (NewApp { secret_use: SecretUse::Bootstrap, jwks: keys(), ..new(jwt) }, vec!["jwks"]),
        (NewApp { secret_use: SecretUse::Bootstrap, jwks_uri: uri(), ..new(jwt) }, vec!["jwks_uri"]),
    ] {
        assert_eq!(refused_fields(create(&world, typed.clone()).await), fields, "{typed:?}");
    }
    for (typed, has_secret) in [
        (new(AuthMethod::ClientSecretPost), true),
        (NewApp { jwks: keys(), token_binding: TokenBinding::Dpop, ..new(jwt) }, false),
        (NewApp { jwks_uri: uri(), ..new(jwt) }, false),
        (NewApp { secret_use: SecretUse::Bootstrap, ..new(jwt) }, true),
    ] {
        let made = create(&world, typed.clone()).await.unwrap();
        assert_eq!(made.client_secret.is_some(), has_secret);
        assert_eq!((made.app.jwks_uri, made.app.token_binding), (typed.jwks_uri, typed.token_binding));
    }
}

#[tokio::test]
async fn an_app_changes_what_proves_it() {
    let world = World::new().await;
    let (core, caller) = (&world.core, world.acme(Role::Developer));
    let app =
        create(&world, NewApp { jwks: Some(jwks(&[&key(1)])), ..new(AuthMethod::PrivateKeyJwt) }).await.unwrap().app;
    let before = apps::list_keys(core, &caller, "acme", &app.id).await.unwrap().remove(0);
    let patch = async |patch: AppPatch| apps::update(core, &caller, "acme", &app.id, patch).await;
    let uri = || Some(Some("https://app.example/jwks.json".to_owned()));
    let none = AppPatch::default;
    for (typed, fields) in [
        (AppPatch { jwks: Some(None), ..none() }, vec!["jwks"]),
        (AppPatch { jwks_uri: uri(), ..none() }, vec!["jwks_uri"]),
        (
            AppPatch { secret_use: Some(SecretUse::Bootstrap), jwks_uri: uri(), jwks: Some(None), ..none() },
            vec!["jwks_uri"],
        ),
        (
            AppPatch { auth_method: Some(AuthMethod::ClientSecretPost), jwks: Some(Some(jwks(&[&key(2)]))), ..none() },
            vec!["jwks"],
        ),
    ] {
        assert_eq!(refused_fields(patch(typed.clone()).await), fields, "{typed:?}");
    }
    // a key that stays is the same row
    world.clock.advance(1);
    patch(AppPatch { jwks: Some(Some(jwks(&[&key(2), &key(1)]))), ..none() }).await.unwrap();
    let after = apps::list_keys(core, &caller, "acme", &app.id).await.unwrap();
    assert_eq!((after.len(), &after[1]), (2, &before));
    let changed = patch(AppPatch { jwks_uri: uri(), jwks: Some(None), ..none() }).await.unwrap();
    assert_eq!(changed.jwks_uri, uri().flatten());
    assert!(apps::list_keys(core, &caller, "acme", &app.id).await.unwrap().is_empty());
    assert_eq!(refused_fields(add(&world, &app, jwk(&key(3))).await), ["jwk"]);
    assert_eq!(refused_fields(apps::create_secret(core, &caller, "acme", &app.id).await), ["auth_method"]);
    let bound = patch(AppPatch { token_binding: Some(TokenBinding::Dpop), ..none() }).await.unwrap();
    assert_eq!(bound.token_binding, TokenBinding::Dpop);
}

#[tokio::test]
async fn grants_say_how_tokens_may_be_exchanged() {
    let world = World::new().await;
    let api = world.private_api(&world.acme, "orders", &["read"]).await;
    let made = async |exchange: Option<Vec<Exchange>>| {
        let grants = vec![NewGrant { exchange, ..grant(&api.audience, &["read"]) }];
        let typed = NewApp { grants, ..new(AuthMethod::ClientSecretBasic) };
        create(&world, typed).await.unwrap().app.grants.remove(0).exchange
    };
    let both = vec![Exchange::Delegation, Exchange::Impersonation];
    assert_eq!(made(None).await, [Exchange::Delegation]);
    assert_eq!(made(Some(Vec::new())).await, []);
    assert_eq!(made(Some(vec![Exchange::Impersonation, Exchange::Delegation, Exchange::Impersonation])).await, both);
}

/// An app whose secret is there to be traded for a key.
struct Scene {
    world: World,
    app: App,
    secret: PlainSecret,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let api = world.private_api(&world.acme, "orders", &["read"]).await;
        let typed = NewApp {
            secret_use: SecretUse::Bootstrap,
            grants: vec![grant(&api.audience, &["read"])],
            ..new(AuthMethod::PrivateKeyJwt)
        };
        let made = create(&world, typed).await.unwrap();
        Self { world, app: made.app, secret: made.client_secret.unwrap() }
    }

    fn by_secret(&self) -> ClientAuthentication {
        let id = self.app.id.to_string();
        ClientAuthentication::Secret(ClientCredentials { id, secret: self.secret.clone() })
    }

    fn request(&self, key: &SigningKey, jti: &str) -> BootstrapRequest {
        let proof = key.sign("JWT", &claims(self.app.id.as_str(), jti, self.world.core.clock.now())).unwrap();
        BootstrapRequest {
            client: Some(self.by_secret()),
            jwk: Some(jwk(key).to_string()),
            proof: Some(proof),
            ip: None,
        }
    }

    async fn token(&self, client: ClientAuthentication) -> Result<(), TokenError> {
        token(&self.world.core, client).await
    }
}

async fn token(core: &Core, client: ClientAuthentication) -> Result<(), TokenError> {
    let request = TokenRequest {
        grant_type: Some("client_credentials".to_owned()),
        client: Some(client),
        ..TokenRequest::default()
    };
    oauth::token(core, request).await.map(|_| ())
}

fn is_invalid_client<T>(result: &Result<T, TokenError>) -> bool {
    matches!(result, Err(TokenError::InvalidClient))
}

fn is_invalid_request<T>(result: &Result<T, TokenError>) -> bool {
    matches!(result, Err(TokenError::InvalidRequest(_)))
}

#[tokio::test]
async fn a_secret_is_traded_for_a_key() {
    let scene = Scene::new().await;
    let (core, own) = (&scene.world.core, key(1));
    // before: the secret gets no token
    assert!(is_invalid_client(&scene.token(scene.by_secret()).await));
    let RegisteredClient { app, client_secret, grant_types, scope, jwks } =
        oauth::bootstrap(core, scene.request(&own, "1")).await.unwrap();
    assert_eq!((app.id.as_str(), jwks), (scene.app.id.as_str(), Some(json!({ "keys": [jwk(&own)] }))));
    assert!(client_secret.is_none());
    // what is granted says it: a grant lets a client exchange unless it says otherwise
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    assert_eq!((grant_types, scope.to_string().as_str()), (vec!["client_credentials", exchange], "read"));
    // after: the key does, and the secret is nothing any more
    let assertion = PlainSecret::new(own.sign("JWT", &claims(app.id.as_str(), "2", START)).unwrap());
    scene.token(ClientAuthentication::Assertion(ClientAssertion { client_id: None, assertion })).await.unwrap();
    assert!(is_invalid_client(&scene.token(scene.by_secret()).await));
    assert!(is_invalid_client(&oauth::bootstrap(core, scene.request(&key(2), "3")).await));
    let viewer = scene.world.acme(Role::Viewer);
    assert!(apps::list_secrets(core, &viewer, "acme", &app.id).await.unwrap().is_empty());
    assert_eq!(apps::list_keys(core, &viewer, "acme", &app.id).await.unwrap().len(), 1);
    // the log names the app itself as the one who did it
    let rows = scene.world.audit_rows(Some(&scene.world.acme.id), app.id.as_str()).await;
    let row = rows.iter().find(|row| row.action == "app.bootstrap").unwrap();
    assert_eq!((row.actor_kind.as_str(), row.actor_id.as_deref()), ("app", Some(app.id.as_str())));
    assert!(!scene.world.audit_text().await.contains(&scene.secret.expose()[30..]));
    // a developer may start over with another secret
    let second = apps::create_secret(core, &scene.world.acme(Role::Developer), "acme", &app.id).await.unwrap();
    let scene = Scene { secret: second.client_secret, ..scene };
    let again = oauth::bootstrap(&scene.world.core, scene.request(&key(2), "4")).await.unwrap();
    assert_eq!(again.jwks, Some(json!({ "keys": [jwk(&key(2)), jwk(&own)] })), "all of its keys");
}

// F-17
#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_at_once_one_is_registered() {
    let scene = Scene::new().await;
    let calls: Vec<_> = (0..200_u8)
        .map(|number| {
            let (core, request) = (scene.world.core.clone(), scene.request(&key(number + 1), &number.to_string()));
            tokio::spawn(async move { oauth::bootstrap(&core, request).await })
        })
        .collect();
    let mut registered = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => registered += 1,
            // too many hashes at once are 503, which is no answer to the question
            Err(TokenError::InvalidClient | TokenError::Unavailable(_) | TokenError::TooMany(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(registered, 1);
    let viewer = scene.world.acme(Role::Viewer);
    assert_eq!(apps::list_keys(&scene.world.core, &viewer, "acme", &scene.app.id).await.unwrap().len(), 1);
    let actions = scene.world.actions_on(&scene.world.acme, scene.app.id.as_str()).await;
    assert_eq!(actions.iter().filter(|action| *action == "app.bootstrap").count(), 1);
}

#[tokio::test]
async fn a_key_is_registered_by_whoever_has_it_alone() {
    let scene = Scene::new().await;
    let (core, own, id) = (&scene.world.core, key(1), scene.app.id.to_string());
    let now = START.as_seconds();
    let proof = |change: Value, typ: &str, signer: &SigningKey| {
        let mut claims = claims(&id, "p", START);
        for (member, value) in change.as_object().unwrap() {
            claims[member] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        Some(signer.sign(typ, &claims).unwrap())
    };
    let with = |proof: Option<String>| BootstrapRequest { proof, ..scene.request(&own, "p") };
    for (name, request) in [
        ("none", with(None)),
        ("no token", with(Some("x".to_owned()))),
        ("another key", with(proof(json!({}), "JWT", &key(2)))),
        (
            "another client",
            with(proof(json!({ "iss": "app_0000000000000000", "sub": "app_0000000000000000" }), "JWT", &own)),
        ),
        ("another audience", with(proof(json!({ "aud": "https://other.example" }), "JWT", &own))),
        ("no id", with(proof(json!({ "jti": null }), "JWT", &own))),
        ("expired", with(proof(json!({ "exp": now }), "JWT", &own))),
        ("more than five minutes", with(proof(json!({ "exp": now + 301 }), "JWT", &own))),
        ("another type", with(proof(json!({}), "at+jwt", &own))),
        ("no key", BootstrapRequest { jwk: None, ..scene.request(&own, "p") }),
        ("no JSON", BootstrapRequest { jwk: Some("{".to_owned()), ..scene.request(&own, "p") }),
        (
            "a private key",
            BootstrapRequest {
                jwk: Some({
                    let mut private = jwk(&own);
                    private["d"] = json!("AA");
                    private.to_string()
                }),
                ..scene.request(&own, "p")
            },
        ),
    ] {
        assert!(is_invalid_request(&oauth::bootstrap(core, request).await), "{name}");
    }
    for (name, client) in [
        ("nobody", None),
        (
            "a wrong secret",
            Some(ClientAuthentication::Secret(ClientCredentials {
                id: id.clone(),
                secret: PlainSecret::new("lk_secret_x".to_owned()),
            })),
        ),
        (
            "by its key",
            Some(ClientAuthentication::Assertion(ClientAssertion {
                client_id: None,
                assertion: PlainSecret::new(proof(json!({}), "JWT", &own).unwrap()),
            })),
        ),
    ] {
        let request = BootstrapRequest { client, ..scene.request(&own, "p") };
        assert!(is_invalid_client(&oauth::bootstrap(core, request).await), "{name}");
    }
    // an app whose secret is there to authenticate trades nothing
    let other = crate::apps::create(&scene.world, Vec::new()).await.unwrap();
    let client = ClientCredentials { id: other.app.id.to_string(), secret: other.client_secret };
    let request = BootstrapRequest { client: Some(ClientAuthentication::Secret(client)), ..scene.request(&own, "p") };
    assert!(is_invalid_client(&oauth::bootstrap(core, request).await));
    // none of all this used the proof up
    let with_five_minutes = with(proof(json!({ "exp": now + 300 }), "JWT", &own));
    oauth::bootstrap(core, with_five_minutes).await.unwrap();
}

// J6
#[tokio::test]
async fn an_app_that_is_off_trades_nothing() {
    let scene = Scene::new().await;
    let (core, caller) = (&scene.world.core, scene.world.acme(Role::Developer));
    apps::disable(core, &caller, "acme", &scene.app.id).await.unwrap();
    assert!(is_invalid_client(&oauth::bootstrap(core, scene.request(&key(1), "1")).await));
    apps::enable(core, &caller, "acme", &scene.app.id).await.unwrap();
    scene.world.suspend(&scene.world.acme).await;
    assert!(is_invalid_client(&oauth::bootstrap(core, scene.request(&key(1), "2")).await));
}
