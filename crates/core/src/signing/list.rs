use latchkey_types::{Role, Timestamp};

use super::{SigningAlg, SigningKeyRow, SigningKeyState, operators_only};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// A signing key as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyInfo {
    /// Its `kid`.
    pub kid: String,
    /// Its algorithm.
    pub alg: SigningAlg,
    /// Where it stands.
    pub state: SigningKeyState,
    /// When it was made, and so published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it stopped.
    pub retired_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// All keys, for operators.
///
/// # Errors
/// [`Error::NotFound`] for others.
pub async fn list(core: &Core, caller: &Caller) -> Result<Vec<SigningKeyInfo>, Error> {
    operators_only(caller, Role::Viewer)?;
    Ok(core.store.list_signing_keys().await?.into_iter().map(info).collect())
}

fn info(row: SigningKeyRow) -> SigningKeyInfo {
    SigningKeyInfo {
        kid: row.kid,
        alg: row.alg,
        state: row.state,
        created_at: row.created_at,
        activated_at: row.activated_at,
        retired_at: row.retired_at,
        revoked_at: row.revoked_at,
    }
}
