use std::sync::Arc;

use latchkey_jose::{Algorithm, PublicKey, SigningKey};
use latchkey_types::Timestamp;
use zeroize::Zeroizing;

use super::{SigningAlg, SigningKeyRow, SigningKeyState};
use crate::core::Core;
use crate::error::Error;

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
    #[error("there is no {} signing key for {}", .1.as_str(), .0.as_str())]
    Missing(SigningAlg, SigningKeyState),
    #[error("no {} key could be made", .0.as_str())]
    CannotMake(SigningAlg),
    #[error("the signing keys kept changing; try again")]
    KeepsChanging,
}

impl From<SigningKeyError> for Error {
    fn from(error: SigningKeyError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// A new key, published from now on.
pub(super) async fn make(
    core: &Core,
    alg: SigningAlg,
    state: SigningKeyState,
    now: Timestamp,
) -> Result<SigningKeyRow, SigningKeyError> {
    let key = generate(core, alg).await?;
    let sealed = core.vault.seal(key.kid().as_bytes(), &key.private_bytes(), core.random.as_ref());
    Ok(SigningKeyRow {
        kid: key.kid().to_owned(),
        alg,
        state,
        public: stored(&key.public_key()),
        sealed: sealed.bytes,
        sealed_by: sealed.by,
        created_at: now,
        activated_at: (state == SigningKeyState::Active).then_some(now),
        retired_at: None,
        revoked_at: None,
    })
}

async fn generate(core: &Core, alg: SigningAlg) -> Result<SigningKey, SigningKeyError> {
    let random = Arc::clone(&core.random);
    let generate = move || SigningKey::generate(alg.into(), |bytes| random.fill(bytes));
    let key = match alg {
        // the search for primes takes up to a second
        SigningAlg::Rs256 => tokio::task::spawn_blocking(generate).await.ok().and_then(Result::ok),
        SigningAlg::EdDsa | SigningAlg::Es256 => generate().ok(),
    };
    key.ok_or(SigningKeyError::CannotMake(alg))
}

/// The private key of a row.
pub(super) fn open(core: &Core, row: &SigningKeyRow) -> Result<SigningKey, SigningKeyError> {
    let other_key = || SigningKeyError::OtherKey(row.kid.clone());
    let key = SigningKey::from_private_bytes(row.alg.into(), &open_private(core, row)?).map_err(|_| other_key())?;
    if key.kid() != row.kid || stored(&key.public_key()) != row.public {
        return Err(other_key());
    }
    Ok(key)
}

/// The private bytes of a row: a seed of Ed25519, PKCS#8 of the others.
pub(super) fn open_private(core: &Core, row: &SigningKeyRow) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
    core.vault
        .open(&row.sealed_by, row.kid.as_bytes(), &row.sealed)
        .map_err(|_| SigningKeyError::CannotOpen { kid: row.kid.clone(), sealed_by: row.sealed_by.clone() })
}

/// The public key of a row, for its one algorithm.
pub(super) fn public(row: &SigningKeyRow) -> Result<PublicKey, SigningKeyError> {
    let key = match row.alg {
        SigningAlg::EdDsa => row.public.as_slice().try_into().ok().and_then(|key| PublicKey::from_ed25519(key).ok()),
        SigningAlg::Es256 | SigningAlg::Rs256 => PublicKey::from_spki_der(&row.public).ok(),
    };
    key.and_then(|key| key.only(row.alg.into()))
        .filter(|key| key.thumbprint() == row.kid)
        .ok_or_else(|| SigningKeyError::OtherKey(row.kid.clone()))
}

/// As `public` stands in a row.
fn stored(key: &PublicKey) -> Vec<u8> {
    key.as_ed25519().map_or_else(|| key.to_spki_der(), |key| key.to_vec())
}

/// The one key of this algorithm in this state.
pub(super) fn only(
    rows: &[SigningKeyRow],
    alg: SigningAlg,
    state: SigningKeyState,
) -> Result<&SigningKeyRow, SigningKeyError> {
    rows.iter().find(|row| row.alg == alg && row.state == state).ok_or(SigningKeyError::Missing(alg, state))
}

impl From<SigningAlg> for Algorithm {
    fn from(alg: SigningAlg) -> Self {
        match alg {
            SigningAlg::EdDsa => Self::EdDsa,
            SigningAlg::Es256 => Self::Es256,
            SigningAlg::Rs256 => Self::Rs256,
        }
    }
}
