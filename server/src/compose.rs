//! The composition root: the one place that asks the machine for time and randomness, and puts everything together.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use latchkey_core::attempts::Attempts;
use latchkey_core::clock::Clock;
use latchkey_core::ports::{Mailer, NoMailer};
use latchkey_core::random::Random;
use latchkey_core::vault::Vault;
use latchkey_core::{Core, Parts, settings};
use latchkey_store::{Database, OpenError, ServingLock};
use latchkey_types::Timestamp;
use rand::TryRng;
use rand::rngs::SysRng;

use crate::config::{ConfigError, Settings};
use crate::fetcher::OutsideFetcher;
use crate::http::metrics::Metrics;
use crate::http::request_id::RequestIds;
use crate::http::state::{AppState, HttpSettings, Shared};
use crate::mailer::SmtpMailer;
use crate::sign_in::Providers;

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Reads the machine's clock from now on.
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that is handed in")]
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        SysRng.try_fill_bytes(bytes).expect("the operating system gives randomness");
    }
}

/// Why the program can't start or a command can't run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error("LATCHKEY_DATABASE_URL: {0}")]
    Database(#[from] OpenError),
    /// The database lacks migrations, and `--no-migrate` forbids to apply them.
    #[error("the database lacks {0} migrations: run `latchkey migrate`, or start without --no-migrate")]
    NotMigrated(usize),
    /// A use case.
    #[error(transparent)]
    Core(#[from] latchkey_core::Error),
    /// A socket or file.
    #[error("{0}: {1}")]
    Io(String, #[source] std::io::Error),
}

/// An open database and the use cases over it.
pub struct Installation {
    /// The database.
    pub database: Database,
    /// The use cases.
    pub core: Arc<Core>,
}

impl Installation {
    /// Opens the database, brings it up to date (or, where `migrate` is false, refuses one that isn't), and puts the
    /// use cases over it.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(settings: &Settings, migrate: bool) -> Result<Self, StartError> {
        let vault = vault(settings)?;
        let database = Database::open(settings.database.expose()).await?;
        Self::over(database, vault, settings, migrate).await
    }

    /// The same for the one process that serves from a file: a second one is refused before it changes anything there.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open_to_serve(settings: &Settings, migrate: bool) -> Result<(Self, Option<ServingLock>), StartError> {
        let vault = vault(settings)?;
        let database = Database::open(settings.database.expose()).await?;
        let lock = database.lock_for_serving()?;
        Ok((Self::over(database, vault, settings, migrate).await?, lock))
    }

    async fn over(database: Database, vault: Vault, settings: &Settings, migrate: bool) -> Result<Self, StartError> {
        match database.pending_migrations().await? {
            0 => {}
            _ if migrate => database.migrate().await?,
            pending => return Err(StartError::NotMigrated(pending)),
        }
        let core = Core::new(Parts {
            store: database.store(),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            fetcher: Arc::new(OutsideFetcher::new(settings.dev)),
            mailer: mailer(settings)?,
            vault,
            settings: core_settings(settings),
        });
        Ok(Self { database, core })
    }
}

fn mailer(settings: &Settings) -> Result<Arc<dyn Mailer>, ConfigError> {
    let Some(smtp) = &settings.smtp else { return Ok(Arc::new(NoMailer)) };
    let mailer = SmtpMailer::new(smtp, settings.public_url.host());
    Ok(Arc::new(mailer.map_err(|error| ConfigError::new("LATCHKEY_SMTP_URL", error.to_string()))?))
}

/// What seals and peppers, of the master keys in the settings.
///
/// # Errors
/// Where there is none.
pub fn vault(settings: &Settings) -> Result<Vault, ConfigError> {
    let keys = &settings.master_key;
    let missing = || ConfigError::new("LATCHKEY_MASTER_KEY", "is missing; `latchkey master-key generate` makes one");
    Ok(Vault::new(keys.current.clone().ok_or_else(missing)?, keys.previous.clone()))
}

/// What the use cases need of the settings.
pub fn core_settings(settings: &Settings) -> settings::Settings {
    settings::Settings {
        brand: settings.brand.clone(),
        issuer: settings.public_url.to_string(),
        org_creation: settings.org_creation,
        operators: settings.operators.clone(),
        max_staleness: settings.max_staleness,
        leak_reporters: settings.leak_reporters.clone(),
    }
}

/// Sign-ins that one address may begin at once, and then one each: a whole company may stand behind an address.
const SIGN_INS_AT_ONCE: u32 = 100;
const SIGN_IN_EACH: Duration = Duration::from_millis(50);
/// How often the log tells of the same fault of gateways.
const GATEWAY_FAULT_EACH: Duration = Duration::from_secs(60);

/// What the handlers share.
pub fn app_state(core: Arc<Core>, settings: &Settings, providers: Providers) -> AppState {
    AppState::new(Shared {
        request_ids: RequestIds::new(core.random.as_ref()),
        core,
        settings: Arc::new(HttpSettings {
            public_url: settings.public_url.clone(),
            trusted_proxies: settings.trusted_proxies.clone(),
            client_certificates: settings.client_certificates.clone(),
            sessions: settings.sessions,
            dev: settings.dev,
        }),
        providers: Arc::new(providers),
        metrics: Arc::new(Metrics::new()),
        sign_ins: Attempts::new(SIGN_INS_AT_ONCE, SIGN_IN_EACH),
        gateway_faults: Attempts::new(1, GATEWAY_FAULT_EACH),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use latchkey_core::ports::NoFetcher;
    use latchkey_core::settings::OrgCreation;
    use latchkey_core::vault::MasterKey;
    use latchkey_store::SqliteStore;

    use super::*;

    /// Use cases over a database in memory.
    pub(crate) async fn core() -> Arc<Core> {
        Core::new(Parts {
            store: Arc::new(SqliteStore::in_memory().await.unwrap()),
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            fetcher: Arc::new(NoFetcher),
            mailer: Arc::new(NoMailer),
            vault: Vault::new(MasterKey::from_bytes([1; 32]), None),
            settings: settings::Settings {
                brand: "lk".to_owned(),
                issuer: "http://localhost:3000".to_owned(),
                org_creation: OrgCreation::Operators,
                operators: Vec::new(),
                max_staleness: Duration::from_secs(2),
                leak_reporters: Vec::new(),
            },
        })
    }
}
