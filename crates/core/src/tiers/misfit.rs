//! What of a credential a tier doesn't take.

use latchkey_jose::{AccessToken, Cred};
use latchkey_types::{CredentialKind, Timestamp};

use super::SecurityTier;

const MILLIS_A_DAY: i64 = 86_400_000;

/// What of a credential a tier doesn't take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Misfit {
    /// It is a JWT key.
    JwtKey,
    /// Its secret came from another system.
    ImportedSecret,
    /// Its secret has no end.
    NoEnd,
    /// Its secret lives longer than it may.
    LivesTooLong,
    /// Its tokens aren't bound to a key, or needn't be.
    UnboundTokens,
}

impl Misfit {
    /// Every misfit.
    pub const ALL: [Self; 5] =
        [Self::JwtKey, Self::ImportedSecret, Self::NoEnd, Self::LivesTooLong, Self::UnboundTokens];

    /// The word that bodies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JwtKey => "jwt_key",
            Self::ImportedSecret => "imported_secret",
            Self::NoEnd => "no_end",
            Self::LivesTooLong => "lives_too_long",
            Self::UnboundTokens => "unbound_tokens",
        }
    }

    /// What is wrong and what to do, for people.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::JwtKey => "JWT keys aren't allowed in this tier: make an API key in its place and revoke it",
            Self::ImportedSecret => "secrets of other systems aren't allowed in this tier: rotate the key",
            Self::NoEnd => "its secret has no end: give it one, or rotate the key, which gives it one",
            Self::LivesTooLong => {
                "its secret lives longer than this tier allows: give it an earlier end, or rotate the key"
            }
            Self::UnboundTokens => {
                "its tokens aren't bound to a key: bind the app's tokens to a key or a certificate; a service account sends a DPoP proof, or comes with a certificate"
            }
        }
    }
}

/// One secret (or JWT) of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretLife {
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// Whether another system made it.
    pub imported: bool,
}

/// What this tier doesn't take of one secret of a key.
pub fn misfit_of_secret(tier: SecurityTier, kind: CredentialKind, secret: SecretLife) -> Option<Misfit> {
    let demands = tier.demands();
    if !demands.takes_kind(kind) {
        return Some(Misfit::JwtKey);
    }
    if secret.imported && !demands.imported_secrets {
        return Some(Misfit::ImportedSecret);
    }
    let days = i64::from(demands.key_days(kind, None)?);
    match secret.ends_at {
        None => Some(Misfit::NoEnd),
        Some(end) if end > secret.made_at.plus_millis(days * MILLIS_A_DAY) => Some(Misfit::LivesTooLong),
        Some(_) => None,
    }
}

/// What this tier doesn't take of an access token. What an action token was swapped for is exempt from binding: it came by
/// a link to somebody who has no key, once, for one purpose.
pub fn misfit_of_token(tier: SecurityTier, token: &AccessToken) -> Option<Misfit> {
    let must_be_bound = tier.demands().bound_tokens && token.cred != Cred::ActionToken;
    (must_be_bound && token.cnf.is_none()).then_some(Misfit::UnboundTokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MADE: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn of(tier: SecurityTier, kind: CredentialKind, days: Option<i64>, imported: bool) -> Option<Misfit> {
        let ends_at = days.map(|days| MADE.plus_seconds(days * 86_400));
        misfit_of_secret(tier, kind, SecretLife { made_at: MADE, ends_at, imported })
    }

    #[test]
    fn what_each_tier_takes() {
        use CredentialKind::{ApiKey, JwtKey};
        use SecurityTier::{High, Low, Medium};
        for (tier, kind, days, imported, expected) in [
            (Low, ApiKey, None, true, None),
            (Low, JwtKey, Some(365), false, None),
            (Medium, ApiKey, None, false, Some(Misfit::NoEnd)),
            (Medium, ApiKey, Some(365), true, None),
            (Medium, ApiKey, Some(366), false, Some(Misfit::LivesTooLong)),
            (Medium, JwtKey, Some(90), false, None),
            (Medium, JwtKey, Some(91), false, Some(Misfit::LivesTooLong)),
            (High, ApiKey, Some(90), false, None),
            (High, ApiKey, Some(91), false, Some(Misfit::LivesTooLong)),
            (High, ApiKey, Some(1), true, Some(Misfit::ImportedSecret)),
            (High, JwtKey, Some(1), false, Some(Misfit::JwtKey)),
        ] {
            assert_eq!(of(tier, kind, days, imported), expected, "{tier:?} {kind} {days:?} {imported}");
        }
        let late =
            SecretLife { made_at: MADE, ends_at: Some(MADE.plus_millis(90 * MILLIS_A_DAY + 1)), imported: false };
        assert_eq!(misfit_of_secret(High, ApiKey, late), Some(Misfit::LivesTooLong), "to the millisecond");
    }
}
