use std::collections::HashMap;
use std::sync::Arc;

use latchkey_jose::PublicKey;

use super::keyring::Ring;
use super::make::{SigningKeyError, make, only, open};
use super::{SigningKeyRow, SigningKeyState};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// Loads the keys into the keyring, making the first two where there are none.
///
/// # Errors
/// [`Error::Unavailable`] where the database can't be asked, [`Error::Internal`] where the master key doesn't open them.
pub async fn load(core: &Core) -> Result<(), Error> {
    core.keyring.mark_stale();
    current(core).await.map(drop)
}

/// The signing keys of this moment. Reads them anew where one was seen to change since the last look: a revoked key
/// must not be believed because the database couldn't be asked.
///
/// # Errors
/// As [`load`].
pub async fn current(core: &Core) -> Result<Arc<Ring>, Error> {
    if let Some(ring) = core.keyring.fresh() {
        return Ok(ring);
    }
    let _one_at_a_time = core.keyring.loading.lock().await;
    if let Some(ring) = core.keyring.fresh() {
        return Ok(ring);
    }
    let mut version = core.keyring.wanted();
    let mut rows = core.store.list_signing_keys().await?;
    if rows.is_empty() {
        make_first(core).await?;
        version = core.keyring.wanted();
        rows = core.store.list_signing_keys().await?;
    }
    Ok(core.keyring.replace(ring(core, &rows, version)?))
}

/// Makes the first two keys. Where another replica was first, its keys are the ones.
async fn make_first(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    let active = make(core, SigningKeyState::Active, now);
    let next = make(core, SigningKeyState::Next, now);
    let system = Caller { actor: Actor::System, ip: None };
    let audit = core
        .audit_entry(&system, None, "signing_key.create", ("signing_key", &active.kid))
        .with("next", next.kid.as_str());
    core.store.insert_first_signing_keys(&active, &next, &audit).await?;
    Ok(())
}

fn ring(core: &Core, rows: &[SigningKeyRow], version: u64) -> Result<Ring, SigningKeyError> {
    let active = open(core, only(rows, SigningKeyState::Active)?)?;
    let published: Vec<PublicKey> = rows
        .iter()
        .filter(|row| row.state != SigningKeyState::Revoked)
        .map(|row| PublicKey::from_bytes(&row.public).map_err(|_| SigningKeyError::OtherKey(row.kid.clone())))
        .collect::<Result<_, _>>()?;
    let by_kid: HashMap<String, PublicKey> = published.iter().map(|key| (key.thumbprint(), *key)).collect();
    Ok(Ring { version, active, published, by_kid })
}
