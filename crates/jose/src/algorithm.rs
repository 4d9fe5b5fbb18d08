//! The signature algorithms that are signed and verified with (RFC 7518 section 3.1, RFC 8037, RFC 9864).

use std::fmt;
use std::str::FromStr;

/// A signature algorithm. No MAC and no `none` among them, so a public key can never be mistaken for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519, called `EdDSA` (RFC 8037), and also `Ed25519` (RFC 9864) where we read.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Rs256, Self::Ps256];

    /// The word that we write in `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no algorithm of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an algorithm is EdDSA, ES256, RS256 or PS256")]
pub struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads `alg`, case-sensitively. `Ed25519` is [`Self::EdDsa`].
    fn from_str(text: &str) -> Result<Self, UnknownAlgorithm> {
        match text {
            "Ed25519" => Ok(Self::EdDsa),
            _ => Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == text).ok_or(UnknownAlgorithm),
        }
    }
}
