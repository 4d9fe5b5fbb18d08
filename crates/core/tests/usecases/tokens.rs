//! Access tokens after they were issued: formats, introspection (RFC 7662, RFC 9701), revocation (RFC 7009).

use latchkey_core::apis::{self, Api, ApiPatch, TokenFormat};
use latchkey_core::apps;
use latchkey_core::keys::{self, NewKey};
use latchkey_core::oauth::{
    self, ClientAuthentication, Introspection, IntrospectionForm, IntrospectionRequest, Introspector,
    RevocationRequest, TokenError,
};
use latchkey_core::ports::{TokenStore, UsageStore};
use latchkey_core::signing::{self, SigningAlg};
use latchkey_core::usage::{self, Bucket, GroupBy, Side, UsageQuery};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Core, PlainSecret};
use latchkey_jose::{AccessToken, CompactJws, IntrospectionToken};
use latchkey_types::secret::{SecretKind, compose, parse};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::{Map, Value, json};

use crate::apps::{MadeApp, create, grant};
use crate::oauth::request;
use crate::setup::{ISSUER, MASTER_KEY, START, World, operator};

/// An API of `acme` with a verification key, and an app that is granted `read` and `write` of it.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
    made: MadeApp,
}

impl Scene {
    async fn new(format: TokenFormat, alg: SigningAlg) -> Self {
        let world = World::new().await;
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
        let patch = ApiPatch { signing_alg: Some(alg), token_format: Some(format), ..ApiPatch::default() };
        let api = apis::update(&world.core, &world.acme(Role::Admin), "acme", &api.id, patch).await.unwrap();
        let verification_key = verification_key(&world, &api).await;
        let made = create(&world, vec![grant(&api.audience, &["read", "write"])]).await.unwrap();
        Self { world, api, verification_key, made }
    }

    async fn opaque() -> Self {
        Self::new(TokenFormat::Opaque, SigningAlg::EdDsa).await
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn token(&self) -> String {
        oauth::token(self.core(), request(&self.made)).await.unwrap().access_token.expose().to_owned()
    }

    async fn key(&self, kind: CredentialKind) -> (String, String) {
        let new = NewKey {
            kind,
            name: "batch".to_owned(),
            api: self.api.id.to_string(),
            environment: Environment::Live,
            scopes: vec!["read".to_owned()],
            expires_at: None,
            owner: None,
            metadata: None,
            labels: None,
            ..NewKey::default()
        };
        let created = keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap();
        (created.key.id.to_string(), created.secret.expose().to_owned())
    }

    async fn ask(&self, credential: &str) -> Answer {
        ask(self.core(), &self.verification_key, credential).await
    }

    fn by_api(&self, token: &str, form: IntrospectionForm) -> IntrospectionRequest {
        let verification_key = PlainSecret::new(self.verification_key.clone());
        IntrospectionRequest {
            token: Some(PlainSecret::new(token.to_owned())),
            ip: None,
            caller: Some(Introspector::Api { id: None, verification_key }),
            form,
        }
    }

    fn by_client(&self, token: &str, made: &MadeApp) -> IntrospectionRequest {
        let caller = Some(Introspector::Client(client(made)));
        IntrospectionRequest { caller, ..self.by_api(token, IntrospectionForm::Json) }
    }

    async fn introspect(&self, token: &str) -> Map<String, Value> {
        json_of(oauth::introspect(self.core(), &self.by_api(token, IntrospectionForm::Json)).await.unwrap())
    }

    async fn introspect_own(&self, token: &str, made: &MadeApp) -> Map<String, Value> {
        json_of(oauth::introspect(self.core(), &self.by_client(token, made)).await.unwrap())
    }

    async fn revoke(&self, token: &str, made: &MadeApp) -> Result<(), TokenError> {
        let token = Some(PlainSecret::new(token.to_owned()));
        oauth::revoke(self.core(), &RevocationRequest { token, client: Some(client(made)), ip: None }).await
    }
}

fn client(made: &MadeApp) -> ClientAuthentication {
    request(made).client.unwrap()
}

fn json_of(answer: Introspection) -> Map<String, Value> {
    match answer {
        Introspection::Json(members) => members,
        other => panic!("expected JSON, not {other:?}"),
    }
}

fn inactive() -> Map<String, Value> {
    Map::from_iter([("active".to_owned(), json!(false))])
}

async fn verification_key(world: &World, api: &Api) -> String {
    let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
    let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
    made.secret.expose().to_owned()
}

async fn ask(core: &Core, verification_key: &str, credential: &str) -> Answer {
    verify::verify(core, verification_key, &VerifyRequest { credential, ..VerifyRequest::default() }).await.unwrap()
}

async fn claims(core: &Core, jwt: &str) -> AccessToken {
    let jws = CompactJws::parse(jwt).unwrap();
    let ring = signing::current(core).await.unwrap();
    AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap()
}

// contract section 5: an API's tokens, JWT keys too, are signed with the algorithm that it chose
#[tokio::test]
async fn tokens_are_signed_with_the_algorithm_of_the_api() {
    let scene = Scene::new(TokenFormat::Jwt, SigningAlg::Es256).await;
    for jwt in [scene.token().await, scene.key(CredentialKind::JwtKey).await.1] {
        assert_eq!(CompactJws::parse(&jwt).unwrap().header().alg(), "ES256");
        assert_eq!(scene.ask(&jwt).await.code, Outcome::Valid);
        assert_eq!(scene.introspect(&jwt).await["active"], true);
    }
    // what was signed before the API chose another one goes on to hold
    let before = scene.token().await;
    let patch = ApiPatch { signing_alg: Some(SigningAlg::EdDsa), ..ApiPatch::default() };
    apis::update(scene.core(), &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await.unwrap();
    assert_eq!(CompactJws::parse(&scene.token().await).unwrap().header().alg(), "EdDSA");
    assert_eq!(scene.ask(&before).await.code, Outcome::Valid);
    // F-18: the key that signed it is revoked
    let kid = CompactJws::parse(&before).unwrap().header().kid().unwrap().to_owned();
    signing::revoke(scene.core(), &operator(), &kid).await.unwrap();
    assert_eq!(scene.ask(&before).await.code, Outcome::BadSignature);
}

// contract sections 3 and 4; F-19: no dump holds the token
#[tokio::test]
async fn an_opaque_token_says_nothing_and_is_kept_as_a_mac() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    let parsed = parse("lk", &token).unwrap();
    assert_eq!(parsed.kind, SecretKind::AccessToken);
    let row =
        scene.world.store.find_access_token(&format!("at_{}", parsed.id).parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(row.mac, scene.core().hasher.mac("access-token", &token));
    assert!(!format!("{row:?} {}", scene.world.audit_text().await).contains(&token[token.len() - 49..]));
    for _ in 0..2 {
        let verified = scene.ask(&token).await.valid.unwrap();
        assert_eq!((verified.id.as_str(), verified.kind), (row.id.as_str(), CredentialKind::AccessToken));
        assert_eq!(verified.subject, scene.made.app.id.as_str());
        assert_eq!((verified.scopes.to_string().as_str(), verified.expires_at), ("read write", Some(row.claims.exp)));
    }
    // the right id with another secret, and an id that nobody has
    for id in [parsed.id, "0000000000000000"] {
        let forged = compose("lk", SecretKind::AccessToken, id, &[1; 32]);
        assert_eq!(scene.ask(&forged).await.code, Outcome::NotFound);
    }
    scene.world.clock.advance(300);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.ask(&token).await.code, Outcome::Expired);
    scene.core().store.delete_expired_tokens(START.plus_seconds(300)).await.unwrap();
}

// contract section 4: for another API an opaque token is NOT_FOUND, a JWT of ours WRONG_AUDIENCE
#[tokio::test]
async fn another_api_does_not_know_the_token() {
    for (format, expected) in [(TokenFormat::Opaque, Outcome::NotFound), (TokenFormat::Jwt, Outcome::WrongAudience)] {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let token = scene.token().await;
        let other = scene.world.private_api(&scene.world.acme, "bills", &[]).await;
        let other_key = verification_key(&scene.world, &other).await;
        for _ in 0..2 {
            let answer = ask(scene.core(), &other_key, &token).await;
            assert_eq!((answer.code, answer.id), (expected, None));
            // the second time it is remembered
            assert_eq!(scene.ask(&token).await.code, Outcome::Valid);
        }
        let mut asking = scene.by_api(&token, IntrospectionForm::Json);
        let verification_key = PlainSecret::new(other_key);
        asking.caller = Some(Introspector::Api { id: None, verification_key });
        assert_eq!(json_of(oauth::introspect(scene.core(), &asking).await.unwrap()), inactive(), "F5");
    }
}

// contract section 10: a token takes the state of its app, at once
#[tokio::test]
async fn a_token_takes_the_state_of_its_app() {
    for format in TokenFormat::ALL {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let (token, caller) = (scene.token().await, scene.world.acme(Role::Developer));
        assert_eq!(scene.ask(&token).await.code, Outcome::Valid);
        apps::disable(scene.core(), &caller, "acme", &scene.made.app.id).await.unwrap();
        assert_eq!(scene.ask(&token).await.code, Outcome::Disabled);
        assert_eq!(scene.introspect(&token).await, inactive(), "F4");
        apps::enable(scene.core(), &caller, "acme", &scene.made.app.id).await.unwrap();
        assert_eq!(scene.ask(&token).await.code, Outcome::Valid);
        scene.world.suspend(&scene.world.acme).await;
        assert!(scene.revoke(&token, &scene.made).await.is_err());
    }
}

// contract section 2: opaque tokens outlive the change of the master key
#[tokio::test]
async fn an_opaque_token_holds_while_the_master_key_is_changed() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    let changing = Vault::new(MasterKey::from_bytes([8; 32]), Some(MasterKey::from_bytes(MASTER_KEY)));
    let replica = scene.world.replica(2, changing);
    verify::follow(&replica).await.unwrap();
    assert_eq!(ask(&replica, &scene.verification_key, &token).await.code, Outcome::Valid);
}

// F3, F4, L1 and contract section 10
#[tokio::test]
async fn introspection_says_all_of_an_active_token() {
    for format in TokenFormat::ALL {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let token = scene.token().await;
        let app = scene.made.app.id.as_str();
        let mut said = scene.introspect(&token).await;
        assert_eq!(said, scene.introspect_own(&token, &scene.made).await);
        let jti = said.remove("jti").unwrap();
        assert_eq!(jti.as_str().unwrap().starts_with("at_"), format == TokenFormat::Opaque);
        let (iat, org) = (START.as_millis() / 1000, scene.world.acme.id.as_str());
        assert_eq!(
            Value::Object(said),
            json!({
                "active": true, "scope": "read write", "client_id": app, "token_type": "Bearer", "exp": iat + 300,
                "iat": iat, "nbf": iat, "sub": app, "aud": "https://orders.example", "iss": ISSUER, "org": org,
                "principal": "service", "cred": "client_credentials",
            })
        );
        scene.world.clock.advance(300);
        verify::follow(scene.core()).await.unwrap();
        assert_eq!(scene.introspect(&token).await, inactive());
    }
}

// issue: every kind of credential
#[tokio::test]
async fn keys_are_introspected_by_their_api_alone() {
    let scene = Scene::opaque().await;
    let (id, secret) = scene.key(CredentialKind::ApiKey).await;
    let said = scene.introspect(&secret).await;
    assert_eq!((&said["sub"], &said["cred"], &said["scope"]), (&json!(id), &json!("api_key"), &json!("read")));
    assert_eq!((said.get("token_type"), said.get("exp"), &said["active"]), (None, None, &json!(true)));
    let (jwt_id, jwt) = scene.key(CredentialKind::JwtKey).await;
    let said = scene.introspect(&jwt).await;
    assert_eq!((&said["sub"], &said["cred"]), (&json!(jwt_id), &json!("jwt_key")));
    for key in [&secret, &jwt] {
        assert_eq!(scene.introspect_own(key, &scene.made).await, inactive(), "not this client's");
    }
    let caller = scene.world.acme(Role::Developer);
    keys::revoke(scene.core(), &caller, "acme", &id.parse().unwrap(), None).await.unwrap();
    assert_eq!(scene.introspect(&secret).await, inactive());
    for nothing in ["", "x", "lk_live_", "a.b.c", &scene.verification_key, scene.made.client_secret.expose()] {
        assert_eq!(scene.introspect(nothing).await, inactive(), "{nothing}");
        assert_eq!(scene.introspect_own(nothing, &scene.made).await, inactive(), "{nothing}");
    }
}

// F1, F2
#[tokio::test]
async fn only_who_proves_itself_learns_anything() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    let good = scene.by_api(&token, IntrospectionForm::Json);
    let ask = async |request: IntrospectionRequest| oauth::introspect(scene.core(), &request).await;
    let is_refused = |result| matches!(result, Err(TokenError::InvalidClient));
    assert!(is_refused(ask(IntrospectionRequest { caller: None, ..good.clone() }).await));
    let by_api = |id: Option<&str>, key: &str| {
        let verification_key = PlainSecret::new(key.to_owned());
        Some(Introspector::Api { id: id.map(str::to_owned), verification_key })
    };
    for key in ["", "x", &token, scene.made.client_secret.expose()] {
        assert!(is_refused(ask(IntrospectionRequest { caller: by_api(None, key), ..good.clone() }).await), "{key}");
    }
    for (id, refused) in [(scene.api.id.as_str(), false), ("api_0000000000000000", true)] {
        let caller = by_api(Some(id), &scene.verification_key);
        assert_eq!(is_refused(ask(IntrospectionRequest { caller, ..good.clone() }).await), refused, "{id}");
    }
    let missing = ask(IntrospectionRequest { token: None, ip: None, ..good.clone() }).await;
    assert!(matches!(missing, Err(TokenError::InvalidRequest(_))));
    // a client sees its own tokens alone
    let other = create(&scene.world, vec![grant(&scene.api.audience, &["read"])]).await.unwrap();
    assert_eq!(scene.introspect_own(&token, &other).await, inactive());
    // a revoked verification key
    let admin = scene.world.acme(Role::Admin);
    for key in apis::list_verification_keys(scene.core(), &admin, "acme", &scene.api.id).await.unwrap() {
        apis::delete_verification_key(scene.core(), &admin, "acme", &scene.api.id, &key.id).await.unwrap();
    }
    assert!(is_refused(ask(good).await));
}

// F8: RFC 9701
#[tokio::test]
async fn a_signed_answer_is_for_who_asked_and_no_access_token() {
    let scene = Scene::new(TokenFormat::Opaque, SigningAlg::Es256).await;
    let token = scene.token().await;
    let signed = async |request: &IntrospectionRequest| match oauth::introspect(scene.core(), request).await.unwrap() {
        Introspection::Signed(jwt) => jwt,
        other => panic!("expected a signed answer, not {other:?}"),
    };
    let read = async |jwt: &str| {
        let jws = CompactJws::parse(jwt).unwrap();
        assert_eq!((jws.header().typ(), jws.header().alg()), (Some("token-introspection+jwt"), "ES256"));
        let ring = signing::current(scene.core()).await.unwrap();
        let key = ring.public(jws.header().kid().unwrap()).unwrap();
        assert!(AccessToken::verify(&jws, key).is_err());
        IntrospectionToken::verify(&jws, key).unwrap()
    };
    let by_api = signed(&scene.by_api(&token, IntrospectionForm::Signed)).await;
    let answer = read(&by_api).await;
    assert_eq!((answer.iss.as_str(), answer.aud.as_str(), answer.iat), (ISSUER, scene.api.id.as_str(), START));
    assert_eq!(answer.token_introspection, scene.introspect(&token).await);
    assert_eq!(scene.ask(&by_api).await.code, Outcome::BadSignature, "it can't pass for a token");
    let by_client = IntrospectionRequest { form: IntrospectionForm::Signed, ..scene.by_client(&token, &scene.made) };
    assert_eq!(read(&signed(&by_client).await).await.aud, scene.made.app.id.as_str());
    let dead = read(&signed(&scene.by_api("lk_at_x", IntrospectionForm::Signed)).await).await;
    assert_eq!(dead.token_introspection, inactive());
}

// issue: the phantom-token pair
#[tokio::test]
async fn an_api_gets_the_jwt_that_stands_for_an_opaque_token() {
    let scene = Scene::new(TokenFormat::Opaque, SigningAlg::Es256).await;
    let token = scene.token().await;
    let pair = async |request: IntrospectionRequest| oauth::introspect(scene.core(), &request).await.unwrap();
    let phantom = async |token: &str| match pair(scene.by_api(token, IntrospectionForm::AccessToken)).await {
        Introspection::AccessToken(jwt) => jwt.expose().to_owned(),
        other => panic!("expected a token, not {other:?}"),
    };
    let jwt = phantom(&token).await;
    let said = claims(scene.core(), &jwt).await;
    assert_eq!((said.aud.as_str(), said.sub.as_str()), ("https://orders.example", scene.made.app.id.as_str()));
    assert_eq!((said.iat, said.exp, said.scope.to_string().as_str()), (START, START.plus_seconds(60), "read write"));
    assert_eq!(scene.ask(&jwt).await.code, Outcome::Valid);
    // never longer than the token itself
    scene.world.clock.advance(270);
    verify::follow(scene.core()).await.unwrap();
    let late = phantom(&token).await;
    assert_eq!(claims(scene.core(), &late).await.exp, START.plus_seconds(300));
    // one is revoked with the other
    assert_eq!(claims(scene.core(), &late).await.jti, said.jti);
    assert_eq!(scene.ask(&late).await.code, Outcome::Valid);
    scene.revoke(&token, &scene.made).await.unwrap();
    assert_eq!(scene.ask(&late).await.code, Outcome::Revoked);
    let none = pair(scene.by_api(&token, IntrospectionForm::AccessToken)).await;
    assert!(matches!(none, Introspection::NoAccessToken));
    // an API key has no such pair, and a client gets no JWT
    let (_, key) = scene.key(CredentialKind::ApiKey).await;
    assert_eq!(json_of(pair(scene.by_api(&key, IntrospectionForm::AccessToken)).await)["active"], true);
    let client = IntrospectionRequest {
        form: IntrospectionForm::AccessToken,
        ..scene.by_client(&scene.token().await, &scene.made)
    };
    assert_eq!(json_of(pair(client).await)["active"], true);
}

// contract section 10: introspection counts too
#[tokio::test]
async fn introspection_is_counted() {
    let scene = Scene::opaque().await;
    let token = scene.token().await;
    scene.introspect(&token).await;
    scene.introspect_own(&token, &scene.made).await;
    scene.introspect("x").await;
    usage::flush(scene.core()).await.unwrap();
    let query = UsageQuery {
        org: scene.world.acme.id.clone(),
        side: Side::Holder,
        from: START,
        to: START.plus_seconds(60),
        bucket: Bucket::Minute,
        group_by: GroupBy { credential: true, outcome: true, ..GroupBy::default() },
        credential: None,
        api: None,
        limit: 100,
    };
    let points = scene.world.store.usage_series(&query).await.unwrap();
    let mut counts: Vec<_> = points.iter().map(|point| (point.outcome.unwrap(), point.count)).collect();
    counts.sort_unstable();
    assert_eq!(counts, [(Outcome::Valid, 2), (Outcome::Issued, 1)]);
}

// G1, G2, G5
#[tokio::test]
async fn a_revoked_token_is_refused_at_once_and_elsewhere() {
    for format in TokenFormat::ALL {
        let scene = Scene::new(format, SigningAlg::EdDsa).await;
        let replica = scene.world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
        verify::follow(&replica).await.unwrap();
        let (token, spared) = (scene.token().await, scene.token().await);
        for core in [scene.core(), &replica] {
            assert_eq!(ask(core, &scene.verification_key, &token).await.code, Outcome::Valid);
        }
        // another client's token, or a key
        let other = create(&scene.world, vec![grant(&scene.api.audience, &["read"])]).await.unwrap();
        assert!(matches!(scene.revoke(&token, &other).await, Err(TokenError::UnauthorizedClient(_))));
        assert_eq!(scene.ask(&token).await.code, Outcome::Valid);

        scene.revoke(&token, &scene.made).await.unwrap();
        scene.revoke(&token, &scene.made).await.unwrap();
        verify::follow(&replica).await.unwrap();
        for core in [scene.core(), &replica] {
            assert_eq!(ask(core, &scene.verification_key, &token).await.code, Outcome::Revoked);
            assert_eq!(ask(core, &scene.verification_key, &spared).await.code, Outcome::Valid);
        }
        assert_eq!(scene.introspect(&token).await, inactive());
        // F-39: once, by the client
        let jti = scene.ask(&token).await.id.unwrap();
        let rows = scene.world.audit_rows(Some(&scene.world.acme.id), &jti).await;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].action.as_str(), rows[0].actor_kind.as_str()), ("token.revoke", "app"));
        assert_eq!(rows[0].actor_id.as_deref(), Some(scene.made.app.id.as_str()));
    }
}

// G2, G4
#[tokio::test]
async fn what_is_no_live_token_of_the_client() {
    let scene = Scene::new(TokenFormat::Jwt, SigningAlg::EdDsa).await;
    let unknown = compose("lk", SecretKind::AccessToken, "0000000000000000", &[1; 32]);
    for dead in ["x", "a.b.c", "", "lk_at_x", unknown.as_str()] {
        assert!(scene.revoke(dead, &scene.made).await.is_ok(), "{dead}");
    }
    let (_, jwt_key) = scene.key(CredentialKind::JwtKey).await;
    assert!(matches!(scene.revoke(&jwt_key, &scene.made).await, Err(TokenError::UnauthorizedClient(_))));
    assert_eq!(scene.ask(&jwt_key).await.code, Outcome::Valid);
    let (_, api_key) = scene.key(CredentialKind::ApiKey).await;
    for secret in [api_key.as_str(), &scene.verification_key, scene.made.client_secret.expose()] {
        assert!(matches!(scene.revoke(secret, &scene.made).await, Err(TokenError::UnsupportedTokenType)));
    }
    assert_eq!(scene.ask(&api_key).await.code, Outcome::Valid);
    let token = scene.token().await;
    scene.world.clock.advance(300);
    scene.revoke(&token, &scene.made).await.unwrap();
    let expired = claims(scene.core(), &token).await;
    assert!(!scene.world.store.is_token_revoked(&expired.jti).await.unwrap(), "over already: nothing to remember");
    let nobody = RevocationRequest { token: Some(PlainSecret::new(token)), client: None, ip: None };
    assert!(matches!(oauth::revoke(scene.core(), &nobody).await, Err(TokenError::InvalidClient)));
    let nothing = RevocationRequest { token: None, client: Some(client(&scene.made)), ip: None };
    assert!(matches!(oauth::revoke(scene.core(), &nothing).await, Err(TokenError::InvalidRequest(_))));
}
