//! First sight of a secret that came from another system: its row by an HMAC, then Argon2id of the costlier profile.

use super::api_caller::ApiCaller;
use super::api_key;
use super::entry::Entry;
use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, SecretHash};
use crate::keys::{GenerationSecret, VerifiableKey};
use crate::plain_secret::PlainSecret;
use crate::validation;
use latchkey_types::Outcome;

/// Whether it is worth a look-up.
pub(super) fn may_be_one(core: &Core, api: &ApiCaller, presented: &str) -> bool {
    api.has_imported_keys && validation::imported_secret(&core.settings.brand, presented).is_ok()
}

/// Proves an imported key by its whole secret. `Err(NotFound)` for an unknown secret and another API's alike: neither is
/// hashed, so that the time says no more than the answer does, and both slow the verification key down.
pub(super) async fn load(core: &Core, api: &ApiCaller, presented: &str) -> Result<Result<Entry, Outcome>, Error> {
    let Some(row) = find(core, presented).await?.filter(|row| row.key.api == api.api.id) else {
        let now = core.clock.monotonic();
        if let Some(seconds) = core.verifier.unknown_ids.wait(api.id.as_str(), now) {
            return Err(Error::TooMany(seconds));
        }
        core.verifier.unknown_ids.failed(api.id.as_str(), now);
        return Ok(Err(Outcome::NotFound));
    };
    match proven_generation(core, &row, presented).await? {
        Some(position) => Ok(Ok(api_key::entry(core, &row, position, None, None).await?)),
        None => Ok(Err(Outcome::NotFound)),
    }
}

/// By the index of today, or that of the master key before while it is being changed.
async fn find(core: &Core, presented: &str) -> Result<Option<VerifiableKey>, Error> {
    let found = core.store.find_imported_key(&core.hasher.index(presented)).await?;
    match core.hasher.previous_index(presented) {
        Some(previous) if found.is_none() => Ok(core.store.find_imported_key(&previous).await?),
        _ => Ok(found),
    }
}

async fn proven_generation(core: &Core, row: &VerifiableKey, presented: &str) -> Result<Option<usize>, Error> {
    for (position, secret) in row.secrets.iter().enumerate() {
        let GenerationSecret::Imported { hash, .. } = secret else { continue };
        match core.hasher.check_imported(presented, hash).await? {
            Checked::Different => {}
            Checked::Same => return Ok(Some(position)),
            Checked::SameButOld => {
                upgrade(core, row, position, presented, hash).await;
                return Ok(Some(position));
            }
        }
    }
    Ok(None)
}

/// Puts a hash and an index of today in the place of older ones. The answer doesn't depend on its success.
async fn upgrade(core: &Core, row: &VerifiableKey, position: usize, presented: &str, old: &SecretHash) {
    let number = row.key.generations[position].number;
    let done = async {
        let secret = PlainSecret::new(presented.to_owned());
        let new = core.hasher.hash_imported(&secret, core.random.as_ref()).await?;
        let index = core.hasher.index(presented);
        core.store.upgrade_imported_hash(&row.key.id, number, old, &new, &index).await.map_err(Error::from)
    };
    if let Err(error) = done.await {
        tracing::warn!(key.id = %row.key.id, %error, "the hash of an imported key could not be upgraded");
    }
}
