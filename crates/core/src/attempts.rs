//! Slows down whoever tries many wrong secrets: counts failures only, in memory, bounded.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use quick_cache::sync::Cache;

/// How many names are remembered; the least used are forgotten first.
const REMEMBERED: usize = 20_000;

/// A budget of failures per name, refilled steadily (GCRA: one instant per name is all the state).
pub struct Attempts {
    burst: u32,
    refill: Duration,
    full_again_at: Cache<String, Duration>,
}

impl Attempts {
    /// `burst` failures at once, and one more each `refill`.
    pub fn new(burst: u32, refill: Duration) -> Self {
        Self { burst, refill, full_again_at: Cache::new(REMEMBERED) }
    }

    /// Whole seconds to wait where the budget of this name is used up.
    pub fn wait(&self, name: &str, now: Duration) -> Option<u32> {
        let full_again_at = self.full_again_at.get(name)?;
        let used_up_beyond = now + self.refill * (self.burst - 1);
        let wait = full_again_at.checked_sub(used_up_beyond)?;
        (!wait.is_zero()).then(|| u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX))
    }

    /// Notes a failure.
    pub fn failed(&self, name: &str, now: Duration) {
        let from = self.full_again_at.get(name).filter(|at| *at > now).unwrap_or(now);
        self.full_again_at.insert(name.to_owned(), from + self.refill);
    }
}

/// Whom to count an address as: an IPv4 address, or the /64 of an IPv6 address, which is one subscriber's.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
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
        assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn the_burst_is_free_then_one_a_refill() {
        let attempts = Attempts::new(3, Duration::from_secs(1));
        let now = Duration::from_secs(100);
        for _ in 0..3 {
            assert_eq!(attempts.wait("a", now), None);
            attempts.failed("a", now);
        }
        assert_eq!(attempts.wait("a", now), Some(2));
        assert_eq!(attempts.wait("b", now), None);
        assert_eq!(attempts.wait("a", now + Duration::from_secs(1)), None);
        attempts.failed("a", now + Duration::from_secs(1));
        assert!(attempts.wait("a", now + Duration::from_secs(1)).is_some());
        assert_eq!(attempts.wait("a", now + Duration::from_secs(9)), None);
    }
}
