use latchkey_jose::SigningKey;
use latchkey_types::Timestamp;
use zeroize::Zeroizing;

use super::{SigningKeyRow, SigningKeyState};
use crate::core::Core;
use crate::error::Error;
use crate::random::bits;

/// Why a signing key can't be used. For the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SigningKeyError {
    #[error(
        "signing key {kid} is sealed by master key {sealed_by}, which is not configured, or it is damaged; \
         give that key as LATCHKEY_MASTER_KEY or LATCHKEY_MASTER_KEY_PREVIOUS"
    )]
    CannotOpen { kid: String, sealed_by: String },
    #[error("signing key {0} is not the key that its row says")]
    OtherKey(String),
    #[error("there is no {} signing key", .0.as_str())]
    Missing(SigningKeyState),
    #[error("the signing keys kept changing; try again")]
    KeepsChanging,
}

impl From<SigningKeyError> for Error {
    fn from(error: SigningKeyError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// A new key, published from now on.
pub(super) fn make(core: &Core, state: SigningKeyState, now: Timestamp) -> SigningKeyRow {
    let seed = Zeroizing::new(bits(core.random.as_ref()));
    let key = SigningKey::from_seed(&seed);
    let sealed = core.vault.seal(key.kid().as_bytes(), &*seed, core.random.as_ref());
    SigningKeyRow {
        kid: key.kid().to_owned(),
        state,
        public: *key.public_key().as_bytes(),
        sealed: sealed.bytes,
        sealed_by: sealed.by,
        created_at: now,
        activated_at: (state == SigningKeyState::Active).then_some(now),
        retired_at: None,
        revoked_at: None,
    }
}

/// The private key of a row.
pub(super) fn open(core: &Core, row: &SigningKeyRow) -> Result<SigningKey, SigningKeyError> {
    let seed = open_seed(core, row)?;
    let key = SigningKey::from_seed(&seed);
    if key.kid() != row.kid || key.public_key().as_bytes() != &row.public {
        return Err(SigningKeyError::OtherKey(row.kid.clone()));
    }
    Ok(key)
}

pub(super) fn open_seed(core: &Core, row: &SigningKeyRow) -> Result<Zeroizing<[u8; 32]>, SigningKeyError> {
    let cannot_open = || SigningKeyError::CannotOpen { kid: row.kid.clone(), sealed_by: row.sealed_by.clone() };
    let seed = core.vault.open(&row.sealed_by, row.kid.as_bytes(), &row.sealed).map_err(|_| cannot_open())?;
    seed.as_slice().try_into().map(Zeroizing::new).map_err(|_| cannot_open())
}

/// The one key in this state.
pub(super) fn only(rows: &[SigningKeyRow], state: SigningKeyState) -> Result<&SigningKeyRow, SigningKeyError> {
    rows.iter().find(|row| row.state == state).ok_or(SigningKeyError::Missing(state))
}
