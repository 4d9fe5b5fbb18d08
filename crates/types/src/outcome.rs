//! What a verification can end in, and what usage counts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The code of a verification, or `ISSUED` for a token handed out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Outcome {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Outcome {
            /// Every code, in the order in which verification decides.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word that bodies and the database use.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

outcomes! {
    /// The credential holds.
    Valid = "VALID",
    /// Not of our form: alphabet, length or check characters.
    Malformed = "MALFORMED",
    /// A JWT whose signature, header or claims don't hold.
    BadSignature = "BAD_SIGNATURE",
    /// A JWT of ours for another API.
    WrongAudience = "WRONG_AUDIENCE",
    /// Unknown to this API.
    NotFound = "NOT_FOUND",
    /// Ended for good.
    Revoked = "REVOKED",
    /// Its organisation is suspended.
    OrganisationSuspended = "ORGANISATION_SUSPENDED",
    /// Switched off, or its organisation is blocked by the API's owner.
    Disabled = "DISABLED",
    /// Its time has not come.
    NotYetValid = "NOT_YET_VALID",
    /// Its time is over.
    Expired = "EXPIRED",
    /// The chain of callers may not reach this API.
    ChainNotAllowed = "CHAIN_NOT_ALLOWED",
    /// Called from an address that isn't on its list.
    IpNotAllowed = "IP_NOT_ALLOWED",
    /// A scope that was asked for is missing.
    InsufficientScope = "INSUFFICIENT_SCOPE",
    /// A rate limit is used up.
    RateLimited = "RATE_LIMITED",
    /// The credits are used up.
    CreditsExhausted = "CREDITS_EXHAUSTED",
    /// A token was handed out; counted in usage only.
    Issued = "ISSUED",
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an outcome")]
pub struct UnknownOutcome;

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, UnknownOutcome> {
        Self::ALL.iter().copied().find(|outcome| outcome.as_str() == text).ok_or(UnknownOutcome)
    }
}
