//! What the operator decided: flags, then `LATCHKEY_*`, then `latchkey.toml`. One file a section. A wrong or unsafe
//! setting stops the start with one line that names it (F-37).

mod brand;
mod client_certificates;
mod database;
mod duration;
mod leak_reporters;
mod listen;
mod logging;
mod master_key;
mod oidc;
mod operators;
mod org_creation;
mod proxies;
mod public_url;
mod secret;
mod sessions;
mod smtp;
mod source;
mod staleness;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use client_certificates::{ClientCertificateHeader, ClientCertificates, MtlsListener};
pub use database::{DatabaseUrl, sqlite_file};
use latchkey_core::leaks::LeakReporter;
use latchkey_core::settings::{OperatorRule, OrgCreation};
pub use logging::{LogFormat, Logging};
pub use master_key::{MasterKeys, parse as parse_master_key, write_new as write_master_key};
pub use oidc::ProviderSettings;
pub use proxies::TrustedProxies;
pub use public_url::PublicUrl;
pub use secret::SecretText;
pub use sessions::SessionLimits;
pub use smtp::{SmtpSettings, SmtpTls};
pub use source::{Flags, Source};

/// A setting that can't be used, in one line: which one, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct ConfigError {
    /// As the operator wrote it: `LATCHKEY_BRAND`.
    pub setting: String,
    /// What is wrong and what would be right. Never a secret.
    pub problem: String,
}

impl ConfigError {
    /// An error at this setting.
    pub fn new(setting: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { setting: setting.into(), problem: problem.into() }
    }
}

/// Every setting of `docs/configuration.md`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `LATCHKEY_LISTEN`.
    pub listen: SocketAddr,
    /// `LATCHKEY_PUBLIC_URL`.
    pub public_url: PublicUrl,
    /// `LATCHKEY_DATABASE_URL`.
    pub database: DatabaseUrl,
    /// `LATCHKEY_MASTER_KEY` and `LATCHKEY_MASTER_KEY_PREVIOUS`.
    pub master_key: MasterKeys,
    /// `LATCHKEY_TRUSTED_PROXIES`.
    pub trusted_proxies: TrustedProxies,
    /// `LATCHKEY_MTLS_*` and `LATCHKEY_CLIENT_CERT_*`.
    pub client_certificates: ClientCertificates,
    /// `LATCHKEY_MAX_STALENESS`.
    pub max_staleness: Duration,
    /// `LATCHKEY_ORG_CREATION`.
    pub org_creation: OrgCreation,
    /// `LATCHKEY_BRAND`.
    pub brand: String,
    /// `[[oidc]]`.
    pub oidc: Vec<ProviderSettings>,
    /// `[[leak_reporters]]`.
    pub leak_reporters: Vec<LeakReporter>,
    /// `LATCHKEY_OPERATORS`.
    pub operators: Vec<OperatorRule>,
    /// `LATCHKEY_SESSION_IDLE` and `LATCHKEY_SESSION_ABSOLUTE`.
    pub sessions: SessionLimits,
    /// `LATCHKEY_SMTP_*`.
    pub smtp: Option<SmtpSettings>,
    /// `LATCHKEY_LOG` and `LATCHKEY_LOG_FORMAT`.
    pub logging: Logging,
    /// `LATCHKEY_SITE_ROOT`: the folder of the browser side's files, where the program doesn't carry them itself.
    pub site_root: PathBuf,
    /// Whether this is `serve --dev`.
    pub dev: bool,
}

impl Settings {
    /// Reads all of them.
    ///
    /// # Errors
    /// The first setting that is wrong or unsafe.
    pub fn load(source: &Source, dev: bool) -> Result<Self, ConfigError> {
        let public_url = public_url::read(source)?;
        let database = database::read(source)?;
        let sessions = sessions::read(source)?;
        let trusted_proxies = proxies::read(source)?;
        Ok(Self {
            listen: listen::read(source)?,
            master_key: master_key::read(source)?,
            client_certificates: client_certificates::read(source, &trusted_proxies)?,
            trusted_proxies,
            max_staleness: staleness::read(source)?,
            org_creation: org_creation::read(source, dev)?,
            brand: brand::read(source)?,
            oidc: oidc::read(source)?,
            leak_reporters: leak_reporters::read(source)?,
            operators: operators::read(source)?,
            smtp: smtp::read(source)?,
            logging: logging::read(source)?,
            site_root: PathBuf::from(source.text("site_root")?.unwrap_or_else(|| "target/site".to_owned())),
            public_url,
            database,
            sessions,
            dev,
        })
    }

    /// Where the database file, and in `--dev` the master key, are kept.
    pub fn data_folder(&self) -> PathBuf {
        let file = sqlite_file(self.database.expose());
        file.as_deref()
            .and_then(Path::parent)
            .filter(|folder| !folder.as_os_str().is_empty())
            .map_or_else(|| PathBuf::from("data"), Path::to_path_buf)
    }
}
