//! What somebody should look at.

use latchkey_types::{CredentialKind, Timestamp};

use super::CredentialFacts;
use crate::tiers::Misfit;

const DAY_SECONDS: i64 = 86_400;
/// A secret that is older and was never changed is told, in days.
pub const NEVER_ROTATED_DAYS: i64 = 90;
/// A credential that wasn't used for as long is told, in days.
pub const IDLE_DAYS: i64 = 90;
/// One that was never used in as long is told, in days.
pub const NEVER_USED_DAYS: i64 = 30;
/// A secret that lives longer is told, in days.
pub const LONG_LIFE_DAYS: i64 = 365;
/// Networks count for as long, in days.
pub const NETWORK_DAYS: i64 = 30;
/// More tokens by a client secret within a day are told.
pub const MANY_TOKENS: i64 = 1_000;

/// What somebody should look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// The security tier doesn't take it: it is refused.
    RefusedByTier(Misfit),
    /// It was used from more than one network.
    SeveralNetworks(u32),
    /// Its secret was used for too many tokens.
    OverusedSecret(i64),
    /// Its secret is as old as it is, in days.
    NeverRotated(i64),
    /// It has no end.
    NoEnd,
    /// Its secret lives long, in days.
    LongLife(i64),
    /// It wasn't used for this many days.
    Idle(i64),
    /// It was never used in this many days.
    NeverUsed(i64),
    /// It may be used from anywhere.
    NoAddressList,
}

impl Finding {
    /// The words of all findings, the most urgent first.
    pub const CODES: [&'static str; 9] = [
        "refused_by_tier",
        "several_networks",
        "overused_secret",
        "never_rotated",
        "no_end",
        "long_life",
        "idle",
        "never_used",
        "no_address_list",
    ];

    /// The word that bodies and queries use.
    pub const fn code(self) -> &'static str {
        match self {
            Self::RefusedByTier(_) => "refused_by_tier",
            Self::SeveralNetworks(_) => "several_networks",
            Self::OverusedSecret(_) => "overused_secret",
            Self::NeverRotated(_) => "never_rotated",
            Self::NoEnd => "no_end",
            Self::LongLife(_) => "long_life",
            Self::Idle(_) => "idle",
            Self::NeverUsed(_) => "never_used",
            Self::NoAddressList => "no_address_list",
        }
    }

    /// What is so, for people.
    pub fn detail(self) -> String {
        match self {
            Self::RefusedByTier(misfit) => format!("The security tier refuses it: {}.", misfit.advice()),
            Self::SeveralNetworks(count) => {
                format!("It was used from {count} networks within {NETWORK_DAYS} days.")
            }
            Self::OverusedSecret(tokens) => format!("It got {tokens} tokens with a client secret within the last day."),
            Self::NeverRotated(days) => format!("What proves it is {days} days old and was never changed."),
            Self::NoEnd => "It holds until somebody revokes it.".to_owned(),
            Self::LongLife(days) => format!("Its secret lives {days} days."),
            Self::Idle(days) => format!("It wasn't used for {days} days."),
            Self::NeverUsed(days) => format!("It was never used in {days} days."),
            Self::NoAddressList => "It may be used from anywhere.".to_owned(),
        }
    }

    /// What to do, for people.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::RefusedByTier(_) => "Change it as said, or replace and revoke it.",
            Self::SeveralNetworks(_) => {
                "Find out who uses it. Give each program a credential of its own, or list its addresses."
            }
            Self::OverusedSecret(_) => {
                "Let the app prove itself with a key of its own, which never leaves the program."
            }
            Self::NeverRotated(_) => "Rotate it, with an overlap so that nothing stops.",
            Self::NoEnd => "Give it an end.",
            Self::LongLife(_) => "Rotate it more often, with an earlier end.",
            Self::Idle(_) | Self::NeverUsed(_) => "If nobody needs it, revoke it.",
            Self::NoAddressList => "List the addresses of the program that uses it.",
        }
    }
}

/// What is to be looked at about a credential, the most urgent first.
pub fn findings(facts: &CredentialFacts, now: Timestamp) -> Vec<Finding> {
    let mut found: Vec<Finding> = facts.misfits_now().into_iter().map(Finding::RefusedByTier).collect();
    found.extend((facts.networks > 1).then_some(Finding::SeveralNetworks(facts.networks)));
    found.extend((facts.is_by_secret && facts.tokens > MANY_TOKENS).then_some(Finding::OverusedSecret(facts.tokens)));
    if let Some(newest) = facts.secrets.first() {
        let age = days(newest.made_at, now);
        let never_changed = newest.made_at <= facts.created_at;
        found.extend((never_changed && age >= NEVER_ROTATED_DAYS).then_some(Finding::NeverRotated(age)));
    }
    found.extend(about_life(facts));
    found.extend(match facts.last_used_at {
        Some(last) => Some(days(last, now)).filter(|idle| *idle >= IDLE_DAYS).map(Finding::Idle),
        None => Some(days(facts.created_at, now)).filter(|age| *age >= NEVER_USED_DAYS).map(Finding::NeverUsed),
    });
    found.extend((!facts.has_addresses).then_some(Finding::NoAddressList));
    found
}

/// Client secrets and public keys have no end by their nature: what is told of them is their age.
fn about_life(facts: &CredentialFacts) -> Option<Finding> {
    if !matches!(facts.kind, CredentialKind::ApiKey | CredentialKind::JwtKey) {
        return None;
    }
    let newest = facts.secrets.first()?;
    match newest.ends_at {
        None => Some(Finding::NoEnd),
        Some(end) => Some(days(newest.made_at, end)).filter(|life| *life > LONG_LIFE_DAYS).map(Finding::LongLife),
    }
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_seconds() - from.as_seconds()) / DAY_SECONDS
}

#[cfg(test)]
mod tests {
    use latchkey_types::OrgId;

    use super::*;
    use crate::tiers::{SecretLife, SecurityTier};

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn ago(days: i64) -> Timestamp {
        NOW.plus_seconds(-days * DAY_SECONDS)
    }

    /// A key that nobody needs to look at.
    fn tidy() -> CredentialFacts {
        CredentialFacts {
            id: "key_0000000000000001".to_owned(),
            kind: CredentialKind::ApiKey,
            name: "checkout".to_owned(),
            holder: "org_0000000000000001".parse::<OrgId>().unwrap(),
            holder_slug: "acme".to_owned(),
            holder_tier: SecurityTier::Low,
            created_at: ago(400),
            last_used_at: Some(ago(0)),
            disabled_at: None,
            secrets: vec![SecretLife { made_at: ago(10), ends_at: Some(ago(-20)), imported: false }],
            apis: Vec::new(),
            may_be_unbound: false,
            is_by_secret: false,
            has_addresses: true,
            networks: 1,
            tokens: 0,
        }
    }

    fn codes(facts: &CredentialFacts) -> Vec<&'static str> {
        findings(facts, NOW).into_iter().map(Finding::code).collect()
    }

    #[test]
    fn each_finding_by_itself() {
        assert!(codes(&tidy()).is_empty());
        let secret =
            |made, ends: Option<i64>| vec![SecretLife { made_at: ago(made), ends_at: ends.map(ago), imported: false }];
        let cases: [(CredentialFacts, &[&str]); 14] = [
            (CredentialFacts { has_addresses: false, ..tidy() }, &["no_address_list"]),
            (CredentialFacts { networks: 2, ..tidy() }, &["several_networks"]),
            (CredentialFacts { last_used_at: Some(ago(89)), ..tidy() }, &[]),
            (CredentialFacts { last_used_at: Some(ago(90)), ..tidy() }, &["idle"]),
            (CredentialFacts { last_used_at: None, ..tidy() }, &["never_used"]),
            (CredentialFacts { last_used_at: None, created_at: ago(29), ..tidy() }, &[]),
            (CredentialFacts { created_at: ago(89), secrets: secret(89, Some(-1)), ..tidy() }, &[]),
            (CredentialFacts { created_at: ago(90), secrets: secret(90, Some(-1)), ..tidy() }, &["never_rotated"]),
            (CredentialFacts { secrets: secret(10, None), ..tidy() }, &["no_end"]),
            (CredentialFacts { secrets: secret(10, Some(-356)), ..tidy() }, &["long_life"]),
            (CredentialFacts { secrets: secret(10, Some(-355)), ..tidy() }, &[]),
            (
                CredentialFacts { secrets: secret(10, None), holder_tier: SecurityTier::Medium, ..tidy() },
                &["refused_by_tier", "no_end"],
            ),
            (
                CredentialFacts { kind: CredentialKind::App, is_by_secret: true, tokens: MANY_TOKENS + 1, ..tidy() },
                &["overused_secret"],
            ),
            (CredentialFacts { kind: CredentialKind::App, secrets: secret(10, None), ..tidy() }, &[]),
        ];
        for (facts, expected) in cases {
            assert_eq!(codes(&facts), expected, "{facts:?}");
        }
    }

    #[test]
    fn every_code_is_listed_in_the_order_of_urgency() {
        let all = [
            Finding::RefusedByTier(Misfit::NoEnd),
            Finding::SeveralNetworks(2),
            Finding::OverusedSecret(2),
            Finding::NeverRotated(1),
            Finding::NoEnd,
            Finding::LongLife(1),
            Finding::Idle(1),
            Finding::NeverUsed(1),
            Finding::NoAddressList,
        ];
        assert_eq!(all.map(Finding::code), Finding::CODES);
        assert!(all.is_sorted());
        assert!(all.iter().all(|finding| !finding.detail().is_empty() && !finding.advice().is_empty()));
    }
}
