//! Where a credential may be used from: networks in CIDR notation (RFC 4632, RFC 4291 section 2.3).

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Networks that a credential may be used from, and networks that it may not be used from. A network of IPv6 says
/// nothing of IPv4: an address of IPv4 that is written as one of IPv6 (`::ffff:192.0.2.1`) is one of IPv4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressRules {
    /// Where from; empty: from anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<IpNet>,
    /// Where not from, whatever is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied: Vec<IpNet>,
}

impl AddressRules {
    /// Whether they say nothing at all.
    pub const fn is_empty(&self) -> bool {
        self.allowed.is_empty() && self.denied.is_empty()
    }

    /// The rules that say something, each once: what a token seals.
    pub fn sealed<'a>(rules: impl IntoIterator<Item = &'a Self>) -> Vec<Self> {
        let mut sealed: Vec<Self> = Vec::new();
        for rules in rules {
            if !rules.is_empty() && !sealed.contains(rules) {
                sealed.push(rules.clone());
            }
        }
        sealed
    }

    /// Whether a call from here is in order. Who says nothing of where it comes from is refused wherever there is a rule.
    pub fn admit(&self, from: Option<IpAddr>) -> bool {
        if self.is_empty() {
            return true;
        }
        let Some(address) = from.map(|address| address.to_canonical()) else { return false };
        let holds = |network: &IpNet| network.contains(&address);
        !self.denied.iter().any(holds) && (self.allowed.is_empty() || self.allowed.iter().any(holds))
    }
}
