//! `[[oidc]]`: who may say who a person is.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Deserialize;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::source::Source;
use super::{ConfigError, SecretText};

/// A sign-in provider.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// Stands in `/sign-in/{id}`.
    pub id: String,
    /// Stands on the button.
    pub name: String,
    /// Its issuer, byte for byte.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What proves us to it; `None` for a public client.
    pub client_secret: Option<SecretText>,
    /// Whether its word about e-mail addresses counts.
    pub trust_email: bool,
    /// Only people with a verified address of one of these domains may sign in; empty: everybody.
    pub allowed_domains: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    id: String,
    name: Option<String>,
    issuer: String,
    client_id: String,
    client_secret: Option<String>,
    client_secret_file: Option<PathBuf>,
    #[serde(default)]
    trust_email: bool,
    #[serde(default)]
    allowed_domains: Vec<String>,
}

pub(super) fn read(source: &Source) -> Result<Vec<ProviderSettings>, ConfigError> {
    let providers: Vec<ProviderSettings> =
        source.tables::<Table>("oidc")?.into_iter().map(provider).collect::<Result<_, _>>()?;
    let mut ids = BTreeSet::new();
    match providers.iter().find(|provider| !ids.insert(&provider.id)) {
        Some(twice) => Err(ConfigError::new("oidc.id", format!("`{}` stands there twice", twice.id))),
        None => Ok(providers),
    }
}

fn provider(table: Table) -> Result<ProviderSettings, ConfigError> {
    let setting = |member: &str| format!("oidc.{}.{member}", table.id);
    let id_is_good = (1..=32).contains(&table.id.len())
        && table.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !id_is_good {
        return Err(ConfigError::new("oidc.id", "must be 1 to 32 lower-case letters, digits and -"));
    }
    check_issuer(&table.issuer).map_err(|problem| ConfigError::new(setting("issuer"), problem))?;
    if table.client_id.is_empty() {
        return Err(ConfigError::new(setting("client_id"), "is empty"));
    }
    let client_secret = match (table.client_secret, table.client_secret_file) {
        (Some(_), Some(_)) => {
            return Err(ConfigError::new(setting("client_secret"), "given twice: also as client_secret_file"));
        }
        (Some(text), None) => Some(SecretText::new(&setting("client_secret"), Zeroizing::new(text))?),
        (None, Some(file)) => Some(SecretText::read(&setting("client_secret_file"), &file)?),
        (None, None) => None,
    };
    let domain_is_bad =
        |domain: &&String| domain.is_empty() || domain.contains(['@', '/', ' ', '*']) || !domain.contains('.');
    if let Some(bad) = table.allowed_domains.iter().find(domain_is_bad) {
        return Err(ConfigError::new(
            setting("allowed_domains"),
            format!("`{bad}` is not a domain such as example.com"),
        ));
    }
    if !table.allowed_domains.is_empty() && !table.trust_email {
        return Err(ConfigError::new(
            setting("allowed_domains"),
            "needs trust_email = true: else no address is believed",
        ));
    }
    Ok(ProviderSettings {
        name: table.name.unwrap_or_else(|| table.id.clone()),
        id: table.id,
        issuer: table.issuer,
        client_id: table.client_id,
        client_secret,
        trust_email: table.trust_email,
        allowed_domains: table.allowed_domains.into_iter().map(|domain| domain.to_ascii_lowercase()).collect(),
    })
}

/// https, or plain http on loopback; no query, no fragment (OpenID Connect Discovery 1.0 section 3).
fn check_issuer(issuer: &str) -> Result<(), &'static str> {
    let url = Url::parse(issuer).map_err(|_| "must be a URL")?;
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if loopback => {}
        _ => return Err("must be https; plain http is for loopback alone"),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must have no query and no fragment");
    }
    Ok(())
}
