//! Access tokens after they were issued: formats, introspection (RFC 7662, RFC 9701), revocation (RFC 7009).

mod formats;
mod introspection;
mod revocation;

use latchkey_core::apis::{self, Api, ApiPatch, TokenFormat};
use latchkey_core::keys::{self, NewKey};
use latchkey_core::oauth::{
    self, ClientAuthentication, Introspection, IntrospectionForm, IntrospectionRequest, Introspector,
    RevocationRequest, TokenError,
};
use latchkey_core::signing::{self, SigningAlg};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Core, PlainSecret};
use latchkey_jose::{AccessToken, CompactJws};
use latchkey_types::{CredentialKind, Environment, Role};
use serde_json::{Map, Value, json};

use crate::apps::{MadeApp, create, grant};
use crate::oauth::request;
use crate::setup::World;

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
        Introspection::Json(text) => serde_json::from_str(&text).unwrap(),
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
