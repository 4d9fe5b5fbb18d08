//! What a gateway gets of a good call: the phantom JWT, and how long it is remembered (contract sections 5 and 7).

mod claims;
mod memory;
mod refusals;

use std::sync::Arc;

use latchkey_core::Core;
use latchkey_core::apis::{self, Api, ApiPatch};
use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::oauth;
use latchkey_core::signing;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Forwarded, VerifyRequest};
use latchkey_jose::{AccessToken, CompactJws};
use latchkey_types::{CredentialKind, Environment, Outcome, Role};

use crate::apps::{MadeApp, create, grant};
use crate::oauth::request;
use crate::setup::{MASTER_KEY, World};

/// An API of `acme` with a gateway before it.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "write"]).await;
        Self::before(world, api).await
    }

    async fn before(world: World, api: Api) -> Self {
        let (admin, live) = (world.acme(Role::Admin), vec![Environment::Live]);
        let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", live).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        Self { world, api, verification_key: made.secret.expose().to_owned() }
    }

    fn core(&self) -> &Arc<Core> {
        &self.world.core
    }

    async fn set(&self, patch: ApiPatch) {
        apis::update(self.core(), &self.world.acme(Role::Admin), "acme", &self.api.id, patch).await.unwrap();
        verify::follow(self.core()).await.unwrap();
    }

    async fn key(&self, kind: CredentialKind) -> CreatedKey {
        self.key_with(kind, |_| {}).await
    }

    async fn key_with(&self, kind: CredentialKind, change: impl FnOnce(&mut NewKey)) -> CreatedKey {
        let mut new = NewKey {
            kind,
            name: "batch".to_owned(),
            api: self.api.id.to_string(),
            scopes: vec!["read".to_owned()],
            ..NewKey::default()
        };
        change(&mut new);
        let made = keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap();
        // what this process changed itself, it sees once more when it follows the change log
        verify::follow(self.core()).await.unwrap();
        made
    }

    async fn app(&self) -> MadeApp {
        let made = create(&self.world, vec![grant(&self.api.audience, &["read", "write"])]).await.unwrap();
        verify::follow(self.core()).await.unwrap();
        made
    }

    async fn token(&self, app: &MadeApp) -> String {
        oauth::token(self.core(), request(app)).await.unwrap().access_token.expose().to_owned()
    }

    async fn forward(&self, credential: &str) -> Forwarded {
        forward(self.core(), &self.verification_key, credential).await
    }

    /// The phantom of a credential that holds.
    async fn phantom(&self, credential: &str) -> String {
        phantom(self.core(), &self.verification_key, credential).await
    }

    async fn claims(&self, credential: &str) -> AccessToken {
        read(self.core(), &self.phantom(credential).await).await
    }

    async fn wait(&self, seconds: i64) {
        self.world.clock.advance(seconds);
        verify::follow(self.core()).await.unwrap();
    }
}

async fn forward(core: &Core, verification_key: &str, credential: &str) -> Forwarded {
    let asked = VerifyRequest { credential, cost: 1, ..VerifyRequest::default() };
    verify::forward(core, verification_key, &asked).await.unwrap()
}

async fn phantom(core: &Core, verification_key: &str, credential: &str) -> String {
    let forwarded = forward(core, verification_key, credential).await;
    assert_eq!(forwarded.answer.code, Outcome::Valid);
    forwarded.phantom.unwrap().expose().to_owned()
}

async fn read(core: &Core, jwt: &str) -> AccessToken {
    let jws = CompactJws::parse(jwt).unwrap();
    let ring = signing::current(core).await.unwrap();
    AccessToken::verify(&jws, ring.public(jws.header().kid().unwrap()).unwrap()).unwrap()
}

fn replica(scene: &Scene) -> Arc<Core> {
    scene.world.replica(2, Vault::new(MasterKey::from_bytes(MASTER_KEY), None))
}
