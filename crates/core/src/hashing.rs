//! How secrets rest: Argon2id PHC strings, peppered; HMAC-SHA-256 for what lives minutes.

use std::fmt;

/// An Argon2id PHC string, with the pepper's id in it. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// A PHC string as it stands in the database.
    pub fn from_phc(phc: String) -> Self {
        Self(phc)
    }

    /// For the database, and for nothing else.
    pub fn expose_phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}
