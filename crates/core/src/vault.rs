//! The master key: what is derived from it, and what it seals (contract section 2).

use std::fmt;

use zeroize::Zeroizing;

/// The master key in use, and the one before it while it is being changed.
#[derive(Clone)]
pub struct Vault {
    current: MasterKey,
    previous: Option<MasterKey>,
}

/// 32 secret bytes.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

/// The master key can't be used, or what it sealed can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not 32 bytes of base64.
    #[error("the master key is not 32 bytes of base64")]
    BadMasterKey,
    /// Sealed by another key, or changed since.
    #[error("sealed by another master key, or damaged")]
    CannotOpen,
}

impl MasterKey {
    /// Reads base64, standard or URL-safe, padding optional.
    pub fn from_base64(_text: &str) -> Result<Self, VaultError> {
        todo!()
    }

    /// From 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Standard base64, for the file that holds it.
    pub fn to_base64(&self) -> Zeroizing<String> {
        todo!()
    }

    /// A public name of the key: 8 characters derived from it, which stands in each hash and beside each sealed key.
    pub fn id(&self) -> String {
        todo!()
    }
}

impl Vault {
    /// With the key in use and the one before it.
    pub fn new(current: MasterKey, previous: Option<MasterKey>) -> Self {
        Self { current, previous }
    }
}
