//! Slows down whoever begins or ends many sign-ins: each writes to the database, and nobody had to prove anything yet.

use std::net::{IpAddr, Ipv6Addr};

use latchkey_core::Error;

use crate::http::{AppState, ClientIp, Problem};

/// One more sign-in from this address.
///
/// # Errors
/// 429 where there were too many.
pub(super) fn count(state: &AppState, ip: ClientIp) -> Result<(), Problem> {
    let Some(network) = ip.0.map(network) else { return Ok(()) };
    let now = state.core.clock.monotonic();
    if let Some(seconds) = state.sign_ins.wait(&network, now) {
        return Err(Error::TooMany(seconds).into());
    }
    state.sign_ins.failed(&network, now);
    Ok(())
}

/// An IPv4 address, or the /64 of an IPv6 address, which is one subscriber's.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_subscriber_is_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("203.0.113.9"), "203.0.113.9");
    }
}
