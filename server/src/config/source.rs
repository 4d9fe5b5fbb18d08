//! Where settings come from, one above the other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use zeroize::Zeroizing;

use super::{ConfigError, SecretText};

/// Settings that may be given as flags. Secrets only as files: a command line is seen by everybody on the machine.
#[expect(clippy::doc_markdown, reason = "help for a terminal")]
#[derive(Args, Clone, Debug, Default, serde::Serialize)]
pub struct Flags {
    /// The settings file [default: latchkey.toml, where it is there]
    #[arg(long, global = true, value_name = "FILE", env = "LATCHKEY_CONFIG")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:3000]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<String>,
    /// Base URL and issuer [default: http://localhost:3000]
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
    /// sqlite://… or postgres://… [default: sqlite://data/latchkey.db]
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,
    /// File that holds the master key
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    master_key_file: Option<String>,
    /// File that holds the master key before this one
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    master_key_previous_file: Option<String>,
    /// CIDRs of proxies that are believed
    #[arg(long, global = true, value_name = "CIDR,…")]
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_proxies: Option<String>,
    /// Address of the TLS listener for clients with certificates
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_listen: Option<String>,
    /// File with that listener's certificate chain
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_cert_file: Option<String>,
    /// File with that listener's private key
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_key_file: Option<String>,
    /// File with the authorities that may vouch for clients
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_client_ca_file: Option<String>,
    /// Where clients with certificates come, as mtls_endpoint_aliases name it
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_public_url: Option<String>,
    /// Header in which a trusted proxy sends the client's certificate
    #[arg(long, global = true, value_name = "HEADER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_cert_header: Option<String>,
    /// Header in which it says SUCCESS where it checked the chain
    #[arg(long, global = true, value_name = "HEADER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    client_cert_verified_header: Option<String>,
    /// How long the cache may be trusted without a look at the change log [default: 2s]
    #[arg(long, global = true, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_staleness: Option<String>,
    /// Who may create organisations: operators or anyone [default: operators]
    #[arg(long, global = true, value_name = "WHO")]
    #[serde(skip_serializing_if = "Option::is_none")]
    org_creation: Option<String>,
    /// First word of every secret [default: lk]
    #[arg(long, global = true, value_name = "WORD")]
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<String>,
    /// Operators: issuer|subject, or verified e-mail addresses
    #[arg(long, global = true, value_name = "WHO,…")]
    #[serde(skip_serializing_if = "Option::is_none")]
    operators: Option<String>,
    /// How long a browser may be silent and stay signed in [default: 8h]
    #[arg(long, global = true, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    session_idle: Option<String>,
    /// How long a browser stays signed in at most [default: 7d]
    #[arg(long, global = true, value_name = "DURATION")]
    #[serde(skip_serializing_if = "Option::is_none")]
    session_absolute: Option<String>,
    /// What to log: a tracing filter [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    /// How to log: pretty or json [default: pretty]
    #[arg(long, global = true, value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<String>,
    /// Mail server: smtp://[user@]host[:port] or smtps://…
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_url: Option<String>,
    /// File that holds the password for the mail server
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_password_file: Option<String>,
    /// Address that mails come from
    #[arg(long, global = true, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    smtp_from: Option<String>,
    /// Folder of the browser side's files [default: target/site]
    #[arg(long, global = true, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    site_root: Option<String>,
}

const PREFIX: &str = "LATCHKEY_";

/// Every name that the settings file and, with `LATCHKEY_` before it, the environment may give.
const NAMES: [&str; 32] = [
    "brand",
    "client_cert_header",
    "client_cert_verified_header",
    "database_url",
    "database_url_file",
    "leak_reporters",
    "listen",
    "log",
    "log_format",
    "master_key",
    "master_key_file",
    "master_key_previous",
    "master_key_previous_file",
    "max_staleness",
    "mtls_cert_file",
    "mtls_client_ca_file",
    "mtls_key_file",
    "mtls_listen",
    "mtls_public_url",
    "operators",
    "org_creation",
    "public_url",
    "session_absolute",
    "session_idle",
    "site_root",
    "smtp_from",
    "smtp_password",
    "smtp_password_file",
    "smtp_url",
    "trusted_proxies",
    "oidc",
    "config",
];

/// The layers, the one that goes before the others first. Text stays text: nothing guesses that `1e3` is a number.
#[derive(Debug)]
pub struct Source {
    layers: Vec<Figment>,
}

impl Source {
    /// From the command line, this process's environment and the settings file.
    ///
    /// # Errors
    /// A settings file that can't be read, or has unknown members.
    pub fn from_process(flags: &Flags) -> Result<Self, ConfigError> {
        let ours =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok().filter(|name| is_ours(name))?, value));
        let environment = std::env::vars_os()
            .filter_map(ours)
            .map(|(name, value)| match value.into_string() {
                Ok(value) => Ok((name, value)),
                Err(_) => Err(ConfigError::new(name, "is not UTF-8")),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let default = Path::new("latchkey.toml");
        let file = flags.config.as_deref().or_else(|| default.exists().then_some(default));
        Self::new(flags, environment, file)
    }

    /// From what is given.
    ///
    /// # Errors
    /// As [`Source::from_process`].
    pub fn new(
        flags: &Flags,
        environment: impl IntoIterator<Item = (String, String)>,
        file: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let environment: Dict = environment
            .into_iter()
            .filter(|(name, _)| is_ours(name))
            .map(|(name, value)| (name[PREFIX.len()..].to_ascii_lowercase(), Value::from(value)))
            .filter(|(name, _)| !matches!(name.as_str(), "oidc" | "leak_reporters" | "config"))
            .collect();
        let mut layers =
            vec![Figment::from(Serialized::defaults(flags)), Figment::from(Serialized::defaults(environment))];
        if let Some(file) = file {
            layers.push(read_file(file)?);
        }
        Ok(Self { layers })
    }

    fn find(&self, name: &str) -> Option<Value> {
        self.layers.iter().find_map(|layer| layer.find_value(name).ok())
    }

    /// A setting as text; a number or a word of TOML too.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, ConfigError> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::String(_, text)) => Ok(Some(text)),
            Some(Value::Num(_, number)) => match number.to_u128_lossy() {
                Some(number) => Ok(Some(number.to_string())),
                None => Err(ConfigError::new(variable(name), "must be a whole number, and not below 0")),
            },
            Some(_) => Err(ConfigError::new(variable(name), "must be text")),
        }
    }

    /// A setting that is a list: an array in TOML, or text with commas.
    pub(super) fn list(&self, name: &str) -> Result<Vec<String>, ConfigError> {
        let parts: Vec<String> = match self.find(name) {
            None => return Ok(Vec::new()),
            Some(Value::Array(_, values)) => {
                let texts = values.into_iter().map(Value::into_string).collect::<Option<_>>();
                texts.ok_or_else(|| ConfigError::new(variable(name), "must be a list of texts"))?
            }
            Some(_) => self.text(name)?.unwrap_or_default().split(',').map(str::to_owned).collect(),
        };
        Ok(parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
    }

    /// A secret: given itself, or as the name of a file that holds it. The file must be readable by its owner alone. Both
    /// in one layer are a mistake; in two, the one that goes before holds.
    pub(super) fn secret(&self, name: &str) -> Result<Option<SecretText>, ConfigError> {
        let file_name = format!("{name}_file");
        let gives = |layer: &&Figment| layer.contains(name) || layer.contains(&file_name);
        let Some(layer) = self.layers.iter().find(gives) else { return Ok(None) };
        let layer = Self { layers: vec![layer.clone()] };
        match (layer.text(name)?, layer.text(&file_name)?) {
            (Some(_), Some(_)) => {
                Err(ConfigError::new(variable(name), format!("given twice: also as {}", variable(&file_name))))
            }
            (Some(text), None) => SecretText::new(&variable(name), Zeroizing::new(text)).map(Some),
            (None, Some(file)) => SecretText::read(&variable(&file_name), Path::new(&file)).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Tables of one name: `[[oidc]]`.
    pub(super) fn tables<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Vec<T>, ConfigError> {
        let Some(layer) = self.layers.iter().find(|layer| layer.contains(name)) else { return Ok(Vec::new()) };
        layer.extract_inner(name).map_err(|error| ConfigError::new(name, explain(error)))
    }
}

/// Whether a variable of the environment is a setting. Others may begin so too: container platforms make them up from
/// the names of services.
fn is_ours(variable: &str) -> bool {
    variable.strip_prefix(PREFIX).is_some_and(|name| NAMES.contains(&name.to_ascii_lowercase().as_str()))
}

fn read_file(file: &Path) -> Result<Figment, ConfigError> {
    let shown = file.display().to_string();
    let text =
        std::fs::read_to_string(file).map_err(|error| ConfigError::new(&shown, format!("can't be read: {error}")))?;
    let figment = Figment::new().merge(Toml::string(&text));
    let members: Dict = figment.extract().map_err(|error| ConfigError::new(&shown, explain(error)))?;
    match members.keys().find(|name| !NAMES.contains(&name.as_str()) || *name == "config") {
        Some(unknown) => Err(ConfigError::new(shown, format!("unknown setting `{unknown}`"))),
        None => Ok(figment),
    }
}

/// The first line of what figment says, without the value that it found.
fn explain(error: figment::Error) -> String {
    use figment::error::Kind;
    let Some(first) = error.into_iter().next() else { return "can't be read".to_owned() };
    let place = first.path.join(".");
    let what = match first.kind {
        Kind::UnknownField(name, _) => format!("unknown setting `{name}`"),
        Kind::MissingField(name) => format!("`{name}` is missing"),
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => format!("expected {expected}"),
        Kind::Message(message) => {
            message.lines().find(|line| line.starts_with("TOML")).unwrap_or("is not TOML").to_owned()
        }
        _ => "can't be read".to_owned(),
    };
    if place.is_empty() { what } else { format!("{place}: {what}") }
}

/// The name that the environment uses.
pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase())
}
