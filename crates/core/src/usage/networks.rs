//! From which networks a credential was used. A call costs a comparison: what was seen already isn't noted again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Networks of this length are told apart: what one site usually has.
const V4_LENGTH: u8 = 24;
const V6_LENGTH: u8 = 48;
/// How many networks of one credential are noted between two flushes that forget; more say nothing new.
const SLOTS: usize = 4;
/// In a slot's number: that it is taken, and by which version of IP. Below them stand the network's bits.
const V4_MARK: u64 = 1 << 56;
const V6_MARK: u64 = 2 << 56;

/// The networks from which a credential was used lately.
#[derive(Debug, Default)]
pub struct SeenNetworks {
    /// One network each, from the first slot on; 0: free.
    slots: [AtomicU64; SLOTS],
    /// One bit a slot: it was flushed.
    flushed: AtomicU8,
}

impl SeenNetworks {
    /// A good call came from here.
    pub fn note(&self, from: IpAddr) {
        let network = number(from);
        for slot in &self.slots {
            let seen = slot.load(Ordering::Relaxed);
            if seen == network {
                return;
            }
            if seen == 0 {
                match slot.compare_exchange(0, network, Ordering::Relaxed, Ordering::Relaxed) {
                    Ok(_) => return,
                    Err(other) if other == network => return,
                    Err(_) => {}
                }
            }
        }
    }

    /// The networks that weren't flushed yet.
    pub(super) fn drain(&self) -> Vec<IpNet> {
        let mut new = Vec::new();
        for (position, slot) in self.slots.iter().enumerate() {
            let network = slot.load(Ordering::Relaxed);
            if network != 0 && self.flushed.fetch_or(1 << position, Ordering::Relaxed) & (1 << position) == 0 {
                new.push(as_network(network));
            }
        }
        new
    }

    /// Forgets what was flushed, so that what is still in use is noted anew.
    pub(super) fn forget(&self) {
        let flushed = self.flushed.load(Ordering::Relaxed);
        for (position, slot) in self.slots.iter().enumerate() {
            if flushed & (1 << position) != 0 {
                slot.store(0, Ordering::Relaxed);
                self.flushed.fetch_and(!(1 << position), Ordering::Relaxed);
            }
        }
    }
}

fn number(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => V4_MARK | u64::from(address.to_bits() >> (32 - V4_LENGTH)),
        IpAddr::V6(address) => {
            let bits = address.to_bits() >> (128 - u32::from(V6_LENGTH));
            V6_MARK | u64::try_from(bits).unwrap_or_default()
        }
    }
}

fn as_network(number: u64) -> IpNet {
    let bits = number & (V4_MARK - 1);
    if number & V4_MARK != 0 {
        let bits = u32::try_from(bits).unwrap_or_default() << (32 - V4_LENGTH);
        IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_bits(bits), V4_LENGTH))
    } else {
        let bits = u128::from(bits) << (128 - u32::from(V6_LENGTH));
        IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), V6_LENGTH))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(networks: &SeenNetworks) -> Vec<String> {
        networks.drain().iter().map(ToString::to_string).collect()
    }

    fn note(networks: &SeenNetworks, from: &str) {
        networks.note(from.parse().unwrap());
    }

    #[test]
    fn each_network_is_told_once() {
        let networks = SeenNetworks::default();
        for from in ["203.0.113.9", "203.0.113.200", "::ffff:203.0.113.1", "2001:db8:1:2::3", "2001:db8:1:9::4"] {
            note(&networks, from);
        }
        assert_eq!(seen(&networks), ["203.0.113.0/24", "2001:db8:1::/48"]);
        note(&networks, "203.0.113.9");
        assert!(seen(&networks).is_empty());
        note(&networks, "198.51.100.1");
        assert_eq!(seen(&networks), ["198.51.100.0/24"]);
        networks.forget();
        note(&networks, "203.0.113.9");
        assert_eq!(seen(&networks), ["203.0.113.0/24"]);
    }

    #[test]
    fn there_is_an_end_to_it() {
        let networks = SeenNetworks::default();
        for number in 0..=255 {
            networks.note(IpAddr::from([10, 0, number, 1]));
        }
        assert_eq!(seen(&networks).len(), SLOTS);
    }

    proptest! {
        #[test]
        fn the_network_holds_the_address(address: IpAddr) {
            let network = as_network(number(address));
            prop_assert!(network.contains(&address.to_canonical()));
            prop_assert_eq!(network.trunc(), network);
        }
    }
}
