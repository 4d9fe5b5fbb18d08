//! Keys of other systems: brought in with their secrets, verified like any other.

use std::sync::Arc;

use latchkey_core::apis::{self, Api};
use latchkey_core::clock::Clock;
use latchkey_core::keys::{self, GenerationSecret, Key, NewImport, NewKey};
use latchkey_core::ports::{KeyStore, OrgStore};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, Answer, VerifyRequest};
use latchkey_core::{Core, Error, PlainSecret, signing};
use latchkey_types::{CredentialKind, CredentialStatus, Environment, Outcome, Role};
use serde_json::json;

use crate::setup::{MASTER_KEY, World, page, refused_fields};

const SECRET: &str = "old-gateway-4711";

/// Two APIs of `acme`, of which only the first one gets imported keys, each with a verification key.
struct Scene {
    world: World,
    orders: Api,
    verification_key: String,
    other_verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let orders = world.private_api(&world.acme, "orders", &["orders:read", "orders:write"]).await;
        let other = world.private_api(&world.acme, "billing", &[]).await;
        let verification_key = verification_key(&world, &orders, vec![Environment::Live]).await;
        let other_verification_key = verification_key_of(&world, &other).await;
        Self { world, orders, verification_key, other_verification_key }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    fn item(&self, secret: &str) -> NewImport {
        let key = NewKey {
            kind: CredentialKind::ApiKey,
            name: "from the old gateway".to_owned(),
            api: self.orders.audience.clone(),
            environment: Environment::Live,
            scopes: vec!["orders:read".to_owned()],
            expires_at: None,
            owner: None,
            metadata: None,
            labels: None,
            ..NewKey::default()
        };
        NewImport { key, secret: PlainSecret::new(secret.to_owned()) }
    }

    async fn import(&self, items: Vec<NewImport>) -> Result<Vec<Key>, Error> {
        keys::import(self.core(), &self.world.acme(Role::Developer), "acme", items).await
    }

    /// One key with [`SECRET`].
    async fn imported(&self) -> Key {
        self.import(vec![self.item(SECRET)]).await.unwrap().remove(0)
    }

    async fn ask(&self, credential: &str) -> Answer {
        ask(self.core(), &self.verification_key, credential).await
    }

    async fn code(&self, credential: &str) -> Outcome {
        self.ask(credential).await.code
    }

    async fn code_at_the_other(&self, credential: &str) -> Outcome {
        ask(self.core(), &self.other_verification_key, credential).await.code
    }

    async fn stored(&self, key: &Key) -> GenerationSecret {
        let row = self.world.store.find_verifiable_key(&key.id).await.unwrap().unwrap();
        row.secrets.last().unwrap().clone()
    }

    async fn count(&self) -> usize {
        let viewer = self.world.acme(Role::Viewer);
        keys::list(self.core(), &viewer, "acme", &keys::KeyFilter::default(), &page()).await.unwrap().items.len()
    }
}

async fn verification_key(world: &World, api: &Api, environments: Vec<Environment>) -> String {
    let admin = world.acme(Role::Admin);
    let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", environments).await;
    made.unwrap().secret.expose().to_owned()
}

async fn verification_key_of(world: &World, api: &Api) -> String {
    verification_key(world, api, vec![Environment::Live]).await
}

async fn ask(core: &Core, verification_key: &str, credential: &str) -> Answer {
    verify::verify(core, verification_key, &VerifyRequest { credential, ..VerifyRequest::default() }).await.unwrap()
}

#[tokio::test]
async fn an_imported_key_is_a_key_like_any_other() {
    let scene = Scene::new().await;
    let mut item = scene.item(SECRET);
    item.key.owner = Some("customer_7".to_owned());
    item.key.metadata = json!({"plan": "pro"}).as_object().cloned();
    let key = scene.import(vec![item]).await.unwrap().remove(0);
    assert_eq!((key.kind, key.generations[0].number, key.generations[0].imported), (CredentialKind::ApiKey, 1, true));
    let viewer = scene.world.acme(Role::Viewer);
    assert_eq!(keys::get(scene.core(), &viewer, "acme", &key.id).await.unwrap(), key);
    let listed = keys::list(scene.core(), &viewer, "acme", &keys::KeyFilter::default(), &page()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&key));
    // seen for the first time, and remembered
    for _ in 0..2 {
        let verified = scene.ask(SECRET).await.valid.unwrap();
        assert_eq!((verified.id.as_str(), verified.generation), (key.id.as_str(), Some(1)));
        assert_eq!((verified.owner.as_deref(), &verified.metadata["plan"]), (Some("customer_7"), &json!("pro")));
        assert_eq!(verified.scopes.to_string(), "orders:read");
    }
    assert_eq!(scene.core().verifier.stats(std::time::Duration::ZERO).entries, 1);
    for wrong in ["old-gateway-4712", "old-gateway-471", "old-gateway-47111", "OLD-gateway-4711", "old.gateway.4711"] {
        let answer = scene.ask(wrong).await;
        assert_eq!((answer.code, answer.id), (Outcome::NotFound, None), "{wrong}");
    }

    // F-39
    let rows = scene.world.audit_rows(Some(&scene.world.acme.id), key.id.as_str()).await;
    assert_eq!(rows.iter().map(|row| row.action.as_str()).collect::<Vec<_>>(), ["key.import"]);
}

// contract section 3: the profile `imported`, OWASP's minimum or more; peppered, salted; nothing to read in a dump
#[tokio::test]
async fn the_secret_rests_as_argon2id_of_the_costlier_profile() {
    let scene = Scene::new().await;
    let keys = scene.import(vec![scene.item(SECRET), scene.item("another-4711")]).await.unwrap();
    let GenerationSecret::Imported { hash, index } = scene.stored(&keys[0]).await else { panic!("not imported") };
    let start = format!("$argon2id$v=19$m=19456,t=2,p=1,keyid={}$", MasterKey::from_bytes(MASTER_KEY).id());
    assert!(hash.expose_phc().starts_with(&start), "{}", hash.expose_phc());
    assert_eq!(index, scene.core().hasher.index(SECRET));
    let GenerationSecret::Imported { hash: other, index: other_index } = scene.stored(&keys[1]).await else {
        panic!("not imported")
    };
    let salt = |phc: &str| phc.split('$').nth(4).unwrap().to_owned();
    assert_ne!(salt(hash.expose_phc()), salt(other.expose_phc()));
    assert_ne!(index, other_index);
}

// F-19
#[tokio::test]
async fn no_secret_is_in_debug_texts_or_the_audit_log() {
    let scene = Scene::new().await;
    let item = scene.item(SECRET);
    let shown = format!("{item:?}");
    let key = scene.imported().await;
    let row = scene.world.store.find_verifiable_key(&key.id).await.unwrap().unwrap();
    let refused = scene.import(vec![item, scene.item(SECRET), scene.item("4711-x y")]).await.unwrap_err();
    let texts = format!("{shown} {key:?} {row:?} {refused:?} {refused} {}", scene.world.audit_text().await);
    assert!(!texts.contains("4711") && !texts.contains("argon2"), "{texts}");
}

#[tokio::test]
async fn what_is_no_secret_of_an_imported_key_stays_malformed_without_a_look_up() {
    let scene = Scene::new().await;
    // no imported key yet: everything of another form is malformed
    for text in [SECRET, "old.gateway.4711", "x"] {
        assert_eq!(scene.code(text).await, Outcome::Malformed, "{text}");
    }
    // the verification key is remembered by now; the first imported key makes it look again
    scene.imported().await;
    assert_eq!(scene.code(SECRET).await, Outcome::Valid);
    for text in ["", "short", "with a space in it", "lk_live_x", "lk_old-gateway", "lk_live_x.y.z", &"x".repeat(513)] {
        assert_eq!(scene.code(text).await, Outcome::Malformed, "{text}");
    }
    // and still for the API without any, whether or not somebody else's is remembered
    let dotted = "old.gateway.0815";
    scene.import(vec![scene.item(dotted)]).await.unwrap();
    assert_eq!(scene.code(dotted).await, Outcome::Valid);
    for text in [SECRET, dotted, "old-gateway-4712"] {
        assert_eq!(scene.code_at_the_other(text).await, Outcome::Malformed, "{text}");
    }
}

#[tokio::test]
async fn another_api_and_environment_do_not_find_it() {
    let scene = Scene::new().await;
    let mut test = scene.item("test-gateway-1");
    test.key.environment = Environment::Test;
    let mut elsewhere = scene.item("billing-gateway-1");
    elsewhere.key.api = "https://billing.example".to_owned();
    elsewhere.key.scopes = Vec::new();
    scene.import(vec![scene.item(SECRET), test, elsewhere]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(scene.code("billing-gateway-1").await, Outcome::NotFound);
        assert_eq!(scene.code_at_the_other(SECRET).await, Outcome::NotFound);
        assert_eq!(scene.code_at_the_other("billing-gateway-1").await, Outcome::Valid);
        assert_eq!(scene.code(SECRET).await, Outcome::Valid);
        assert_eq!(scene.code("test-gateway-1").await, Outcome::NotFound);
    }
    let both = verification_key(&scene.world, &scene.orders, vec![Environment::Live, Environment::Test]).await;
    assert_eq!(ask(scene.core(), &both, "test-gateway-1").await.code, Outcome::Valid);
}

#[tokio::test]
async fn jwt_keys_and_our_own_secrets_go_on_beside_it() {
    let scene = Scene::new().await;
    scene.imported().await;
    let developer = scene.world.acme(Role::Developer);
    for kind in [CredentialKind::ApiKey, CredentialKind::JwtKey] {
        let new = NewKey { kind, ..scene.item("unused-secret").key };
        let made = keys::create(scene.core(), &developer, "acme", new).await.unwrap();
        assert_eq!(scene.code(made.secret.expose()).await, Outcome::Valid);
        // a JWT is never a text to look up, nor is one of our own secrets
        let refused = scene.import(vec![scene.item(made.secret.expose())]).await;
        assert_eq!(refused_fields(refused), ["items/0/secret"]);
    }
}

#[tokio::test]
async fn states_hold_at_once() {
    let scene = Scene::new().await;
    let developer = scene.world.acme(Role::Developer);
    let end = scene.world.clock.now().plus_seconds(60);
    let mut ending = scene.item("ends-in-a-minute");
    ending.key.expires_at = Some(end);
    let keys = scene.import(vec![scene.item(SECRET), ending]).await.unwrap();
    let id = &keys[0].id;
    assert_eq!((scene.code(SECRET).await, scene.code("ends-in-a-minute").await), (Outcome::Valid, Outcome::Valid));
    keys::disable(scene.core(), &developer, "acme", id).await.unwrap();
    let answer = scene.ask(SECRET).await;
    assert_eq!((answer.code, answer.id.as_deref()), (Outcome::Disabled, Some(id.as_str())));
    keys::enable(scene.core(), &developer, "acme", id).await.unwrap();
    assert_eq!(scene.code(SECRET).await, Outcome::Valid);
    keys::revoke(scene.core(), &developer, "acme", id, Some("leaked".to_owned())).await.unwrap();
    assert_eq!(scene.code(SECRET).await, Outcome::Revoked);
    // what was revoked doesn't come back under another name
    assert_eq!(refused_fields(scene.import(vec![scene.item(SECRET)]).await), ["items/0/secret"]);
    scene.world.clock.advance(60);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.code("ends-in-a-minute").await, Outcome::Expired);
    let ended = keys::get(scene.core(), &developer, "acme", &keys[1].id).await.unwrap();
    assert_eq!(ended.status(scene.world.clock.now()), CredentialStatus::Expired);
}

#[tokio::test]
async fn rotation_gives_one_of_our_own_secrets_and_the_old_one_holds_for_the_overlap() {
    let scene = Scene::new().await;
    let key = scene.imported().await;
    assert_eq!(scene.code(SECRET).await, Outcome::Valid);
    let developer = scene.world.acme(Role::Developer);
    let rotated = keys::rotate(scene.core(), &developer, "acme", &key.id, 3600).await.unwrap();
    assert!(rotated.secret.expose().starts_with(&format!("lk_live_{}_", key.id.random_part())));
    let imported: Vec<_> = rotated.key.generations.iter().map(|one| (one.number, one.imported)).collect();
    assert_eq!(imported, [(2, false), (1, true)]);
    let generation = |answer: Answer| answer.valid.and_then(|verified| verified.generation);
    for _ in 0..2 {
        assert_eq!(generation(scene.ask(SECRET).await), Some(1));
        assert_eq!(generation(scene.ask(rotated.secret.expose()).await), Some(2));
    }
    scene.world.clock.advance(3600);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(scene.code(SECRET).await, Outcome::Expired);
    assert_eq!(scene.code(rotated.secret.expose()).await, Outcome::Valid);
}

// contract section 2: both master keys are tried while one is being changed, and what was used goes on under the new one
#[tokio::test]
async fn hash_and_index_move_to_a_new_master_key_with_the_first_use() {
    let scene = Scene::new().await;
    let keys = scene.import(vec![scene.item(SECRET), scene.item("never-used-again")]).await.unwrap();
    let new = || MasterKey::from_bytes([8; 32]);
    let changing = scene.world.replica(80, Vault::new(new(), Some(MasterKey::from_bytes(MASTER_KEY))));
    assert_eq!(ask(&changing, &scene.verification_key, SECRET).await.code, Outcome::Valid);
    let GenerationSecret::Imported { hash, index } = scene.stored(&keys[0]).await else { panic!("not imported") };
    assert!(hash.expose_phc().contains(&format!("m=19456,t=2,p=1,keyid={}$", new().id())));
    assert_eq!(index, changing.hasher.index(SECRET));
    // known under either key
    let developer = scene.world.acme(Role::Developer);
    for secret in [SECRET, "never-used-again"] {
        let again = keys::import(&changing, &developer, "acme", vec![scene.item(secret)]).await;
        assert_eq!(refused_fields(again), ["items/0/secret"], "{secret}");
    }
    let changed = scene.world.replica(81, Vault::new(new(), None));
    assert_eq!(ask(&changed, &scene.verification_key, SECRET).await.code, Outcome::Valid);
    assert_eq!(ask(&changed, &scene.verification_key, "never-used-again").await.code, Outcome::NotFound);
}

#[tokio::test]
async fn all_or_nothing_and_every_bad_member_is_named() {
    let scene = Scene::new().await;
    let mut nameless = scene.item("good-secret-1");
    (nameless.key.name, nameless.key.scopes) = (String::new(), vec!["orders:read".to_owned(), "nope".to_owned()]);
    let mut jwt = scene.item("good-secret-2");
    jwt.key.kind = CredentialKind::JwtKey;
    let mut nowhere = scene.item("lk_live_x");
    nowhere.key.api = "https://nowhere.example".to_owned();
    let items = vec![scene.item("good-secret-3"), nameless, jwt, nowhere, scene.item("good-secret-3")];
    assert_eq!(
        refused_fields(scene.import(items).await),
        ["items/1/name", "items/1/scopes/1", "items/2/kind", "items/3/secret", "items/3/api", "items/4/secret"]
    );
    assert_eq!(scene.count().await, 0);

    scene.imported().await;
    let items = vec![scene.item("good-secret-3"), scene.item(SECRET), scene.item("good-secret-4")];
    assert_eq!(refused_fields(scene.import(items).await), ["items/1/secret"]);
    assert_eq!((scene.count().await, scene.code("good-secret-3").await), (1, Outcome::NotFound));

    assert_eq!(refused_fields(scene.import(Vec::new()).await), ["items"]);
    let many = |count: usize| (0..count).map(|number| scene.item(&format!("one-of-many-{number}"))).collect::<Vec<_>>();
    assert_eq!(refused_fields(scene.import(many(101)).await), ["items"]);
    let keys = scene.import(many(100)).await.unwrap();
    assert_eq!((keys.len(), scene.count().await), (100, 101));
    assert_eq!(scene.ask("one-of-many-57").await.valid.unwrap().id, keys[57].id.as_str());
}

// of several calls at once with the same secret one wins, and the other is told which
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_imports_at_once_one_wins() {
    let scene = Arc::new(Scene::new().await);
    let calls = (0..4).map(|number| {
        let scene = Arc::clone(&scene);
        let items = vec![scene.item(&format!("only-in-call-{number}")), scene.item(SECRET)];
        tokio::spawn(async move { scene.import(items).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut done = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => done += 1,
            refused => assert_eq!(refused_fields(refused), ["items/1/secret"]),
        }
    }
    assert_eq!((done, scene.count().await), (1, 2));
}

#[tokio::test]
async fn who_may_import_and_for_what() {
    let scene = Scene::new().await;
    for role in Role::ALL {
        let items = vec![scene.item(&format!("secret-of-{role}"))];
        let made = keys::import(scene.core(), &scene.world.acme(role), "acme", items).await;
        assert_eq!(made.is_ok(), role >= Role::Developer, "{role}");
    }
    let foreign = keys::import(scene.core(), &scene.world.globex(Role::Owner), "acme", vec![scene.item(SECRET)]).await;
    assert!(matches!(foreign, Err(Error::NotFound)));
    // of a key for another organisation's API, owner and metadata are that one's to set
    let weather = scene.world.public_api_of_globex().await;
    let mut item = scene.item(SECRET);
    (item.key.api, item.key.scopes, item.key.owner) = (weather.audience, Vec::new(), Some("me".to_owned()));
    assert!(matches!(scene.import(vec![item.clone()]).await, Err(Error::Forbidden(_))));
    item.key.owner = None;
    scene.import(vec![item]).await.unwrap();
    let suspended_at = Some(scene.world.clock.now());
    let audit = scene.world.audit(None, "org.suspend");
    scene.world.store.set_org_suspended(&scene.world.acme.id, suspended_at, &audit).await.unwrap();
    assert!(matches!(scene.import(vec![scene.item("too-late-now")]).await, Err(Error::Forbidden(_))));
}

// F-23: guessing is slowed down as guessing of ids is; a good secret is not
#[tokio::test]
async fn guesses_are_slowed_down_and_a_good_secret_is_not() {
    let scene = Scene::new().await;
    scene.imported().await;
    let mut refused = None;
    for attempt in 0..110 {
        let guess = format!("old-gateway-{attempt:06}");
        let request = VerifyRequest { credential: &guess, ..VerifyRequest::default() };
        match verify::verify(scene.core(), &scene.verification_key, &request).await {
            Ok(answer) => assert_eq!(answer.code, Outcome::NotFound),
            Err(error) => {
                refused = Some(error);
                break;
            }
        }
    }
    assert!(matches!(refused, Some(Error::TooMany(seconds)) if seconds > 0), "{refused:?}");
    assert_eq!(scene.code(SECRET).await, Outcome::Valid);
}

// F-11: another replica looks for such keys as soon as it has seen the change
#[tokio::test]
async fn another_replica_learns_of_the_first_imported_key() {
    let scene = Scene::new().await;
    let replica: Arc<Core> = scene.world.replica(77, Vault::new(MasterKey::from_bytes(MASTER_KEY), None));
    signing::load(&replica).await.unwrap();
    verify::follow(&replica).await.unwrap();
    assert_eq!(ask(&replica, &scene.verification_key, SECRET).await.code, Outcome::Malformed);
    let key = scene.imported().await;
    verify::follow(&replica).await.unwrap();
    assert_eq!(ask(&replica, &scene.verification_key, SECRET).await.code, Outcome::Valid);
    keys::revoke(scene.core(), &scene.world.acme(Role::Developer), "acme", &key.id, None).await.unwrap();
    verify::follow(&replica).await.unwrap();
    assert_eq!(ask(&replica, &scene.verification_key, SECRET).await.code, Outcome::Revoked);
}
