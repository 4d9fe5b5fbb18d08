//! The whole application in one process: a database in memory, a clock that tests set, randomness from a seed, and
//! an identity provider on loopback.
//!
//! ```ignore
//! let app = TestApp::new().await;
//! let browser = app.sign_in("ada").await;              // a session, as Chromium would have it
//! let key = app.management_key("acme", Role::Owner).await; // an organisation must be there: app.org("acme").await
//! let answer = key.post("/api/v1/orgs/acme/apis", json!({…})).await;
//! assert_eq!(answer.status, 201);
//! app.advance(Duration::from_secs(60)).await;
//! ```
#![expect(dead_code, reason = "each test binary uses another part")]

mod client;
mod clock;
mod provider;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use latchkey::compose::{app_state, core_settings};
use latchkey::config::{ProviderSettings, SessionLimits, Settings, Source};
use latchkey::http::AppState;
use latchkey::http::assets::Site;
use latchkey::http::router::{self, Route};
use latchkey::sign_in::Providers;
use latchkey_core::leaks::LeakReporter;
use latchkey_core::management_keys::{self, NewKey};
use latchkey_core::orgs::{self, Org};
use latchkey_core::ports::{NoFetcher, NoMailer};
use latchkey_core::settings::OperatorRule;
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Actor, Caller, Core, Parts, signing, verify};
use latchkey_store::SqliteStore;
use latchkey_types::Role;

pub use client::{Answer, Client};
pub use clock::{SeededRandom, TestClock};
pub use provider::IdentityProvider;

/// The operator at the command line.
pub const COMMAND_LINE: Caller = Caller { actor: Actor::CommandLine, ip: None };

/// The application under test.
pub struct TestApp {
    /// The use cases, to set a scene.
    pub core: Arc<Core>,
    /// Its database, for tests that take it away.
    pub store: SqliteStore,
    /// What the handlers share.
    pub state: AppState,
    /// What time it is.
    pub clock: Arc<TestClock>,
    /// The providers that the application knows, in order; the first one's id is `dev`.
    pub providers: Vec<IdentityProvider>,
    /// Every route.
    pub routes: Vec<Route>,
    router: Router,
}

/// What a test may want otherwise.
pub struct Options {
    /// `LATCHKEY_PUBLIC_URL`; https makes cookies `__Host-`.
    pub public_url: &'static str,
    /// Ids of the providers to start.
    pub providers: Vec<&'static str>,
    /// Changes a provider's settings.
    pub with_provider: fn(&mut ProviderSettings),
    /// `LATCHKEY_OPERATORS`.
    pub operators: Vec<OperatorRule>,
    /// `LATCHKEY_ORG_CREATION=anyone`.
    pub anyone_creates_orgs: bool,
    /// `LATCHKEY_TRUSTED_PROXIES`.
    pub trusted_proxies: &'static str,
    /// More settings, as the environment gives them.
    pub environment: &'static [(&'static str, &'static str)],
    /// When sessions end.
    pub sessions: SessionLimits,
    /// `[[leak_reporters]]`.
    pub leak_reporters: Vec<LeakReporter>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_url: "http://localhost:3000",
            providers: vec!["dev"],
            with_provider: |_| {},
            operators: Vec::new(),
            anyone_creates_orgs: true,
            trusted_proxies: "",
            environment: &[],
            sessions: SessionLimits::default(),
            leak_reporters: Vec::new(),
        }
    }
}

impl TestApp {
    /// As most tests want it.
    pub async fn new() -> Self {
        Self::with(Options::default()).await
    }

    /// With other settings.
    pub async fn with(options: Options) -> Self {
        let (clock, random) = (Arc::new(TestClock::new()), Arc::new(SeededRandom::new(7)));
        let mut providers = Vec::new();
        for id in &options.providers {
            providers.push(IdentityProvider::start(id, options.public_url, &clock).await);
        }
        let settings = settings(&options, &providers);
        let store = SqliteStore::in_memory().await.unwrap();
        let core = Core::new(Parts {
            store: Arc::new(store.clone()),
            clock: clock.clone(),
            random,
            fetcher: Arc::new(NoFetcher),
            mailer: Arc::new(NoMailer),
            vault: Vault::new(MasterKey::from_bytes([42; 32]), None),
            settings: core_settings(&settings),
        });
        signing::load(&core).await.unwrap();
        verify::follow(&core).await.unwrap();
        let state = app_state(core.clone(), &settings, Providers::new(settings.oidc.clone()).unwrap());
        let (router, routes) = router::build(&state, Site::default());
        Self { core, store, state, clock, providers, routes, router }
    }

    /// What stands behind a listener.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Somebody without a cookie or key.
    pub fn anonymous(&self) -> Client {
        Client::new(self.router.clone(), self.state.settings.public_url.as_str())
    }

    /// A program with this Bearer credential.
    pub fn bearer(&self, secret: &str) -> Client {
        self.anonymous().with("authorization", &format!("Bearer {secret}"))
    }

    /// A browser in which this demo user (`ada`, `ben`) has just signed in at the first provider.
    pub async fn sign_in(&self, user: &str) -> Client {
        self.sign_in_at(0, user).await
    }

    /// The same at another provider.
    pub async fn sign_in_at(&self, provider: usize, user: &str) -> Client {
        let mut browser = self.anonymous();
        let answer = self.finish_sign_in(&mut browser, provider, user, "/").await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{}", answer.text());
        browser
    }

    /// Goes through a whole sign-in and answers what the callback answered.
    pub async fn finish_sign_in(&self, browser: &mut Client, provider: usize, user: &str, to: &str) -> Answer {
        let callback = self.begin_sign_in(browser, provider, user, to).await;
        browser.get(&callback).await
    }

    /// Goes through a sign-in up to where the provider sends the browser back: the callback's path and query.
    pub async fn begin_sign_in(&self, browser: &mut Client, provider: usize, user: &str, to: &str) -> String {
        let provider = &self.providers[provider];
        let start = browser.get(&format!("/sign-in/{}?to={to}", provider.id)).await;
        assert_eq!(start.status, 303, "{}", start.text());
        let back = provider.approve(start.location(), user).await;
        back.strip_prefix(self.state.settings.public_url.as_str()).unwrap().to_owned()
    }

    /// An organisation of this name.
    pub async fn org(&self, slug: &str) -> Org {
        orgs::create(&self.core, &COMMAND_LINE, slug, slug, None).await.unwrap()
    }

    /// A program with a management key of this organisation.
    pub async fn management_key(&self, slug: &str, role: Role) -> Client {
        self.key_for(Some(slug), role).await
    }

    /// A program with an operator's key.
    pub async fn operator_key(&self) -> Client {
        self.key_for(None, Role::Owner).await
    }

    async fn key_for(&self, slug: Option<&str>, role: Role) -> Client {
        let new = NewKey { name: "test".to_owned(), role, expires_at: None };
        let created = management_keys::create(&self.core, &COMMAND_LINE, slug, new).await.unwrap();
        self.bearer(created.secret.expose())
    }

    /// Lets time pass, and the change log be followed as the job does.
    pub async fn advance(&self, time: Duration) {
        self.clock.advance(time);
        verify::follow(&self.core).await.unwrap();
    }
}

fn settings(options: &Options, providers: &[IdentityProvider]) -> Settings {
    let environment = [
        ("LATCHKEY_PUBLIC_URL", options.public_url),
        ("LATCHKEY_TRUSTED_PROXIES", options.trusted_proxies),
        ("LATCHKEY_DATABASE_URL", "sqlite::memory:"),
    ];
    let environment = environment.iter().chain(options.environment);
    let environment = environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let source = Source::new(&latchkey::config::Flags::default(), environment, None).unwrap();
    let mut settings = Settings::load(&source, options.anyone_creates_orgs).unwrap();
    settings.oidc = providers.iter().map(IdentityProvider::settings).collect();
    settings.oidc.iter_mut().for_each(options.with_provider);
    settings.operators.clone_from(&options.operators);
    settings.sessions = options.sessions;
    settings.leak_reporters.clone_from(&options.leak_reporters);
    settings
}
