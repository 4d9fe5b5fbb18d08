//! Security tiers: who changes them, what they break and say so before, and what each demands.

mod changing;
mod demands;
mod high;

use std::sync::Arc;

use latchkey_core::apis::{self, Api};
use latchkey_core::apps::{self, NewApp, TokenBinding};
use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::oauth::{self, IssuedToken, TokenRequest};
use latchkey_core::orgs::{self, Org, OrgChange, TierChange};
use latchkey_core::ports::NoMailer;
use latchkey_core::tiers::{self, SecurityTier, TierPreview};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Caller, Core, Parts, signing};
use latchkey_jose::DpopProof;
use latchkey_store::SqliteStore;
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::json;

use crate::apps::{MadeApp, grant, new_app};
use crate::oauth::request;
use crate::prover::Prover;
use crate::setup::{DAY, MASTER_KEY, START, TestRandom, World, settings};

/// An API of `acme`, and what it asks with.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        Self::on(World::new().await).await
    }

    async fn on(world: World) -> Self {
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read"]).await;
        let made = verification_key(&world.core, &world.acme(Role::Admin), "acme", &api).await;
        Self { world, api, verification_key: made }
    }

    fn core(&self) -> &Arc<Core> {
        &self.world.core
    }

    fn developer(&self) -> Caller {
        self.world.acme(Role::Developer)
    }

    async fn preview(&self, tier: SecurityTier) -> TierPreview {
        tiers::preview(self.core(), &self.world.acme(Role::Owner), "acme", tier).await.unwrap()
    }

    /// Takes the tier, whatever it breaks.
    async fn take(&self, tier: SecurityTier) {
        take(self.core(), &self.world.acme(Role::Owner), "acme", tier).await;
    }

    async fn key(&self, kind: CredentialKind, days: Option<i64>) -> CreatedKey {
        keys::create(self.core(), &self.developer(), "acme", new_key(&self.api, kind, days)).await.unwrap()
    }

    async fn app(&self, token_binding: TokenBinding) -> MadeApp {
        let new = NewApp { token_binding, ..new_app(vec![grant(&self.api.audience, &["read"])]) };
        let made = apps::create(self.core(), &self.developer(), "acme", new).await.unwrap();
        MadeApp { app: made.app, client_secret: made.client_secret.unwrap() }
    }

    async fn code(&self, credential: &str) -> Outcome {
        code(self.core(), &self.verification_key, credential).await
    }
}

/// A scene and another replica, which share nothing but a file.
struct Pair {
    scene: Scene,
    other: Arc<Core>,
    _folder: tempfile::TempDir,
}

impl Pair {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("latchkey.db").display());
        let store = SqliteStore::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        let scene = Scene::on(World::on(store).await).await;
        let other = Core::new(Parts {
            store: Arc::new(SqliteStore::open(&url).await.unwrap()),
            clock: Arc::clone(&scene.world.clock) as _,
            random: Arc::new(TestRandom::new(2)),
            fetcher: Arc::clone(&scene.world.fetcher) as _,
            mailer: Arc::new(NoMailer),
            vault: Vault::new(MasterKey::from_bytes(MASTER_KEY), None),
            settings: settings(),
        });
        signing::load(&other).await.unwrap();
        verify::follow(&other).await.unwrap();
        Self { scene, other, _folder: folder }
    }
}

fn new_key(api: &Api, kind: CredentialKind, days: Option<i64>) -> NewKey {
    NewKey {
        kind,
        name: "checkout".to_owned(),
        api: api.id.to_string(),
        scopes: vec!["read".to_owned()],
        expires_at: days.map(|days| START.plus_seconds(days * DAY)),
        ..NewKey::default()
    }
}

async fn verification_key(core: &Core, admin: &Caller, org: &str, api: &Api) -> String {
    let live = vec![Environment::Live];
    let made = apis::create_verification_key(core, admin, org, &api.id, "gateway", live).await.unwrap();
    made.secret.expose().to_owned()
}

async fn code(core: &Core, verification_key: &str, credential: &str) -> Outcome {
    let asked = VerifyRequest { credential, ..VerifyRequest::default() };
    verify::verify(core, verification_key, &asked).await.unwrap().code
}

fn wanting(tier: SecurityTier, breaks: u64) -> OrgChange {
    OrgChange { security_tier: Some(TierChange { tier, breaks }), ..OrgChange::default() }
}

async fn take(core: &Core, owner: &Caller, slug: &str, tier: SecurityTier) -> Org {
    let breaks = tiers::preview(core, owner, slug, tier).await.unwrap().breaks;
    orgs::update(core, owner, slug, wanting(tier, breaks)).await.unwrap()
}

/// A proof of the first prover's key for the token endpoint, as `check_proof` lets it through.
fn proof(core: &Core, jti: &str) -> DpopProof {
    const URL: &str = "https://portal.example/oauth/token";
    let now = core.clock.now().as_seconds();
    let nonce = oauth::fresh_nonce(core);
    let proof = Prover::new(1).prove(&json!({ "jti": jti, "htm": "POST", "htu": URL, "iat": now, "nonce": nonce }));
    oauth::check_proof(core, &[proof.as_bytes()], &[URL]).unwrap()
}

async fn bound(core: &Core, made: &MadeApp, jti: &str) -> IssuedToken {
    oauth::token(core, TokenRequest { dpop: Some(proof(core, jti)), ..request(made) }).await.unwrap()
}
