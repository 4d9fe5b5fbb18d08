//! Argon2id under a pepper, as PHC strings.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::profile::{HASH_LENGTH, Profile};
use super::{Checked, HashingError, SecretHash};
use crate::vault::{MasterKey, Vault};

/// Bytes of a salt.
pub(super) const SALT_LENGTH: usize = 16;

/// A pepper: derived from a master key, with that key's id.
pub(super) struct Pepper {
    id: String,
    key: Zeroizing<[u8; 32]>,
}

impl Pepper {
    fn of(master: &MasterKey) -> Self {
        Self { id: master.id(), key: master.derive("pepper") }
    }

    fn argon2(&self, params: Params) -> Result<Argon2<'_>, argon2::Error> {
        Argon2::new_with_secret(&*self.key, Algorithm::Argon2id, Version::V0x13, params)
    }
}

/// The peppers that stored hashes may have been made with.
pub(super) struct Peppers {
    pub(super) current: Pepper,
    previous: Option<Pepper>,
}

impl Peppers {
    /// Those that the vault gives.
    pub(super) fn of(vault: &Vault) -> Self {
        Self { current: Pepper::of(vault.current()), previous: vault.previous().map(Pepper::of) }
    }

    pub(super) fn check(
        &self,
        profile: Profile,
        presented: &str,
        stored: Option<&SecretHash>,
    ) -> Result<Checked, HashingError> {
        let Some(stored) = stored else {
            self.current.raw(presented, &[0; SALT_LENGTH], profile.params(&self.current.id)?)?;
            return Ok(Checked::Different);
        };
        let phc = PasswordHash::new(stored.expose_phc()).map_err(|_| HashingError::Unreadable)?;
        let (Some(salt), Some(expected)) = (&phc.salt, &phc.hash) else { return Err(HashingError::Unreadable) };
        if phc.algorithm != ARGON2ID_IDENT || phc.version != Some(Version::V0x13.into()) {
            return Err(HashingError::Unreadable);
        }
        let params = Params::try_from(&phc).map_err(|_| HashingError::Unreadable)?;
        let pepper = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|pepper| phc.params.get_str("keyid") == Some(pepper.id.as_str()))
            .ok_or(HashingError::UnknownPepper)?;
        let is_current = params == profile.params(&self.current.id)?;
        let computed = pepper.raw(presented, salt.as_ref(), params)?;
        Ok(match (bool::from(computed.ct_eq(expected.as_bytes())), is_current) {
            (false, _) => Checked::Different,
            (true, true) => Checked::Same,
            (true, false) => Checked::SameButOld,
        })
    }
}

impl Pepper {
    pub(super) fn hash(
        &self,
        secret: &str,
        salt: &[u8; SALT_LENGTH],
        profile: Profile,
    ) -> Result<SecretHash, HashingError> {
        let params = profile.params(&self.id)?;
        let unreadable = |_| HashingError::Unreadable;
        let phc = PasswordHash {
            algorithm: ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params).map_err(|_| HashingError::Unreadable)?,
            salt: Some(Salt::new(salt).map_err(unreadable)?),
            hash: Some(Output::new(&self.raw(secret, salt, params)?).map_err(unreadable)?),
        };
        Ok(SecretHash::from_phc(phc.to_string()))
    }

    fn raw(&self, secret: &str, salt: &[u8], params: Params) -> Result<Vec<u8>, HashingError> {
        let mut hash = vec![0; params.output_len().unwrap_or(HASH_LENGTH)];
        self.argon2(params)
            .and_then(|argon2| argon2.hash_password_into(secret.as_bytes(), salt, &mut hash))
            .map_err(HashingError::Argon2)?;
        Ok(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::super::profile::GENERATED;
    use super::*;

    // contract section 3: a hash of an older profile still verifies
    #[test]
    fn a_hash_of_another_profile_verifies_and_wants_an_upgrade() {
        let vault = Vault::new(MasterKey::from_bytes([1; 32]), None);
        let peppers = Peppers::of(&vault);
        let older = Profile { memory: 64, passes: 2, lanes: 1 };
        let phc = peppers.current.hash("secret", &[3; SALT_LENGTH], older).unwrap();
        assert!(phc.expose_phc().contains("m=64,t=2,p=1"));
        assert_eq!(peppers.check(GENERATED, "secret", Some(&phc)), Ok(Checked::SameButOld));
        assert_eq!(peppers.check(GENERATED, "other", Some(&phc)), Ok(Checked::Different));
    }
}
