//! What each tier demands: the one table, which pages and documentation show.

use latchkey_types::CredentialKind;

use crate::hashing::HashProfile;

/// How strict an organisation is with its credentials, and with those of others for its APIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityTier {
    /// The least that Latchkey does for everybody.
    #[default]
    Low,
    /// Everything has an end.
    Medium,
    /// Short lives, nothing that works without its key, nothing from memory.
    High,
}

impl SecurityTier {
    /// Every tier, each at least as strict as the ones before it.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The tier of this word, where it is one of these.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == word)
    }

    /// What it demands.
    pub const fn demands(self) -> &'static Demands {
        match self {
            Self::Low => &LOW,
            Self::Medium => &MEDIUM,
            Self::High => &HIGH,
        }
    }
}

/// What a tier demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
    /// The longest life of an API key's secret, in days; `None`: it needs no end.
    pub max_api_key_days: Option<u32>,
    /// The longest life of a JWT key, in days; `None`: there are no JWT keys.
    pub max_jwt_key_days: Option<u32>,
    /// Whether secrets that other systems made may be brought in.
    pub imported_secrets: bool,
    /// The longest life of an access token, in seconds.
    pub max_token_seconds: u32,
    /// Whether access tokens must be bound to a key: by DPoP (RFC 9449) or mutual TLS (RFC 8705).
    pub bound_tokens: bool,
    /// How new secrets are hashed; older hashes verify, and are upgraded as they are used.
    pub hashing: HashProfile,
    /// Whether the change log is read before anything remembered is believed.
    pub no_staleness: bool,
}

const LOW: Demands = Demands {
    max_api_key_days: None,
    max_jwt_key_days: Some(365),
    imported_secrets: true,
    max_token_seconds: 3_600,
    bound_tokens: false,
    hashing: HashProfile::Generated,
    no_staleness: false,
};

const MEDIUM: Demands = Demands {
    max_api_key_days: Some(365),
    max_jwt_key_days: Some(90),
    imported_secrets: true,
    max_token_seconds: 900,
    bound_tokens: false,
    hashing: HashProfile::Generated,
    no_staleness: false,
};

const HIGH: Demands = Demands {
    max_api_key_days: Some(90),
    max_jwt_key_days: None,
    imported_secrets: false,
    max_token_seconds: 300,
    bound_tokens: true,
    hashing: HashProfile::Imported,
    no_staleness: true,
};

impl Demands {
    /// The longest life of a key of this kind, in days, where the organisation itself allows `own_limit`. For a kind that
    /// there is none of, what the organisation allows: the kind itself is refused elsewhere.
    pub fn key_days(&self, kind: CredentialKind, own_limit: Option<u32>) -> Option<u32> {
        let days = if kind == CredentialKind::JwtKey { self.max_jwt_key_days } else { self.max_api_key_days };
        match (days, own_limit) {
            (Some(days), Some(own)) => Some(days.min(own)),
            (days, own) => days.or(own),
        }
    }

    /// Whether keys of this kind may be there at all.
    pub fn takes_kind(&self, kind: CredentialKind) -> bool {
        kind != CredentialKind::JwtKey || self.max_jwt_key_days.is_some()
    }

    /// The table's rows for people, as (what, how much); the same rows in the same order for every tier.
    pub fn rows(&self) -> [(&'static str, String); 7] {
        let days = |days: Option<u32>, none: &str| days.map_or_else(|| none.to_owned(), |days| format!("{days} days"));
        let yes = |is_so: bool, yes: &str, no: &str| if is_so { yes.to_owned() } else { no.to_owned() };
        [
            ("API keys live at most", days(self.max_api_key_days, "for ever; an end is not required")),
            ("JWT keys live at most", days(self.max_jwt_key_days, "not allowed")),
            ("Secrets of other systems (import)", yes(self.imported_secrets, "allowed", "not allowed")),
            ("Access tokens live at most", format!("{} seconds", self.max_token_seconds)),
            (
                "Access tokens are bound to a key",
                yes(self.bound_tokens, "always, by DPoP or mutual TLS", "where the app says so"),
            ),
            ("New secrets are hashed with", self.hashing.describe()),
            (
                "Answers from memory",
                yes(self.no_staleness, "only after a look at the change log", "up to 2 seconds old"),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `None` is the laxest.
    fn at_most(days: Option<u32>) -> u32 {
        days.unwrap_or(u32::MAX)
    }

    #[test]
    fn each_tier_is_at_least_as_strict_as_the_one_before() {
        for pair in SecurityTier::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
            let (laxer, stricter) = (pair[0].demands(), pair[1].demands());
            assert!(at_most(stricter.max_api_key_days) <= at_most(laxer.max_api_key_days));
            // of JWT keys `None` is the strictest
            assert!(stricter.max_jwt_key_days.unwrap_or(0) <= laxer.max_jwt_key_days.unwrap_or(0));
            assert!(stricter.imported_secrets <= laxer.imported_secrets);
            assert!(stricter.max_token_seconds <= laxer.max_token_seconds);
            assert!(stricter.bound_tokens >= laxer.bound_tokens && stricter.no_staleness >= laxer.no_staleness);
            assert!(stricter.hashing >= laxer.hashing);
        }
    }

    #[test]
    fn words_read_back() {
        for tier in SecurityTier::ALL {
            assert_eq!(SecurityTier::from_word(tier.as_str()), Some(tier));
        }
        assert_eq!(SecurityTier::from_word("LOW"), None);
    }

    #[test]
    fn the_stricter_of_two_limits_counts() {
        let days = |tier: SecurityTier, kind, own| tier.demands().key_days(kind, own);
        assert_eq!(days(SecurityTier::Low, CredentialKind::ApiKey, None), None);
        assert_eq!(days(SecurityTier::Low, CredentialKind::ApiKey, Some(10)), Some(10));
        assert_eq!(days(SecurityTier::High, CredentialKind::ApiKey, Some(10)), Some(10));
        assert_eq!(days(SecurityTier::High, CredentialKind::ApiKey, Some(1_000)), Some(90));
        assert_eq!(days(SecurityTier::Medium, CredentialKind::JwtKey, None), Some(90));
        assert!(!SecurityTier::High.demands().takes_kind(CredentialKind::JwtKey));
        assert!(SecurityTier::High.demands().takes_kind(CredentialKind::ApiKey));
    }

    /// What docs/security-tiers.md shows is this table.
    #[test]
    fn the_documentation_shows_this_table() {
        let page = include_str!("../../../../docs/security-tiers.md");
        let [low, medium, high] = SecurityTier::ALL.map(|tier| tier.demands().rows());
        for ((low, medium), high) in low.into_iter().zip(medium).zip(high) {
            let row = format!("| {} | {} | {} | {} |", low.0, low.1, medium.1, high.1);
            assert!(page.contains(&row), "docs/security-tiers.md lacks the row\n{row}");
        }
    }
}
