use latchkey_types::Role;

use super::make::open_private;
use super::{load, operators_only};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// Seals every key under the current master key: the work of `master-key rotate`. Answers how many.
///
/// # Errors
/// [`Error::NotFound`] for who isn't an operator, [`Error::Internal`] where neither master key opens one: those before
/// it are sealed anew by then, and it can be run again.
pub async fn reseal(core: &Core, caller: &Caller) -> Result<u64, Error> {
    operators_only(caller, Role::Owner)?;
    let current = core.vault.current().id();
    let mut resealed = 0;
    for row in core.store.list_signing_keys().await?.iter().filter(|row| row.sealed_by != current) {
        let private = open_private(core, row)?;
        let sealed = core.vault.seal(row.kid.as_bytes(), &private, core.random.as_ref());
        if core.store.reseal_signing_key(&row.kid, &row.sealed, &sealed.bytes, &sealed.by).await? {
            resealed += 1;
        }
    }
    if resealed > 0 {
        let audit =
            core.audit_entry(caller, None, "master_key.rotate", ("master_key", &current)).with("keys", resealed);
        core.store.insert_audit(&audit).await?;
        load(core).await?;
    }
    Ok(resealed)
}
