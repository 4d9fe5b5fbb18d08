use latchkey_types::Role;

use super::make::open_private;
use super::{load, operators_only};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::ports::ResealedKey;

/// Seals every key under the current master key: the work of `master-key rotate`. Answers how many. All are sealed anew
/// with the row of the audit log that says so, or none (F-39).
///
/// # Errors
/// [`Error::NotFound`] for who isn't an operator, [`Error::Internal`] where neither master key opens one,
/// [`Conflict::SecretChanged`] where another process seals them at the same time.
pub async fn reseal(core: &Core, caller: &Caller) -> Result<u64, Error> {
    operators_only(caller, Role::Owner)?;
    let current = core.vault.current().id();
    let mut resealed = Vec::new();
    for row in core.store.list_signing_keys().await?.into_iter().filter(|row| row.sealed_by != current) {
        let private = open_private(core, &row)?;
        let after = core.vault.seal(row.kid.as_bytes(), &private, core.random.as_ref());
        resealed.push(ResealedKey { kid: row.kid, before: row.sealed, after });
    }
    if resealed.is_empty() {
        return Ok(0);
    }
    let count = resealed.len() as u64;
    let audit = core.audit_entry(caller, None, "master_key.rotate", ("master_key", &current)).with("keys", count);
    if !core.store.reseal_signing_keys(&resealed, &audit).await? {
        let detail = "another process has sealed signing keys at the same time: run this again";
        return Err(Error::conflict(Conflict::SecretChanged, detail));
    }
    load(core).await?;
    Ok(count)
}
