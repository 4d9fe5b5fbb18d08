//! What `serve --dev` adds: a master key, an identity provider on loopback, and a demo organisation.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use latchkey_core::apis::{self, NewApi, NewScope, ScopeGrant, Visibility};
use latchkey_core::apps::{self, NewApp, NewGrant};
use latchkey_core::clock::Clock;
use latchkey_core::keys::{self, NewKey};
use latchkey_core::random::{Random, bits};
use latchkey_core::vault::MasterKey;
use latchkey_core::{Core, Error, PlainSecret, orgs};
use latchkey_types::{CredentialKind, Environment};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::operator;
use crate::compose::{StartError, SystemClock, SystemRandom};
use crate::config::{ConfigError, ProviderSettings, SecretText, Settings, write_master_key};

/// Where the built-in provider tries to listen.
const PORTS: std::ops::RangeInclusive<u16> = 3001..=3020;
const PROVIDER_ID: &str = "dev";
const CLIENT_ID: &str = "latchkey-dev";
const ORG: &str = "demo";
const AUDIENCE: &str = "https://orders.example";

/// The built-in identity provider, ready to start.
pub(super) struct Dev {
    listener: TcpListener,
    config: latchkey_dev_idp::Config,
}

impl Dev {
    /// Makes what is missing and puts it into the settings.
    pub(super) async fn prepare(settings: &mut Settings) -> Result<Self, StartError> {
        if settings.public_url.is_https() {
            return Err(ConfigError::new(
                "--dev",
                "is for loopback: LATCHKEY_PUBLIC_URL is https, and anybody could sign in",
            )
            .into());
        }
        if !settings.listen.ip().is_loopback() {
            return Err(ConfigError::new(
                "--dev",
                "is for loopback: LATCHKEY_LISTEN is reached by others, and anybody could sign in",
            )
            .into());
        }
        if settings.master_key.current.is_none() {
            settings.master_key.current = Some(master_key(settings)?);
        }
        let listener = listen().await?;
        let port = listener
            .local_addr()
            .map_err(|error| StartError::Io("the built-in identity provider".to_owned(), error))?
            .port();
        let issuer = format!("http://localhost:{port}");
        let secret = Zeroizing::new(latchkey_types::secret::encode_base62(&bits(&SystemRandom)));
        let config = provider(settings, &issuer, &secret);
        settings.oidc.insert(
            0,
            ProviderSettings {
                id: PROVIDER_ID.to_owned(),
                name: "Demo users".to_owned(),
                issuer,
                client_id: CLIENT_ID.to_owned(),
                client_secret: Some(SecretText::new("--dev", secret)?),
                trust_email: true,
                allowed_domains: Vec::new(),
            },
        );
        Ok(Self { listener, config })
    }

    /// Starts it.
    pub(super) fn start(self) -> JoinHandle<()> {
        tokio::spawn(async move {
            if let Err(error) = latchkey_dev_idp::serve(self.listener, self.config).await {
                tracing::error!(%error, "the built-in identity provider stopped");
            }
        })
    }
}

/// The key of the data folder, made where there is none.
fn master_key(settings: &Settings) -> Result<MasterKey, StartError> {
    if let Some(kept) = kept_master_key(settings)? {
        return Ok(kept);
    }
    let file = master_key_file(settings);
    let failed = |error: std::io::Error| StartError::Io(file.display().to_string(), error);
    std::fs::create_dir_all(settings.data_folder()).map_err(failed)?;
    let key = MasterKey::from_bytes(bits(&SystemRandom));
    write_master_key(&file, &key).map_err(failed)?;
    Ok(key)
}

/// The key that an earlier `serve --dev` made in the data folder.
pub(super) fn kept_master_key(settings: &Settings) -> Result<Option<MasterKey>, ConfigError> {
    let file = master_key_file(settings);
    if !file.exists() {
        return Ok(None);
    }
    let name = file.display().to_string();
    let text = SecretText::read(&name, &file)?;
    crate::config::parse_master_key(&name, text.expose()).map(Some)
}

fn master_key_file(settings: &Settings) -> PathBuf {
    settings.data_folder().join("master.key")
}

async fn listen() -> Result<TcpListener, StartError> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for port in PORTS {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(StartError::Io(format!("ports {} to {} for the built-in identity provider", PORTS.start(), PORTS.end()), last))
}

fn provider(settings: &Settings, issuer: &str, secret: &str) -> latchkey_dev_idp::Config {
    let clock = SystemClock::new();
    latchkey_dev_idp::Config {
        issuer: issuer.to_owned(),
        clients: vec![latchkey_dev_idp::Client {
            client_id: CLIENT_ID.to_owned(),
            client_secret: secret.to_owned(),
            redirect_uris: vec![format!("{}/sign-in/{PROVIDER_ID}/callback", settings.public_url)],
            post_logout_redirect_uris: vec![format!("{}/signed-out", settings.public_url)],
        }],
        random: Arc::new(|| {
            let mut bytes = [0; 32];
            SystemRandom.fill(&mut bytes);
            bytes
        }),
        clock: Arc::new(move || clock.now().as_seconds()),
    }
}

/// What was made at the first start.
pub(super) struct Fresh {
    verification_key: PlainSecret,
    api_key: PlainSecret,
    client_id: String,
    client_secret: PlainSecret,
}

/// What there is to try.
pub(super) struct Seeded {
    fresh: Option<Fresh>,
}

/// Makes the demo organisation, once.
pub(super) async fn seed(core: &Core) -> Result<Seeded, Error> {
    match orgs::get(core, &operator(), ORG).await {
        Ok(_) => return Ok(Seeded { fresh: None }),
        Err(Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    let caller = operator();
    orgs::create(core, &caller, "Demo", ORG, Some(latchkey_dev_idp::USERS[0].email)).await?;
    let api = apis::create(core, &caller, ORG, orders()).await?;
    let verification_key =
        apis::create_verification_key(core, &caller, ORG, &api.id, "Orders service", vec![Environment::Live]).await?;
    let key = keys::create(core, &caller, ORG, checkout()).await?;
    let app = apps::create(core, &caller, ORG, reports()).await?;
    Ok(Seeded {
        fresh: Some(Fresh {
            verification_key: verification_key.secret,
            api_key: key.secret,
            client_id: app.app.id.to_string(),
            client_secret: app.client_secret.expect("an app that authenticates by its secret gets one"),
        }),
    })
}

fn orders() -> NewApi {
    let scope = |name: &str, description: &str, grant| NewScope {
        name: name.to_owned(),
        description: description.to_owned(),
        grant,
    };
    NewApi {
        name: "Orders".to_owned(),
        audience: AUDIENCE.to_owned(),
        visibility: Visibility::Public,
        scopes: vec![
            scope("orders:read", "See orders", ScopeGrant::SelfService),
            scope("orders:write", "Place and change orders", ScopeGrant::Approval),
        ],
        token_ttl_seconds: None,
        signing_alg: None,
        token_format: None,
        two_token: None,
        unknown_operations: None,
        ..NewApi::default()
    }
}

fn checkout() -> NewKey {
    NewKey {
        kind: CredentialKind::ApiKey,
        name: "checkout".to_owned(),
        api: AUDIENCE.to_owned(),
        environment: Environment::Live,
        scopes: vec!["orders:read".to_owned()],
        expires_at: None,
        owner: None,
        metadata: None,
        labels: None,
        ..NewKey::default()
    }
}

fn reports() -> NewApp {
    NewApp {
        name: "Nightly reports".to_owned(),
        grants: vec![NewGrant {
            api: AUDIENCE.to_owned(),
            scopes: vec!["orders:read".to_owned()],
            ..NewGrant::default()
        }],
        ..NewApp::default()
    }
}

impl Seeded {
    /// Says what to try, on standard output: a log file is no place for secrets.
    pub(super) fn print(&self, settings: &Settings) {
        let url = &settings.public_url;
        let mut text = format!(
            "\nLatchkey is at {url}\n\n  Sign in as {} ({}) or as {}.\n",
            latchkey_dev_idp::USERS[0].name,
            latchkey_dev_idp::USERS[0].description,
            latchkey_dev_idp::USERS[1].name,
        );
        text.push_str(&match &self.fresh {
            Some(fresh) => fresh.text(url.as_str()),
            None => format!(
                "\n  The demo organisation is at {url}/orgs/{ORG}. Its secrets were shown at the first start;\n  make new ones there under Keys, APIs and Apps.\n"
            ),
        });
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }
}

impl Fresh {
    fn text(&self, url: &str) -> String {
        let (key, verify) = (self.api_key.expose(), self.verification_key.expose());
        let (id, secret) = (&self.client_id, self.client_secret.expose());
        format!(
            "\n  Made for you in the organisation Demo, and shown this once:\n    \
             API key of \"checkout\"      {key}\n    \
             verification key of Orders {verify}\n    \
             app \"Nightly reports\"      {id}\n    \
             its secret                 {secret}\n\n  \
             Verify the key:\n    curl -s {url}/v1/verify -H 'Authorization: Bearer {verify}' \\\n      \
             -H 'Content-Type: application/json' -d '{{\"credential\": \"{key}\", \"scopes\": [\"orders:read\"]}}'\n\n  \
             Get a token:\n    curl -s {url}/oauth/token -u '{id}:{secret}' \\\n      \
             -d grant_type=client_credentials -d resource={AUDIENCE}\n\n  \
             Then look at {url}/orgs/{ORG}/usage\n"
        )
    }
}
