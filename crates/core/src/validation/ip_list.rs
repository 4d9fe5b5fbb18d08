//! Lists of addresses and networks that a key may be used from.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::{Checked, wrong};
use crate::error::FieldError;

/// The most entries of one list.
pub const MAX_ALLOWED_IPS: usize = 100;

/// IPv4 and IPv6 addresses and networks in CIDR notation; each bad one is named by its place: `allowed_ips/2`.
/// IPv4 written as IPv6 (`::ffff:192.0.2.1`) becomes IPv4, which is how a caller's address is compared.
pub fn ip_list(field: &str, typed: &[String]) -> Checked<Vec<IpNet>> {
    if typed.len() > MAX_ALLOWED_IPS {
        return wrong(field, format!("at most {MAX_ALLOWED_IPS} addresses or networks"));
    }
    let mut errors = Vec::new();
    let mut networks = Vec::with_capacity(typed.len());
    for (position, text) in typed.iter().enumerate() {
        match network(text.trim()) {
            Ok(network) if networks.contains(&network) => {}
            Ok(network) => networks.push(network),
            Err(detail) => errors.push(FieldError::new(format!("{field}/{position}"), detail)),
        }
    }
    if errors.is_empty() { Ok(networks) } else { Err(errors) }
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address.to_canonical()));
    }
    let network = text
        .parse::<IpNet>()
        .map_err(|_| "an address or a network, as in 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32".to_owned())?;
    // A network with host bits is mostly a slip of the prefix: whoever typed it says which of the two was meant.
    if network.trunc() != network {
        return Err(format!("write {} for the network, or {} for the address", network.trunc(), network.addr()));
    }
    Ok(without_mapping(network))
}

/// A network of IPv4-mapped addresses (RFC 4291 section 2.5.5.2) as the IPv4 network that it is.
fn without_mapping(network: IpNet) -> IpNet {
    const MAPPED_PREFIX: u8 = 96;
    if let (IpNet::V6(v6), IpAddr::V4(address)) = (network, network.addr().to_canonical())
        && let Some(length) = v6.prefix_len().checked_sub(MAPPED_PREFIX)
        && let Ok(v4) = Ipv4Net::new(address, length)
    {
        return IpNet::V4(v4);
    }
    network
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> Result<String, FieldError> {
        ip_list("allowed_ips", &[text.to_owned()])
            .map(|networks| networks[0].to_string())
            .map_err(|errors| errors[0].clone())
    }

    #[test]
    fn addresses_and_networks_of_both_versions() {
        for (typed, kept) in [
            ("203.0.113.9", "203.0.113.9/32"),
            (" 203.0.113.0/24 ", "203.0.113.0/24"),
            ("2001:DB8::1", "2001:db8::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("::ffff:203.0.113.9", "203.0.113.9/32"),
            ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(one(typed).unwrap(), kept);
        }
    }

    #[test]
    fn anything_else_is_refused_with_what_would_be_right() {
        for typed in ["", "example.com", "203.0.113", "203.0.113.9/33", "010.0.0.1", "fe80::1%eth0", "1.2.3.4\0", "*"] {
            assert_eq!(one(typed).unwrap_err().field, "allowed_ips/0", "{typed:?}");
        }
        assert!(one("203.0.113.9/24").unwrap_err().detail.contains("203.0.113.0/24"));
    }

    #[test]
    fn duplicates_fold_and_the_list_is_bounded() {
        let twice = ["10.0.0.1".to_owned(), "10.0.0.1/32".to_owned()];
        assert_eq!(ip_list("allowed_ips", &twice).unwrap().len(), 1);
        let many = vec!["10.0.0.1".to_owned(); 101];
        assert!(ip_list("allowed_ips", &many[..100]).is_ok());
        assert!(ip_list("allowed_ips", &many).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(typed: Vec<String>) {
            let _ = ip_list("allowed_ips", &typed);
        }

        #[test]
        fn what_was_kept_is_taken_again(address: IpAddr, length in 0_u8..=128) {
            if let Ok(kept) = one(&format!("{address}/{length}")) {
                prop_assert_eq!(one(&kept), Ok(kept.clone()));
            }
        }
    }
}
