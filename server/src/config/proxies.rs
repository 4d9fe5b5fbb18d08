//! `LATCHKEY_TRUSTED_PROXIES`: who is believed about where a call comes from.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::ConfigError;
use super::source::Source;

/// Networks whose word counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Whether nobody's does.
    pub fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address is one of theirs.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(network).collect::<Result<_, _>>().map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    let net = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let net: IpNet = net.map_err(|_| format!("`{text}` is not a network such as 10.0.0.0/8, nor an address"))?;
    // peers are compared as IPv4 where they are: this one would never be met
    if net.addr().is_ipv6() && net.addr().to_canonical().is_ipv4() {
        return Err(format!("`{text}` is IPv4 written as IPv6; write it as IPv4"));
    }
    Ok(net)
}

pub(super) fn read(source: &Source) -> Result<TrustedProxies, ConfigError> {
    let parts = source.list("trusted_proxies")?;
    parts.join(",").parse().map_err(|problem: String| ConfigError::new("LATCHKEY_TRUSTED_PROXIES", problem))
}
