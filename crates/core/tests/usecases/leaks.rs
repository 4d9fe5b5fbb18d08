//! Secrets that got into wrong hands: reported by somebody who signs, or ended by whoever holds them. Issue 4; F-19, F-22,
//! F-23.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::apis::{self, Api};
use latchkey_core::apps::{self, AppPatch};
use latchkey_core::audit::AuditEntry;
use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::leaks::{self, Ending, Leak, LeakReporter, LeakResponse, SecretTarget, Sighting};
use latchkey_core::orgs::{self, OrgChange, OrgSettingsChange};
use latchkey_core::settings::Settings;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::verify::{self, VerifyRequest};
use latchkey_core::{Core, Error, Parts, PlainSecret, action_tokens, management_keys, oauth, signing};
use latchkey_types::secret::{SecretKind, compose, parse};
use latchkey_types::{CredentialKind, CredentialStatus, Environment, Outcome, Role};

use crate::apps::{MadeApp, create as create_app, grant};
use crate::oauth::{request, word};
use crate::setup::{MASTER_KEY, START, TestRandom, World, operator, page, settings};

const URL: &str = "https://git.example/acme/shop/.env";
const HOUR: i64 = 3_600;

/// An API of `acme`, and a replica that believes a reporter.
struct Scene {
    world: World,
    api: Api,
    verification_key: String,
    signer: EcdsaKeyPair,
    /// Where reports arrive.
    reporting: Arc<Core>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        signing::load(&world.core).await.unwrap();
        verify::follow(&world.core).await.unwrap();
        let api = world.private_api(&world.acme, "orders", &["read", "confirm"]).await;
        let (admin, both) = (world.acme(Role::Admin), vec![Environment::Live, Environment::Test]);
        let made = apis::create_verification_key(&world.core, &admin, "acme", &api.id, "gateway", both).await.unwrap();
        let signer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let reporting = believing(&world, &signer, Vault::new(MasterKey::from_bytes(MASTER_KEY), None), 2).await;
        Self { verification_key: made.secret.expose().to_owned(), world, api, signer, reporting }
    }

    fn core(&self) -> &Core {
        &self.world.core
    }

    async fn key(&self) -> CreatedKey {
        let new = NewKey {
            kind: CredentialKind::ApiKey,
            name: "checkout".to_owned(),
            api: self.api.id.to_string(),
            environment: Environment::Live,
            scopes: vec!["read".to_owned()],
            ..NewKey::default()
        };
        keys::create(self.core(), &self.world.acme(Role::Developer), "acme", new).await.unwrap()
    }

    async fn rotated(&self, key: &CreatedKey) -> CreatedKey {
        keys::rotate(self.core(), &self.world.acme(Role::Developer), "acme", &key.key.id, 24 * HOUR).await.unwrap()
    }

    async fn app(&self) -> MadeApp {
        create_app(&self.world, vec![grant(&self.api.audience, &["read"])]).await.unwrap()
    }

    async fn status(&self, key: &CreatedKey) -> CredentialStatus {
        let found = keys::get(self.core(), &self.world.acme(Role::Viewer), "acme", &key.key.id).await.unwrap();
        found.status(self.core().clock.now())
    }

    async fn respond_by(&self, response: LeakResponse) {
        let settings = OrgSettingsChange {
            leak_response: Some(response),
            leak_grace_hours: Some(2),
            ..OrgSettingsChange::default()
        };
        let change = OrgChange { settings, ..OrgChange::default() };
        orgs::update(self.core(), &self.world.acme(Role::Admin), "acme", change).await.unwrap();
    }

    /// Reports these secrets as seen there; whether each is one of ours.
    async fn report_at(&self, core: &Core, url: &str, secrets: &[&str]) -> Result<Vec<bool>, Error> {
        let body = b"the raw body";
        let signature = STANDARD.encode(self.signer.sign(&SystemRandom::new(), body).unwrap());
        let reporter = leaks::authenticate(core, "key-1", &signature, body)?;
        let sightings = secrets.iter().map(|secret| Sighting {
            token: PlainSecret::new((*secret).to_owned()),
            token_type: "latchkey".to_owned(),
            url: url.to_owned(),
            source: "commit".to_owned(),
        });
        let told = leaks::report(core, &reporter, sightings.collect(), Some(address("198.51.100.7"))).await?;
        Ok(told.into_iter().map(|told| told.is_ours).collect())
    }

    async fn report(&self, secrets: &[&str]) -> Vec<bool> {
        self.report_at(&self.reporting, URL, secrets).await.unwrap()
    }

    async fn revoke(&self, text: &str) -> Result<(), Error> {
        leaks::revoke(self.core(), text, Some(address("203.0.113.7"))).await
    }

    async fn leaks(&self) -> Vec<Leak> {
        leaks::list(self.core(), &self.world.acme(Role::Viewer), "acme", &page()).await.unwrap().items
    }

    /// What verification says, once this replica has heard of everything.
    async fn code(&self, credential: &str) -> Outcome {
        verify::follow(self.core()).await.unwrap();
        let request = VerifyRequest { credential, ..VerifyRequest::default() };
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap().code
    }

    async fn rows(&self, target: &str, action: &str) -> Vec<AuditEntry> {
        let rows = self.world.audit_rows(Some(&self.world.acme.id), target).await;
        rows.into_iter().filter(|row| row.action == action).collect()
    }
}

/// Another replica of the same portal, whose operator configured the reporter.
async fn believing(world: &World, signer: &EcdsaKeyPair, vault: Vault, seed: u64) -> Arc<Core> {
    let der = AsDer::<PublicKeyX509Der<'_>>::as_der(signer.public_key()).unwrap();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()));
    let reporter = LeakReporter::new("GitHub".to_owned(), "key-1".to_owned(), &pem).unwrap();
    let core = Core::new(Parts {
        store: world.store.clone(),
        clock: world.clock.clone(),
        random: Arc::new(TestRandom::new(seed)),
        fetcher: world.fetcher.clone(),
        mailer: world.mailer.clone(),
        vault,
        settings: Settings { leak_reporters: vec![reporter], ..settings() },
    });
    signing::load(&core).await.unwrap();
    core
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A secret of this form and id that was never handed out.
fn made_up(kind: SecretKind, secret: &str, number: u8) -> String {
    compose("lk", kind, parse("lk", secret).unwrap().id, &[number; 32])
}

#[tokio::test]
async fn the_organisation_decides_what_becomes_of_a_leaked_secret() {
    let scene = Scene::new().await;
    let key = scene.key().await;
    let secret = key.secret.expose();
    scene.respond_by(LeakResponse::Notify).await;
    assert_eq!(scene.report(&[secret]).await, [true]);
    assert_eq!((scene.code(secret).await, scene.leaks().await[0].ending), (Outcome::Valid, Ending::Kept));

    scene.respond_by(LeakResponse::Grace).await;
    let ends_at = START.plus_seconds(2 * HOUR);
    assert_eq!(scene.report(&[secret]).await, [true]);
    assert_eq!((scene.code(secret).await, scene.leaks().await[0].ending), (Outcome::Valid, Ending::At(ends_at)));
    // reported again, it doesn't live longer
    scene.world.clock.advance(HOUR);
    assert_eq!(scene.report(&[secret]).await, [true]);
    assert_eq!(scene.leaks().await[0].ending, Ending::At(ends_at));
    scene.world.clock.advance(HOUR - 1);
    assert_eq!(scene.code(secret).await, Outcome::Valid);
    scene.world.clock.advance(1);
    assert_eq!(scene.code(secret).await, Outcome::Expired);

    let other = scene.key().await;
    scene.respond_by(LeakResponse::Revoke).await;
    assert_eq!(scene.report(&[other.secret.expose()]).await, [true]);
    assert_eq!(scene.code(other.secret.expose()).await, Outcome::Revoked);
    assert_eq!(scene.status(&other).await, CredentialStatus::Revoked);
}

#[tokio::test]
async fn who_reported_what_where_is_kept_without_the_secret() {
    let scene = Scene::new().await;
    let key = scene.key().await;
    let (secret, id) = (key.secret.expose(), key.key.id.as_str());
    // F-19: also where something stands within it that is taken off
    let broken = format!("{}\u{7}{}", &secret[..20], &secret[20..]);
    let url = format!("https://git.example/?a={secret}&b={broken}");
    assert_eq!(scene.report_at(&scene.reporting, &url, &[secret, secret]).await.unwrap(), [true, true]);
    let leaks = scene.leaks().await;
    let leak = &leaks[0];
    assert_eq!((leaks.len(), leak.times, leak.ending), (1, 2, Ending::Revoked));
    assert_eq!((leak.reporter.as_str(), leak.source.as_str()), ("GitHub", "commit"));
    assert_eq!(leak.url, "https://git.example/?a=…&b=…");
    assert_eq!(leak.secret.target, SecretTarget::Key { id: key.key.id.clone(), generation: 1 });
    assert_eq!((leak.first_reported_at, leak.last_reported_at), (START, START));

    let rows = scene.rows(id, "leak.report").await;
    let row = &rows[0];
    assert_eq!((rows.len(), row.actor_kind.as_str(), row.actor_id.as_deref()), (1, "leak_reporter", Some("GitHub")));
    assert_eq!(row.ip, Some(address("198.51.100.7")));
    let said = |name: &str| row.detail[name].clone();
    assert_eq!((said("outcome"), said("whole_key"), said("generation")), ("revoked".into(), true.into(), 1.into()));
    let texts = format!("{leaks:?} {}", scene.world.audit_text().await);
    assert!(!texts.contains(&secret[secret.len() - 49..]), "{texts}");

    // the credential's page shows it, to its own people
    let (own, foreign) = (scene.world.acme(Role::Viewer), scene.world.globex(Role::Owner));
    let of = async |caller, org| leaks::of_credential(scene.core(), caller, org, id).await;
    assert_eq!(of(&own, "acme").await.unwrap(), leaks);
    assert_eq!(of(&foreign, "globex").await.unwrap(), []);
    assert!(matches!(of(&foreign, "acme").await, Err(Error::NotFound)));
    assert!(matches!(leaks::list(scene.core(), &foreign, "acme", &page()).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn of_two_secrets_the_leaked_one_ends() {
    let scene = Scene::new().await;
    for by_report in [true, false] {
        let key = scene.key().await;
        let new = scene.rotated(&key).await;
        let (old, new) = (key.secret.expose(), new.secret.expose());
        let end = async |secret: &str| {
            if by_report {
                assert_eq!(scene.report(&[secret]).await, [true]);
            } else {
                scene.revoke(secret).await.unwrap();
            }
        };
        end(old).await;
        assert_eq!((scene.code(old).await, scene.code(new).await), (Outcome::Revoked, Outcome::Valid), "{by_report}");
        assert_eq!(scene.status(&key).await, CredentialStatus::Active);
        end(new).await;
        assert_eq!(scene.code(new).await, Outcome::Revoked);
        assert_eq!(scene.status(&key).await, CredentialStatus::Revoked, "nothing of it is left");
    }
}

/// One secret of each kind, with what tells whether it still holds.
struct Secrets {
    app: MadeApp,
    token: String,
    jwt_key: String,
    action: PlainSecret,
    management: PlainSecret,
    test_key: String,
}

impl Secrets {
    async fn new(scene: &Scene) -> Self {
        let (core, developer) = (scene.core(), scene.world.acme(Role::Developer));
        let app = scene.app().await;
        let token = oauth::token(core, request(&app)).await.unwrap().access_token.expose().to_owned();
        let new = |kind, environment| NewKey {
            kind,
            name: "partner".to_owned(),
            api: scene.api.id.to_string(),
            environment,
            ..NewKey::default()
        };
        let jwt_key = keys::create(core, &developer, "acme", new(CredentialKind::JwtKey, Environment::Live)).await;
        let test_key = keys::create(core, &developer, "acme", new(CredentialKind::ApiKey, Environment::Test)).await;
        let action = action_tokens::NewActionToken {
            api: scene.api.id.to_string(),
            scopes: vec!["confirm".to_owned()],
            purpose: "confirm".to_owned(),
            ..action_tokens::NewActionToken::default()
        };
        let action = action_tokens::create(core, &developer, "acme", action).await.unwrap().secret;
        let new = management_keys::NewKey { name: "ci".to_owned(), role: Role::Viewer, expires_at: None };
        let management =
            management_keys::create(core, &scene.world.acme(Role::Admin), Some("acme"), new).await.unwrap();
        Self {
            app,
            token,
            jwt_key: jwt_key.unwrap().secret.expose().to_owned(),
            action,
            management: management.secret,
            test_key: test_key.unwrap().secret.expose().to_owned(),
        }
    }

    fn texts(&self) -> [&str; 6] {
        let Self { app, token, jwt_key, action, management, test_key } = self;
        [app.client_secret.expose(), token, jwt_key, action.expose(), management.expose(), test_key]
    }

    /// What each is good for now, in the same order.
    async fn hold(&self, scene: &Scene) -> [bool; 6] {
        let core = scene.core();
        let is_valid = async |credential: &str| scene.code(credential).await == Outcome::Valid;
        [
            word(&oauth::token(core, request(&self.app)).await) == "issued",
            is_valid(&self.token).await,
            is_valid(&self.jwt_key).await,
            word(&oauth::redeem(core, self.action.expose(), None).await) == "issued",
            management_keys::authenticate(core, self.management.expose(), None).await.is_ok(),
            is_valid(&self.test_key).await,
        ]
    }
}

#[tokio::test]
async fn secrets_of_every_kind_end_by_a_report_and_by_possession() {
    let scene = Scene::new().await;
    let untouched = Secrets::new(&scene).await;
    assert_eq!(untouched.hold(&scene).await, [true; 6]);
    for by_report in [true, false] {
        let secrets = Secrets::new(&scene).await;
        if by_report {
            assert_eq!(scene.report(&secrets.texts()).await, [true; 6]);
            // also those whose row is gone are known again
            assert_eq!(scene.report(&secrets.texts()).await, [true; 6]);
        } else {
            for text in secrets.texts() {
                scene.revoke(text).await.unwrap();
                scene.revoke(text).await.unwrap();
            }
        }
        verify::follow(scene.core()).await.unwrap();
        assert_eq!(secrets.hold(&scene).await, [false; 6], "{by_report}");
        assert_eq!(scene.code(&secrets.token).await, Outcome::Revoked);
    }
    assert_eq!(scene.code(&untouched.token).await, Outcome::Valid, "nothing else ends with them");

    // the verification key itself
    scene.revoke(&scene.verification_key).await.unwrap();
    let request = VerifyRequest { credential: "x", ..VerifyRequest::default() };
    let refused = verify::verify(scene.core(), &scene.verification_key, &request).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
}

#[tokio::test]
async fn an_operators_secret_ends_whatever_organisations_chose() {
    let scene = Scene::new().await;
    scene.respond_by(LeakResponse::Notify).await;
    let new = management_keys::NewKey { name: "operator".to_owned(), role: Role::Owner, expires_at: None };
    let key = management_keys::create(scene.core(), &operator(), None, new).await.unwrap();
    assert!(management_keys::authenticate(scene.core(), key.secret.expose(), None).await.is_ok());
    assert_eq!(scene.report(&[key.secret.expose()]).await, [true]);
    let refused = management_keys::authenticate(scene.core(), key.secret.expose(), None).await;
    assert!(matches!(refused, Err(Error::Unauthenticated)));
    assert!(scene.leaks().await.is_empty(), "it is nobody's but theirs");
}

#[tokio::test]
async fn who_holds_a_secret_is_named_as_such() {
    let scene = Scene::new().await;
    let key = scene.key().await;
    scene.revoke(key.secret.expose()).await.unwrap();
    scene.revoke(key.secret.expose()).await.unwrap();
    let rows = scene.rows(key.key.id.as_str(), "key.revoke").await;
    assert_eq!(rows.len(), 1, "once");
    assert_eq!((rows[0].actor_kind.as_str(), &rows[0].actor_id), ("holder", &None));
    assert_eq!((rows[0].detail["by"].as_str(), rows[0].ip), (Some("possession"), Some(address("203.0.113.7"))));
    assert!(scene.leaks().await.is_empty(), "nothing was reported");
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Revoked);
}

// F-22, F-23: what isn't a secret of ours is as good as ended, and slows its network down
#[tokio::test]
async fn strangers_learn_nothing_and_are_slowed_down() {
    let scene = Scene::new().await;
    let key = scene.key().await;
    let wrong = |number| made_up(SecretKind::Live, key.secret.expose(), number);
    for text in ["", "nonsense", "lk_live_x", "a.b.c", &wrong(1), &key.secret.expose()[..60]] {
        scene.revoke(text).await.unwrap();
    }
    for number in 2..20 {
        let slow = scene.revoke(&wrong(number)).await;
        assert!(matches!(slow, Ok(()) | Err(Error::TooMany(_))), "{slow:?}");
    }
    // many of one id are slowed down wherever they come from, and then the right one too
    let elsewhere = leaks::revoke(scene.core(), &wrong(30), Some(address("2001:db8::1"))).await;
    assert!(matches!(elsewhere, Err(Error::TooMany(_))), "{elsewhere:?}");
    for number in 0..30_u8 {
        let id = compose("lk", SecretKind::Live, &format!("{number:016}"), &[1; 32]);
        let _ = scene.revoke(&id).await;
    }
    assert!(matches!(scene.revoke("anything").await, Err(Error::TooMany(_))), "the network");
    assert!(leaks::revoke(scene.core(), "anything", Some(address("203.0.113.8"))).await.is_ok(), "another one isn't");
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Valid);

    // nobody hides a leaked secret behind wrong ones
    assert_eq!(scene.report(&[&wrong(40), key.secret.expose()]).await, [false, true]);
    assert_eq!(scene.code(key.secret.expose()).await, Outcome::Revoked);
    // and who really holds one waits a moment at most
    let other = scene.key().await;
    scene.world.clock.advance(60);
    scene.revoke(other.secret.expose()).await.unwrap();
    assert_eq!(scene.code(other.secret.expose()).await, Outcome::Revoked);
}

// fosite CVE-2020-15223: never reported as done where it wasn't
#[tokio::test]
async fn what_could_not_be_stored_is_not_done() {
    let scene = Scene::new().await;
    let key = scene.key().await;
    scene.world.store.close().await;
    assert!(matches!(scene.revoke(key.secret.expose()).await, Err(Error::Unavailable(_))));
    let report = scene.report_at(&scene.reporting, URL, &[key.secret.expose()]).await;
    assert!(matches!(report, Err(Error::Unavailable(_))), "{report:?}");
}

#[tokio::test]
async fn only_who_signed_the_body_is_a_reporter() {
    let scene = Scene::new().await;
    let signature = |key: &EcdsaKeyPair| STANDARD.encode(key.sign(&SystemRandom::new(), b"body").unwrap());
    let good = signature(&scene.signer);
    let foreign = signature(&EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap());
    assert!(leaks::authenticate(&scene.reporting, "key-1", &good, b"body").is_ok());
    for (name, signature, body) in [
        ("key-2", good.as_str(), "body"),
        ("", &good, "body"),
        ("key-1", &foreign, "body"),
        ("key-1", &good, "body "),
        ("key-1", &good, ""),
        ("key-1", "", "body"),
    ] {
        let refused = leaks::authenticate(&scene.reporting, name, signature, body.as_bytes());
        assert!(matches!(refused, Err(Error::Unauthenticated)), "{name} {signature}");
    }
    let unconfigured = leaks::authenticate(scene.core(), "key-1", &good, b"body");
    assert!(matches!(unconfigured, Err(Error::Unauthenticated)));
}

// a leaked client secret leaves room for another, and the app goes on by it
#[tokio::test]
async fn the_app_goes_on_with_its_other_secret() {
    let scene = Scene::new().await;
    let app = scene.app().await;
    let developer = scene.world.acme(Role::Developer);
    let second = apps::create_secret(scene.core(), &developer, "acme", &app.app.id).await.unwrap();
    let by = |secret: &PlainSecret| MadeApp { app: app.app.clone(), client_secret: secret.clone() };
    scene.respond_by(LeakResponse::Grace).await;
    assert_eq!(scene.report(&[app.client_secret.expose()]).await, [true]);
    verify::follow(scene.core()).await.unwrap();
    assert_eq!(word(&oauth::token(scene.core(), request(&app)).await), "issued");
    scene.world.clock.advance(2 * HOUR);
    assert_eq!(word(&oauth::token(scene.core(), request(&app)).await), "invalid_client");
    assert_eq!(word(&oauth::token(scene.core(), request(&by(&second.client_secret))).await), "issued");
    assert!(apps::create_secret(scene.core(), &developer, "acme", &app.app.id).await.is_ok());
    let renamed = AppPatch { name: Some("billing 2".to_owned()), ..AppPatch::default() };
    apps::update(scene.core(), &developer, "acme", &app.app.id, renamed).await.unwrap();
    assert_eq!(word(&oauth::token(scene.core(), request(&app)).await), "invalid_client", "a change revives nothing");
}

// the index of what leaked is by the pepper of its day
#[tokio::test]
async fn a_leak_is_known_again_under_another_master_key() {
    let scene = Scene::new().await;
    let app = scene.app().await;
    let secret = app.client_secret.expose();
    assert_eq!(scene.report(&[secret]).await, [true]);
    let new = || MasterKey::from_bytes([8; 32]);
    let rotating = Vault::new(new(), Some(MasterKey::from_bytes(MASTER_KEY)));
    let reporting = believing(&scene.world, &scene.signer, rotating, 3).await;
    assert_eq!(scene.report_at(&reporting, URL, &[secret]).await.unwrap(), [true]);
    assert_eq!(scene.report_at(&reporting, URL, &[&made_up(SecretKind::Secret, secret, 1)]).await.unwrap(), [false]);
    let leaks = scene.leaks().await;
    assert!(leaks.iter().all(|leak| leak.ending != Ending::Kept), "{leaks:?}");
    assert!(leaks.iter().any(|leak| leak.ending == Ending::Revoked && leak.first_reported_at == START));
}
