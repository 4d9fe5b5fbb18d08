//! Lists of networks, against a model that compares bits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use latchkey_jose::AddressRules;
use proptest::prelude::*;

/// A network as its version, its bits and how many of them count.
#[derive(Clone, Copy, Debug)]
struct Model {
    is_v4: bool,
    bits: u128,
    length: u8,
}

impl Model {
    /// The bits stand at the left, whatever the version.
    fn of(address: IpAddr, length: u8) -> Self {
        match address {
            IpAddr::V4(address) => {
                Self { is_v4: true, bits: u128::from(address.to_bits()) << 96, length: length.min(32) }
            }
            IpAddr::V6(address) => Self { is_v4: false, bits: address.to_bits(), length: length.min(128) },
        }
    }

    fn holds(self, address: IpAddr) -> bool {
        let mapped = match address {
            IpAddr::V6(address) if address.to_bits() >> 32 == 0xffff => {
                let [.., a, b, c, d] = address.octets();
                IpAddr::V4(Ipv4Addr::new(a, b, c, d))
            }
            other => other,
        };
        let other = Self::of(mapped, 128);
        let differ = (self.bits ^ other.bits).checked_shr(128 - u32::from(self.length)).unwrap_or(0);
        self.is_v4 == other.is_v4 && (self.length == 0 || differ == 0)
    }

    fn text(self) -> String {
        let bits = if self.length == 0 { 0 } else { self.bits >> (128 - self.length) << (128 - self.length) };
        if self.is_v4 {
            format!("{}/{}", Ipv4Addr::from_bits(u32::try_from(bits >> 96).unwrap()), self.length)
        } else {
            format!("{}/{}", Ipv6Addr::from_bits(bits), self.length)
        }
    }
}

/// Addresses that lie near each other, so that networks hold some of them.
fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 2]>().prop_map(|[c, d]| IpAddr::from([10, 0, c & 3, d])),
        any::<u8>().prop_map(|d| IpAddr::V6(Ipv4Addr::new(10, 0, 0, d).to_ipv6_mapped())),
        any::<u16>().prop_map(|h| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, h])),
        any::<u16>().prop_map(|c| IpAddr::from([0x2001, 0xdb8, c & 3, 0, 0, 0, 0, 1])),
        any::<IpAddr>(),
    ]
}

fn network() -> impl Strategy<Value = Model> {
    (address(), 0_u8..=128).prop_map(|(address, length)| Model::of(address.to_canonical(), length))
}

proptest! {
    #[test]
    fn lists_judge_as_the_model_does(
        allowed in prop::collection::vec(network(), 0..4),
        denied in prop::collection::vec(network(), 0..3),
        from in address(),
    ) {
        let parsed = |models: &[Model]| models.iter().map(|model| model.text().parse().unwrap()).collect();
        let rules = AddressRules { allowed: parsed(&allowed), denied: parsed(&denied) };
        let any_holds = |models: &[Model]| models.iter().any(|model| model.holds(from));
        let expected = !any_holds(&denied) && (allowed.is_empty() || any_holds(&allowed));
        prop_assert_eq!(rules.admit(Some(from)), expected, "{:?} from {}", rules, from);
        prop_assert_eq!(rules.admit(None), allowed.is_empty() && denied.is_empty());
        // what a token says of them reads back the same
        let json = serde_json::to_string(&rules).unwrap();
        prop_assert_eq!(serde_json::from_str::<AddressRules>(&json).unwrap(), rules);
    }
}

#[test]
fn denied_goes_before_allowed() {
    let rules: AddressRules =
        serde_json::from_str(r#"{"allowed":["10.0.0.0/8","2001:db8::/32"],"denied":["10.0.0.0/30"]}"#).unwrap();
    for (from, expected) in [
        ("10.0.0.4", true),
        ("10.0.0.3", false),
        ("::ffff:10.0.0.3", false),
        ("::ffff:10.0.0.4", true),
        ("11.0.0.1", false),
        ("2001:db8::1", true),
        ("2001:db9::1", false),
    ] {
        assert_eq!(rules.admit(Some(from.parse().unwrap())), expected, "{from}");
    }
    let only_denied = AddressRules { allowed: Vec::new(), ..rules };
    assert!(only_denied.admit(Some("192.0.2.1".parse().unwrap())));
    assert!(!only_denied.admit(None), "who doesn't say where it comes from may come from there");
}

#[test]
fn other_json_is_refused() {
    for json in
        [r#"{"allowed":"10.0.0.0/8"}"#, r#"{"allowed":[1]}"#, r#"{"alowed":[]}"#, r#"{"denied":["here"]}"#, "[]1"]
    {
        assert!(serde_json::from_str::<AddressRules>(json).is_err(), "{json}");
    }
}
