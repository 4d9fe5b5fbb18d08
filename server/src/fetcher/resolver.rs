//! Resolves names for outgoing calls, and lets through only addresses that may be asked. It is the addresses given out
//! here that are connected to: a name can't stand for something else a moment later (DNS rebinding).

use std::net::{IpAddr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::is_public;

/// The system's resolver with a filter behind it.
#[derive(Clone, Copy, Debug)]
pub struct Resolver {
    /// Addresses of this machine are fine.
    pub dev: bool,
}

/// The name has addresses, but none that may be asked.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name has no public address")]
pub struct NoPublicAddress;

impl Resolver {
    fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self.dev && address.is_loopback())
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| resolver.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
