//! How secrets rest: Argon2id PHC strings, peppered; HMAC-SHA-256 for what lives minutes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Params, ParamsBuilder, Version};
use hmac::{Hmac, KeyInit, Mac};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::random::Random;
use crate::vault::{MasterKey, Vault};

/// How many hashes may wait for a turn; beyond it the answer is 503 at once.
const LONGEST_QUEUE: usize = 256;
/// How long one waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How many successful comparisons are remembered.
const REMEMBERED: usize = 10_000;
/// Bytes of a salt, and of a hash.
const SALT_LENGTH: usize = 16;
const HASH_LENGTH: usize = 32;
/// What [`SecretIndex`] is derived for.
const INDEX: &str = "imported-key";

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

/// What one Argon2id hash costs (RFC 9106 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Profile {
    /// KiB.
    memory: u32,
    passes: u32,
    lanes: u32,
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
    const fn cost(self) -> Profile {
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
const GENERATED: Profile = Profile { memory: 1024, passes: 1, lanes: 1 };
/// For secrets of unknown strength: the least that OWASP's Password Storage Cheat Sheet asks of Argon2id.
const IMPORTED: Profile = Profile { memory: 19 * 1024, passes: 2, lanes: 1 };

/// HMAC-SHA-256 of an imported secret, by which its row is found. It proves nothing: the Argon2id hash does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretIndex([u8; 32]);

impl SecretIndex {
    /// As it stands in the database.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For the database.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretIndex")
    }
}

/// A pepper: derived from a master key, with that key's id.
struct Pepper {
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

/// Hashes and checks secrets: Argon2id under a bounded semaphore on blocking threads.
pub struct Hasher {
    peppers: Arc<Peppers>,
    vault: Vault,
    /// As many as there are cores: more at once would only be slower.
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    successes: Cache<[u8; 32], Checked>,
}

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

/// Why a stored hash can't be compared with. Neither the hash nor the secret is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum HashingError {
    #[error("a stored hash can't be read")]
    Unreadable,
    #[error("a stored hash was made under a master key that isn't configured any more")]
    UnknownPepper,
    #[error("a hash can't be computed: {0}")]
    Argon2(argon2::Error),
    #[error("too many secrets are being checked at once")]
    Busy,
    #[error("the thread that hashed a secret has failed")]
    Thread,
}

impl Hasher {
    /// With the peppers that the vault gives.
    pub fn new(vault: &Vault) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            peppers: Arc::new(Peppers {
                current: Pepper::of(vault.current()),
                previous: vault.previous().map(Pepper::of),
            }),
            vault: vault.clone(),
            turns: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(LONGEST_QUEUE + cores)),
            successes: Cache::new(REMEMBERED),
        }
    }

    /// Hashes a secret of 256 random bits with the `generated` profile.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many wait for their turn.
    pub async fn hash(&self, secret: &PlainSecret, random: &dyn Random) -> Result<SecretHash, Error> {
        self.hash_with(HashProfile::Generated, secret, random).await
    }

    /// Hashes a secret with this profile.
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub async fn hash_with(
        &self,
        profile: HashProfile,
        secret: &PlainSecret,
        random: &dyn Random,
    ) -> Result<SecretHash, Error> {
        self.hash_as(profile.cost(), secret, random).await
    }

    /// Hashes a secret of unknown strength with the `imported` profile: about 20 ms of one core and 19 MiB.
    ///
    /// # Errors
    /// As [`Self::hash`].
    pub async fn hash_imported(&self, secret: &PlainSecret, random: &dyn Random) -> Result<SecretHash, Error> {
        self.hash_as(IMPORTED, secret, random).await
    }

    async fn hash_as(&self, profile: Profile, secret: &PlainSecret, random: &dyn Random) -> Result<SecretHash, Error> {
        let mut salt = [0; SALT_LENGTH];
        random.fill(&mut salt);
        let secret = secret.clone();
        let peppers = Arc::clone(&self.peppers);
        self.in_turn(move || peppers.current.hash(secret.expose(), &salt, profile)).await
    }

    /// Compares a presented secret with a stored hash. `None` works as long as a wrong secret would, and is
    /// [`Checked::Different`]: an unknown id must not answer faster (F-22).
    ///
    /// A success is remembered for as long as the stored hash is the same, so that the next check of the same secret
    /// costs a SHA-256. Callers read the row each time: what was revoked is not checked at all.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where too many wait for their turn, [`Error::Internal`] where the hash can't be read.
    pub async fn check(&self, presented: &str, stored: Option<&SecretHash>) -> Result<Checked, Error> {
        self.check_with(HashProfile::Generated, presented, stored).await
    }

    /// The same for a secret that a new hash would be made of with this profile.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn check_with(
        &self,
        profile: HashProfile,
        presented: &str,
        stored: Option<&SecretHash>,
    ) -> Result<Checked, Error> {
        self.check_as(profile.cost(), presented, stored).await
    }

    /// The same for a hash of the `imported` profile.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn check_imported(&self, presented: &str, stored: &SecretHash) -> Result<Checked, Error> {
        self.check_as(IMPORTED, presented, Some(stored)).await
    }

    async fn check_as(&self, profile: Profile, presented: &str, stored: Option<&SecretHash>) -> Result<Checked, Error> {
        if let Some(known) = self.recall_as(profile, presented, stored) {
            return Ok(known);
        }
        let secret = PlainSecret::new(presented.to_owned());
        let peppers = Arc::clone(&self.peppers);
        let phc = stored.cloned();
        let checked = self.in_turn(move || peppers.check(profile, secret.expose(), phc.as_ref())).await?;
        if let (Some(stored), Checked::Same | Checked::SameButOld) = (stored, checked) {
            self.successes.insert(memo_key(profile, presented, stored), checked);
        }
        Ok(checked)
    }

    /// What [`Self::check`] remembers of this pair, without any work: a success, or nothing.
    pub fn recall(&self, presented: &str, stored: Option<&SecretHash>) -> Option<Checked> {
        self.recall_with(HashProfile::Generated, presented, stored)
    }

    /// What [`Self::check_with`] remembers.
    pub fn recall_with(&self, profile: HashProfile, presented: &str, stored: Option<&SecretHash>) -> Option<Checked> {
        self.recall_as(profile.cost(), presented, stored)
    }

    fn recall_as(&self, profile: Profile, presented: &str, stored: Option<&SecretHash>) -> Option<Checked> {
        self.successes.get(&memo_key(profile, presented, stored?))
    }

    /// HMAC-SHA-256 under the pepper: for invitation links, opaque tokens and what else lives short.
    pub fn mac(&self, purpose: &'static str, secret: impl AsRef<[u8]>) -> [u8; 32] {
        mac(self.vault.current(), purpose, secret.as_ref())
    }

    /// The same under the master key before, while it is being changed: for what was stored before the change.
    pub fn previous_mac(&self, purpose: &'static str, secret: impl AsRef<[u8]>) -> Option<[u8; 32]> {
        self.vault.previous().map(|key| mac(key, purpose, secret.as_ref()))
    }

    /// By what an imported secret is found.
    pub fn index(&self, secret: &str) -> SecretIndex {
        SecretIndex(self.mac(INDEX, secret))
    }

    /// By what it was found under the master key before, while that is being changed.
    pub fn previous_index(&self, secret: &str) -> Option<SecretIndex> {
        self.previous_mac(INDEX, secret).map(SecretIndex)
    }

    /// Runs `work` on a blocking thread when its turn comes. The turn ends with the work, also where the caller has gone.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turn().await.ok_or_else(|| Error::Unavailable(Box::new(HashingError::Busy)))?;
        tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        })
        .await
        .map_err(|_| Error::Internal(Box::new(HashingError::Thread)))?
        .map_err(|error| Error::Internal(Box::new(error)))
    }

    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        let _place = self.queue.try_acquire().ok()?;
        let turn = Arc::clone(&self.turns).acquire_owned();
        tokio::time::timeout(LONGEST_WAIT, turn).await.ok()?.ok()
    }
}

/// The peppers that stored hashes may have been made with.
struct Peppers {
    current: Pepper,
    previous: Option<Pepper>,
}

impl Peppers {
    fn check(&self, profile: Profile, presented: &str, stored: Option<&SecretHash>) -> Result<Checked, HashingError> {
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
    fn hash(&self, secret: &str, salt: &[u8; SALT_LENGTH], profile: Profile) -> Result<SecretHash, HashingError> {
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

impl Profile {
    /// Argon2's parameters, with the pepper's id, which PHC strings call `keyid`.
    fn params(self, pepper_id: &str) -> Result<Params, HashingError> {
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

/// The profile belongs to it: whether a hash wants an upgrade depends on it.
fn memo_key(profile: Profile, presented: &str, stored: &SecretHash) -> [u8; 32] {
    // a PHC string has no NUL, so that the parts can't be shifted against each other
    Sha256::new()
        .chain_update(profile.memory.to_be_bytes())
        .chain_update(stored.expose_phc())
        .chain_update([0])
        .chain_update(presented)
        .finalize()
        .into()
}

fn mac(key: &MasterKey, purpose: &str, secret: &[u8]) -> [u8; 32] {
    let key = key.derive(&format!("mac/{purpose}"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&*key).expect("HMAC takes keys of any length");
    mac.update(secret);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // contract section 3: a hash of an older profile still verifies
    #[test]
    fn a_hash_of_another_profile_verifies_and_wants_an_upgrade() {
        let vault = Vault::new(MasterKey::from_bytes([1; 32]), None);
        let peppers = Peppers { current: Pepper::of(vault.current()), previous: None };
        let older = Profile { memory: 64, passes: 2, lanes: 1 };
        let phc = peppers.current.hash("secret", &[3; SALT_LENGTH], older).unwrap();
        assert!(phc.expose_phc().contains("m=64,t=2,p=1"));
        assert_eq!(peppers.check(GENERATED, "secret", Some(&phc)), Ok(Checked::SameButOld));
        assert_eq!(peppers.check(GENERATED, "other", Some(&phc)), Ok(Checked::Different));
    }
}
