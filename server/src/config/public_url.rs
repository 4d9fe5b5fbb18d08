//! `LATCHKEY_PUBLIC_URL`: what people and tokens call this installation.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

use super::ConfigError;
use super::source::Source;

/// The base URL and, byte for byte, the issuer: scheme, host and perhaps a port, and nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    host: String,
    port: u16,
    https: bool,
}

impl PublicUrl {
    /// As written; also the origin that browsers send.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Without the port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, said or not.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the scheme means where no port is said.
    pub fn default_port(&self) -> u16 {
        if self.https { 443 } else { 80 }
    }

    /// Whether people come by TLS; always, but on loopback.
    pub fn is_https(&self) -> bool {
        self.https
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| "must be a URL such as https://keys.example.com".to_owned())?;
        let https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err("must begin with https://".to_owned()),
        };
        let host = url.host().ok_or("must have a host")?;
        if !https && !is_loopback(&host) {
            return Err("must be https; plain http is for loopback alone".to_owned());
        }
        let origin = url.origin().ascii_serialization();
        let port = url.port_or_known_default().ok_or("must have a port")?;
        // a browser sends the origin in this one form, and `iss` is compared byte for byte
        if origin != text {
            return Err(format!(
                "must be written as {origin}: no path, no trailing slash, lower case, no default port"
            ));
        }
        Ok(Self { text: origin, host: host.to_string(), port, https })
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

pub(super) fn read(source: &Source) -> Result<PublicUrl, ConfigError> {
    let text = source.text("public_url")?.unwrap_or_else(|| "http://localhost:3000".to_owned());
    text.parse().map_err(|problem: String| ConfigError::new("LATCHKEY_PUBLIC_URL", problem))
}
