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

/// Hashes and checks secrets: Argon2id under a bounded semaphore on blocking threads.
pub struct Hasher {}

/// What a secret was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is the one; its hash is of the current profile.
    Same,
    /// It is the one; its hash is of an older profile or pepper and wants an upgrade.
    SameButOld,
    /// It is another one.
    Different,
}

impl Hasher {
    /// With the peppers that the vault gives.
    pub fn new(_vault: &crate::vault::Vault) -> Self {
        todo!()
    }

    /// Hashes a secret of 256 random bits with the `generated` profile.
    pub async fn hash(&self, _secret: &crate::PlainSecret, _random: &dyn crate::random::Random) -> Result<SecretHash, crate::Error> {
        todo!()
    }

    /// Compares a presented secret with a stored hash. `None` works as long as a wrong secret would, and is
    /// [`Checked::Different`]: an unknown id must not answer faster (F-22).
    pub async fn check(&self, _presented: &str, _stored: Option<&SecretHash>) -> Result<Checked, crate::Error> {
        todo!()
    }

    /// HMAC-SHA-256 under the pepper: for invitation links, opaque tokens and what else lives short.
    pub fn mac(&self, _purpose: &'static str, _secret: &str) -> [u8; 32] {
        todo!()
    }
}
