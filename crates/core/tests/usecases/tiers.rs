//! Security tiers: who changes them, what they break and say so before, and what each demands.

use std::sync::Arc;

use latchkey_core::apis::{self, Api, ApiPatch, Visibility};
use latchkey_core::apps::{self, AppPatch, NewApp, RepeatedRequest, TokenBinding};
use latchkey_core::keys::{self, CreatedKey, GenerationSecret, KeyPatch, NewImport, NewKey};
use latchkey_core::oauth::{self, IssuedToken, TokenRequest};
use latchkey_core::orgs::{self, Org, OrgChange, TierChange};
use latchkey_core::ports::{AppStore, KeyStore, NoMailer};
use latchkey_core::tiers::{self, Misfit, SecurityTier, TierPreview};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Caller, Core, Error, Parts, PlainSecret, signing};
use latchkey_jose::DpopProof;
use latchkey_store::SqliteStore;
use latchkey_types::{CredentialKind, Environment, Outcome, Role};
use serde_json::json;

use crate::apps::{MadeApp, grant, new_app};
use crate::jwt_bearer::{assertion, request as by_assertion};
use crate::oauth::{claims, request, word};
use crate::prover::{Prover, ath};
use crate::service_accounts::created as created_account;
use crate::setup::{DAY, MASTER_KEY, START, TestRandom, World, conflict, refused_fields, settings};

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

#[tokio::test]
async fn only_an_owner_who_knows_what_it_breaks_changes_the_tier() {
    let scene = Scene::new().await;
    scene.key(CredentialKind::ApiKey, None).await;
    scene.key(CredentialKind::ApiKey, Some(30)).await;
    let core = scene.core();
    for role in [Role::Viewer, Role::Developer, Role::Admin] {
        let caller = scene.world.acme(role);
        let asked = tiers::preview(core, &caller, "acme", SecurityTier::High).await;
        assert!(matches!(asked, Err(Error::Forbidden(_))), "{role}");
        let taken = orgs::update(core, &caller, "acme", wanting(SecurityTier::Medium, 1)).await;
        assert!(matches!(taken, Err(Error::Forbidden(_))), "{role}");
    }
    let foreign = scene.world.globex(Role::Owner);
    assert!(matches!(tiers::preview(core, &foreign, "acme", SecurityTier::High).await, Err(Error::NotFound)));

    let owner = scene.world.acme(Role::Owner);
    for wrong in [0, 2] {
        let refused = orgs::update(core, &owner, "acme", wanting(SecurityTier::Medium, wrong)).await;
        assert_eq!(conflict(refused), "preview-outdated", "{wrong}");
    }
    assert_eq!(scene.preview(SecurityTier::Medium).await.breaks, 1);
    let org = orgs::update(core, &owner, "acme", wanting(SecurityTier::Medium, 1)).await.unwrap();
    assert_eq!(org.security_tier, SecurityTier::Medium);
    // the same again is no change, and a laxer one breaks nothing
    orgs::update(core, &owner, "acme", wanting(SecurityTier::Medium, 7)).await.unwrap();
    assert_eq!(scene.preview(SecurityTier::Low).await.breaks, 0);
    orgs::update(core, &owner, "acme", wanting(SecurityTier::Low, 0)).await.unwrap();
    let rows = scene.world.audit_rows(Some(&org.id), org.id.as_str()).await;
    let told: Vec<_> = rows.iter().filter_map(|row| row.detail.get("security_tier")).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&&json!({ "from": "low", "to": "medium" })), "{told:?}");
}

#[tokio::test]
async fn the_preview_names_what_breaks_and_why() {
    let scene = Scene::new().await;
    let core = scene.core();
    let endless = scene.key(CredentialKind::ApiKey, None).await;
    let long = scene.key(CredentialKind::ApiKey, Some(100)).await;
    let jwt = scene.key(CredentialKind::JwtKey, Some(10)).await;
    let fine = scene.key(CredentialKind::ApiKey, Some(90)).await;
    let off = scene.key(CredentialKind::ApiKey, None).await;
    keys::disable(core, &scene.developer(), "acme", &off.key.id).await.unwrap();
    let gone = scene.key(CredentialKind::ApiKey, None).await;
    keys::revoke(core, &scene.developer(), "acme", &gone.key.id, None).await.unwrap();
    let loose = scene.app(TokenBinding::None).await;
    let tight = scene.app(TokenBinding::Dpop).await;
    let account = created_account(&scene.world, &[Role::Developer]).await;
    let high = scene.preview(SecurityTier::High).await;
    let found = |id: &str| {
        let found = high.listed.iter().find(|found| found.credential.id == id);
        found.map(|found| found.misfits.clone()).unwrap_or_default()
    };
    assert_eq!(found(endless.key.id.as_str()), [Misfit::NoEnd]);
    assert_eq!(found(long.key.id.as_str()), [Misfit::LivesTooLong]);
    assert_eq!(found(jwt.key.id.as_str()), [Misfit::JwtKey]);
    assert_eq!(found(loose.app.id.as_str()), [Misfit::UnboundTokens]);
    assert_eq!(found(account.as_str()), [Misfit::UnboundTokens]);
    for id in [fine.key.id.as_str(), off.key.id.as_str(), gone.key.id.as_str(), tight.app.id.as_str()] {
        assert!(found(id).is_empty(), "{id}");
    }
    assert_eq!((high.breaks, high.listed.len()), (5, 5));
    assert_eq!(high.by_reason[&Misfit::UnboundTokens], 2);
    let medium = scene.preview(SecurityTier::Medium).await;
    assert_eq!((medium.breaks, medium.by_reason.len()), (1, 1), "{medium:?}");
    // from medium on, only what high breaks besides
    scene.take(SecurityTier::Medium).await;
    assert_eq!(scene.preview(SecurityTier::High).await.breaks, 4);
}

#[tokio::test]
async fn a_preview_counts_all_and_names_a_hundred() {
    let scene = Scene::new().await;
    let items = (0..100).map(|number| NewImport {
        key: new_key(&scene.api, CredentialKind::ApiKey, Some(30)),
        secret: PlainSecret::new(format!("imported-secret-{number}")),
    });
    keys::import(scene.core(), &scene.developer(), "acme", items.collect()).await.unwrap();
    for _ in 0..3 {
        scene.key(CredentialKind::ApiKey, None).await;
    }
    let high = scene.preview(SecurityTier::High).await;
    assert_eq!((high.breaks, high.listed.len()), (103, tiers::MAX_LISTED_BREAKS));
    assert_eq!(high.by_reason[&Misfit::ImportedSecret], 100);
    assert_eq!(high.by_reason[&Misfit::NoEnd], 3);
}

#[tokio::test]
async fn what_a_tier_does_not_take_is_refused_until_it_is_mended() {
    let scene = Scene::new().await;
    let core = scene.core();
    let key = scene.key(CredentialKind::ApiKey, None).await;
    let jwt = scene.key(CredentialKind::JwtKey, Some(10)).await;
    let import = NewImport {
        key: new_key(&scene.api, CredentialKind::ApiKey, Some(30)),
        secret: PlainSecret::new("secret-of-the-old-gateway".to_owned()),
    };
    let imported = keys::import(core, &scene.developer(), "acme", vec![import]).await.unwrap().remove(0);
    let texts = [key.secret.expose(), jwt.secret.expose(), "secret-of-the-old-gateway"];
    let codes = async || [scene.code(texts[0]).await, scene.code(texts[1]).await, scene.code(texts[2]).await];
    let (valid, off) = (Outcome::Valid, Outcome::Disabled);
    assert_eq!(codes().await, [valid; 3]);
    scene.take(SecurityTier::Medium).await;
    assert_eq!(codes().await, [off, valid, valid], "remembered or not");
    scene.take(SecurityTier::High).await;
    assert_eq!(codes().await, [off; 3]);
    // nothing was written to them: a laxer tier takes them again
    scene.take(SecurityTier::Low).await;
    assert_eq!(codes().await, [valid; 3]);

    scene.take(SecurityTier::High).await;
    let end = |days| KeyPatch { expires_at: Some(Some(START.plus_seconds(days * DAY))), ..KeyPatch::default() };
    let late = keys::update(core, &scene.developer(), "acme", &key.key.id, end(91)).await;
    assert_eq!(refused_fields(late), ["expires_at"]);
    keys::update(core, &scene.developer(), "acme", &key.key.id, end(90)).await.unwrap();
    assert_eq!(scene.code(texts[0]).await, valid);
    let rotated = keys::rotate(core, &scene.developer(), "acme", &imported.id, 0).await.unwrap();
    assert_eq!(scene.code(rotated.secret.expose()).await, valid);
    let jwt_again = keys::rotate(core, &scene.developer(), "acme", &jwt.key.id, 0).await;
    assert_eq!(refused_fields(jwt_again), ["kind"]);
}

// a rotation is what mends a key without an end
#[tokio::test]
async fn a_rotation_gives_the_end_that_the_tier_wants() {
    let scene = Scene::new().await;
    let key = scene.key(CredentialKind::ApiKey, None).await;
    scene.world.clock.advance(200 * DAY);
    verify::follow(scene.core()).await.unwrap();
    scene.take(SecurityTier::High).await;
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Disabled);
    let rotated = keys::rotate(scene.core(), &scene.developer(), "acme", &key.key.id, DAY).await.unwrap();
    assert_eq!(rotated.key.expires_at, Some(START.plus_seconds(290 * DAY)));
    assert_eq!(scene.code(rotated.secret.expose()).await, Outcome::Valid);
    assert_eq!(
        scene.code(key.secret.expose()).await,
        Outcome::Disabled,
        "the old secret lives too long, overlap or not"
    );
}

#[tokio::test]
async fn nothing_is_made_that_the_tier_does_not_take() {
    let scene = Scene::new().await;
    let core = scene.core();
    scene.take(SecurityTier::High).await;
    let create =
        async |kind, days| keys::create(core, &scene.developer(), "acme", new_key(&scene.api, kind, days)).await;
    assert_eq!(refused_fields(create(CredentialKind::JwtKey, None).await), ["kind"]);
    assert_eq!(refused_fields(create(CredentialKind::ApiKey, Some(91)).await), ["expires_at"]);
    let made = create(CredentialKind::ApiKey, None).await.unwrap();
    assert_eq!(made.key.expires_at, Some(START.plus_seconds(90 * DAY)), "as late as it may");
    let import = NewImport {
        key: new_key(&scene.api, CredentialKind::ApiKey, Some(1)),
        secret: PlainSecret::new("secret-of-the-old-gateway".to_owned()),
    };
    let imported = keys::import(core, &scene.developer(), "acme", vec![import]).await;
    assert_eq!(refused_fields(imported), ["items/0/secret"]);
    let loose = apps::create(core, &scene.developer(), "acme", new_app(Vec::new())).await;
    assert_eq!(refused_fields(loose), ["token_binding"]);
    let tight = scene.app(TokenBinding::Dpop).await;
    let patch = AppPatch { token_binding: Some(TokenBinding::None), ..AppPatch::default() };
    let loosened = apps::update(core, &scene.developer(), "acme", &tight.app.id, patch).await;
    assert_eq!(refused_fields(loosened), ["token_binding"]);
    let patch = ApiPatch { token_ttl_seconds: Some(301), ..ApiPatch::default() };
    let longer = apis::update(core, &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await;
    assert_eq!(refused_fields(longer), ["token_ttl_seconds"]);
}

// the stricter of holder and API owner counts
#[tokio::test]
async fn an_apis_owner_is_as_strict_with_others() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let core = scene.core();
    let weather = world.public_api_of_globex().await;
    let asks = verification_key(core, &world.globex(Role::Admin), "globex", &weather).await;
    let made = keys::create(core, &scene.developer(), "acme", new_key(&weather, CredentialKind::ApiKey, None)).await;
    let made = made.unwrap();
    let own = scene.key(CredentialKind::ApiKey, None).await;
    assert_eq!(code(core, &asks, made.secret.expose()).await, Outcome::Valid);
    let preview = tiers::preview(core, &world.globex(Role::Owner), "globex", SecurityTier::Medium).await.unwrap();
    let [only] = preview.listed.as_slice() else { panic!("{preview:?}") };
    assert_eq!((only.credential.id.as_str(), only.credential.holder_slug.as_str()), (made.key.id.as_str(), "acme"));
    take(core, &world.globex(Role::Owner), "globex", SecurityTier::Medium).await;
    assert_eq!(code(core, &asks, made.secret.expose()).await, Outcome::Disabled, "remembered");
    assert_eq!(scene.code(own.secret.expose()).await, Outcome::Valid, "its own API's is its own affair");
    let refused =
        keys::create(core, &scene.developer(), "acme", new_key(&weather, CredentialKind::JwtKey, Some(91))).await;
    assert_eq!(refused_fields(refused), ["expires_at"]);
    // acme itself breaks nothing more by going there, but what it holds for itself
    assert_eq!(scene.preview(SecurityTier::Medium).await.breaks, 1);
}

#[tokio::test]
async fn in_high_every_token_is_bound() {
    let scene = Scene::new().await;
    let core = scene.core();
    let (loose, tight) = (scene.app(TokenBinding::None).await, scene.app(TokenBinding::Dpop).await);
    let bearer = oauth::token(core, request(&loose)).await.unwrap();
    assert_eq!(scene.code(bearer.access_token.expose()).await, Outcome::Valid);
    let account = created_account(&scene.world, &[Role::Developer]).await;
    scene.take(SecurityTier::High).await;
    assert_eq!(scene.code(bearer.access_token.expose()).await, Outcome::Disabled);
    assert_eq!(word(&oauth::token(core, request(&loose)).await), "invalid_request");
    let signed = assertion(account.as_str(), "a", START);
    let unbound = by_assertion(&signed, &scene.api.audience);
    assert_eq!(word(&oauth::token(core, unbound.clone()).await), "invalid_request");
    let again = by_assertion(&assertion(account.as_str(), "b", START), &scene.api.audience);
    let of_account = TokenRequest { dpop: Some(proof(core, "account")), ..again };
    assert_eq!(word(&oauth::token(core, of_account).await), "issued");
    // the management API's own tokens are exempt
    let managing = by_assertion(&assertion(account.as_str(), "c", START), "https://portal.example/api/v1");
    assert_eq!(word(&oauth::token(core, managing).await), "issued");
    for (number, made) in [&loose, &tight].into_iter().enumerate() {
        let token = bound(core, made, &format!("app{number}")).await;
        let text = token.access_token.expose();
        let (method, url) = ("GET", "https://orders.example/orders");
        let now = core.clock.now().as_seconds();
        let claims = json!({ "jti": "use", "htm": method, "htu": url, "iat": now, "ath": ath(text) });
        let shown = Prover::new(1).prove(&claims);
        let dpop = Some(verify::ShownProof { proof: &shown, method, url });
        let asked = VerifyRequest { credential: text, dpop, ..VerifyRequest::default() };
        // each proof is used once
        if number == 0 {
            assert_eq!(verify::verify(core, &scene.verification_key, &asked).await.unwrap().code, Outcome::Valid);
        } else {
            assert_eq!(scene.code(text).await, Outcome::BadSignature, "without its proof");
        }
    }
}

#[tokio::test]
async fn tokens_live_no_longer_than_the_tier_lets_them() {
    let scene = Scene::new().await;
    let core = scene.core();
    let patch = ApiPatch { token_ttl_seconds: Some(3_600), ..ApiPatch::default() };
    apis::update(core, &scene.world.acme(Role::Admin), "acme", &scene.api.id, patch).await.unwrap();
    let made = scene.app(TokenBinding::None).await;
    let early = oauth::token(core, request(&made)).await.unwrap();
    assert_eq!(early.expires_in, 3_600);
    scene.take(SecurityTier::Medium).await;
    let token = oauth::token(core, request(&made)).await.unwrap();
    assert_eq!(token.expires_in, 900);
    let said = claims(&scene.world, &token).await;
    assert_eq!(said.exp, START.plus_seconds(900));
    scene.world.clock.advance(899);
    verify::follow(core).await.unwrap();
    assert_eq!(scene.code(early.access_token.expose()).await, Outcome::Valid);
    scene.world.clock.advance(1);
    assert_eq!(scene.code(early.access_token.expose()).await, Outcome::Expired, "as one that is made now");
}

// contract section 3: a hash of an older profile still verifies; a use upgrades it
#[tokio::test]
async fn in_high_secrets_are_hashed_at_a_higher_cost() {
    let scene = Scene::new().await;
    let core = scene.core();
    let before = scene.key(CredentialKind::ApiKey, Some(30)).await;
    let app = scene.app(TokenBinding::Dpop).await;
    let phc_of_key = async |key: &CreatedKey| {
        let row = scene.world.store.find_verifiable_key(&key.key.id).await.unwrap().unwrap();
        match &row.secrets[0] {
            GenerationSecret::Hash(hash) => hash.expose_phc().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let phc_of_app = async || {
        let row = scene.world.store.find_verifiable_app(&app.app.id).await.unwrap().unwrap();
        row.secrets[0].hash.expose_phc().to_owned()
    };
    let (cheap, costly) = ("m=1024,t=1,p=1", "m=19456,t=2,p=1");
    assert!(phc_of_key(&before).await.contains(cheap));
    assert_eq!(scene.code(before.secret.expose()).await, Outcome::Valid);
    bound(core, &app, "before").await;
    scene.take(SecurityTier::High).await;
    let after = scene.key(CredentialKind::ApiKey, None).await;
    assert!(phc_of_key(&after).await.contains(costly));
    assert_eq!(scene.code(after.secret.expose()).await, Outcome::Valid);
    assert!(phc_of_key(&before).await.contains(cheap), "not used since");
    assert_eq!(scene.code(before.secret.expose()).await, Outcome::Valid);
    assert!(phc_of_key(&before).await.contains(costly));
    bound(core, &app, "after").await;
    assert!(phc_of_app().await.contains(costly));
    let wrong = latchkey_types::secret::compose(
        "lk",
        latchkey_types::secret::SecretKind::Live,
        before.key.id.random_part(),
        &[9; 32],
    );
    assert_eq!(scene.code(&wrong).await, Outcome::NotFound);
}

// F-11: the memory of another replica, which hasn't looked at the change log since, is believed for a moment; not in high
#[tokio::test]
async fn in_high_nothing_is_answered_from_a_stale_memory() {
    for (tier, stale) in [(SecurityTier::Medium, Outcome::Valid), (SecurityTier::High, Outcome::Revoked)] {
        let Pair { scene, other, _folder } = Pair::new().await;
        scene.take(tier).await;
        verify::follow(&other).await.unwrap();
        let key = scene.key(CredentialKind::ApiKey, Some(30)).await;
        for _ in 0..2 {
            assert_eq!(code(&other, &scene.verification_key, key.secret.expose()).await, Outcome::Valid);
        }
        keys::revoke(scene.core(), &scene.developer(), "acme", &key.key.id, None).await.unwrap();
        assert_eq!(code(&other, &scene.verification_key, key.secret.expose()).await, stale, "{tier:?}");
        verify::follow(&other).await.unwrap();
        assert_eq!(code(&other, &scene.verification_key, key.secret.expose()).await, Outcome::Revoked);
    }
}

// the holder is high, the API's owner isn't: the credential itself wants the look
#[tokio::test]
async fn a_holder_in_high_is_never_answered_for_from_a_stale_memory() {
    for (tier, stale) in [(SecurityTier::Medium, Outcome::Valid), (SecurityTier::High, Outcome::Disabled)] {
        let Pair { scene, other, _folder } = Pair::new().await;
        let (world, core) = (&scene.world, scene.core());
        let weather = world.public_api_of_globex().await;
        let asks = verification_key(core, &world.globex(Role::Admin), "globex", &weather).await;
        scene.take(tier).await;
        let new = new_key(&weather, CredentialKind::ApiKey, None);
        let made = keys::create(core, &scene.developer(), "acme", new).await.unwrap();
        verify::follow(&other).await.unwrap();
        assert_eq!(code(&other, &asks, made.secret.expose()).await, Outcome::Valid);
        keys::disable(core, &scene.developer(), "acme", &made.key.id).await.unwrap();
        assert_eq!(code(&other, &asks, made.secret.expose()).await, stale, "{tier:?}");
    }
}

// the token endpoint remembers clients and tokens, too
#[tokio::test]
async fn in_high_the_token_endpoint_looks_before_it_believes() {
    for (tier, stale) in [(SecurityTier::Medium, "issued"), (SecurityTier::High, "invalid_client")] {
        let Pair { scene, other, _folder } = Pair::new().await;
        scene.take(tier).await;
        let app = scene.app(TokenBinding::Dpop).await;
        let patch = AppPatch { repeated_request: Some(RepeatedRequest::SameToken), ..AppPatch::default() };
        apps::update(scene.core(), &scene.developer(), "acme", &app.app.id, patch).await.unwrap();
        verify::follow(&other).await.unwrap();
        bound(&other, &app, "one").await;
        bound(&other, &app, "two").await;
        apps::disable(scene.core(), &scene.developer(), "acme", &app.app.id).await.unwrap();
        let asked = TokenRequest { dpop: Some(proof(&other, "three")), ..request(&app) };
        assert_eq!(word(&oauth::token(&other, asked).await), stale, "{tier:?}");
    }
}

// an organisation's own limit and the tier's: the stricter one
#[tokio::test]
async fn the_organisations_own_limit_still_counts() {
    let scene = Scene::new().await;
    let limit = orgs::OrgSettingsChange { max_key_lifetime_days: Some(Some(10)), ..Default::default() };
    let change = OrgChange { settings: limit, ..OrgChange::default() };
    orgs::update(scene.core(), &scene.world.acme(Role::Owner), "acme", change).await.unwrap();
    scene.take(SecurityTier::Medium).await;
    let made = scene.key(CredentialKind::ApiKey, None).await;
    assert_eq!(made.key.expires_at, Some(START.plus_seconds(10 * DAY)));
}

#[tokio::test]
async fn a_new_api_starts_with_the_tier_of_its_owner() {
    let scene = Scene::new().await;
    scene.take(SecurityTier::Medium).await;
    let new = crate::stage::new_api("https://billing.example", Visibility::Private);
    let api = apis::create(scene.core(), &scene.world.acme(Role::Admin), "acme", new).await.unwrap();
    let read = apis::get(scene.core(), &scene.world.acme(Role::Viewer), "acme", &api.id).await.unwrap();
    assert_eq!((api.owner_tier, read.owner_tier), (SecurityTier::Medium, SecurityTier::Medium));
}
