use std::collections::HashMap;
use std::sync::Arc;

use latchkey_jose::{PublicKey, SigningKey};

use super::keyring::Ring;
use super::make::{SigningKeyError, make, open, public};
use super::{SigningAlg, SigningKeyRow, SigningKeyState};
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
    with_keys_of(core, SigningAlg::default()).await
}

/// The key that signs with this algorithm. Where there is none yet, the first two are made: the API that is the first
/// to choose an algorithm publishes its keys at once (contract section 10, "the very first one excepted").
///
/// # Errors
/// As [`load`].
pub async fn signer(core: &Core, alg: SigningAlg) -> Result<SigningKey, Error> {
    let ring = with_keys_of(core, alg).await?;
    let key = ring.active(alg).ok_or(SigningKeyError::Missing(alg, SigningKeyState::Active))?;
    Ok(key.clone())
}

async fn with_keys_of(core: &Core, alg: SigningAlg) -> Result<Arc<Ring>, Error> {
    let ready = |ring: &Arc<Ring>| ring.active(alg).is_some();
    if let Some(ring) = core.keyring.fresh().filter(ready) {
        return Ok(ring);
    }
    let _one_at_a_time = core.keyring.loading.lock().await;
    if let Some(ring) = core.keyring.fresh().filter(ready) {
        return Ok(ring);
    }
    let mut version = core.keyring.wanted();
    let mut rows = core.store.list_signing_keys().await?;
    // EdDSA always: the answers of the portal itself are signed with it
    for alg in [SigningAlg::default(), alg] {
        if !rows.iter().any(|row| row.alg == alg) {
            make_first(core, alg).await?;
            version = core.keyring.wanted();
            rows = core.store.list_signing_keys().await?;
        }
    }
    Ok(core.keyring.replace(ring(core, &rows, version)?))
}

/// Makes the first two keys of an algorithm. Where another replica was first, its keys are the ones.
async fn make_first(core: &Core, alg: SigningAlg) -> Result<(), Error> {
    let now = core.clock.now();
    let active = make(core, alg, SigningKeyState::Active, now).await?;
    let next = make(core, alg, SigningKeyState::Next, now).await?;
    let system = Caller { actor: Actor::System, ip: None };
    let audit = core
        .audit_entry(&system, None, "signing_key.create", ("signing_key", &active.kid))
        .with("alg", alg.as_str())
        .with("next", next.kid.as_str());
    core.store.insert_first_signing_keys(&active, &next, &audit).await?;
    Ok(())
}

fn ring(core: &Core, rows: &[SigningKeyRow], version: u64) -> Result<Ring, SigningKeyError> {
    let mut active = HashMap::new();
    for row in rows.iter().filter(|row| row.state == SigningKeyState::Active) {
        active.insert(row.alg, open(core, row)?);
    }
    let published: Vec<PublicKey> =
        rows.iter().filter(|row| row.state != SigningKeyState::Revoked).map(public).collect::<Result<_, _>>()?;
    let by_kid: HashMap<String, PublicKey> = published.iter().map(|key| (key.thumbprint(), key.clone())).collect();
    Ok(Ring { version, active, published, by_kid })
}
