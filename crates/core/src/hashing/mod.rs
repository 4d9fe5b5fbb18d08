//! How secrets rest: Argon2id PHC strings, peppered; HMAC-SHA-256 for what lives minutes.

mod pepper;
mod profile;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::pepper::{Peppers, SALT_LENGTH};
pub use self::profile::HashProfile;
use self::profile::{IMPORTED, Profile};
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
            peppers: Arc::new(Peppers::of(vault)),
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

    /// Whether this is the HMAC of that secret, also of before the master key was changed. `None` takes as long and is
    /// `false`: an unknown id must not answer faster (F-22).
    pub fn check_mac(&self, purpose: &'static str, presented: &str, stored: Option<&[u8; 32]>) -> bool {
        let current = self.mac(purpose, presented);
        let previous = self.previous_mac(purpose, presented);
        let Some(stored) = stored else { return false };
        let same = |mac: &[u8; 32]| bool::from(mac.ct_eq(stored));
        same(&current) || previous.as_ref().is_some_and(same)
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
