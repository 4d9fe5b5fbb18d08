//! What a hash costs.

use argon2::{Params, ParamsBuilder};

use super::HashingError;

/// Bytes of a hash.
pub(super) const HASH_LENGTH: usize = 32;

/// What one Argon2id hash costs (RFC 9106 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Profile {
    /// KiB.
    pub(super) memory: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

/// What new hashes cost (contract section 3, "Secrets"), from the cheaper to the costlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashProfile {
    /// For secrets of 256 random bits: nobody guesses those, whatever a guess costs.
    #[default]
    Generated,
    /// For secrets of unknown strength, and for those of organisations of the high tier.
    Imported,
}

impl HashProfile {
    pub(super) const fn cost(self) -> Profile {
        match self {
            Self::Generated => GENERATED,
            Self::Imported => IMPORTED,
        }
    }

    /// For people.
    pub fn describe(self) -> String {
        let Profile { memory, passes, lanes } = self.cost();
        format!("Argon2id, {} MiB, t = {passes}, p = {lanes}", memory / 1024)
    }
}

/// For secrets of 256 random bits: nobody guesses those, whatever a guess costs.
pub(super) const GENERATED: Profile = Profile { memory: 1024, passes: 1, lanes: 1 };
/// For secrets of unknown strength: the least that OWASP's Password Storage Cheat Sheet asks of Argon2id.
pub(super) const IMPORTED: Profile = Profile { memory: 19 * 1024, passes: 2, lanes: 1 };

impl Profile {
    /// Argon2's parameters, with the pepper's id, which PHC strings call `keyid`.
    pub(super) fn params(self, pepper_id: &str) -> Result<Params, HashingError> {
        ParamsBuilder::new()
            .m_cost(self.memory)
            .t_cost(self.passes)
            .p_cost(self.lanes)
            .output_len(HASH_LENGTH)
            .keyid(pepper_id.parse().map_err(HashingError::Argon2)?)
            .build()
            .map_err(HashingError::Argon2)
    }
}
