use latchkey_types::Role;

use super::{PreviousSecret, StoredWebhook, secret};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::operator;

/// Seals every secret under the current master key: a part of `master-key rotate`. Answers of how many webhooks. All are
/// sealed anew with the row of the audit log that says so, or none (F-39).
///
/// # Errors
/// [`Error::NotFound`] for who isn't an operator, [`Error::Internal`] where neither master key opens one,
/// [`Conflict::SecretChanged`] where one was rotated at the same time.
pub async fn reseal(core: &Core, caller: &Caller) -> Result<u64, Error> {
    operator::require(caller, Role::Owner)?;
    let current = core.vault.current().id();
    let mut resealed = Vec::new();
    for stored in core.store.webhooks_sealed_by_others(&current).await? {
        let before = stored.sealed.clone();
        let id = stored.webhook.id.clone();
        let sealed = secret::seal(core, &id, &secret::open(core, &id, &stored.sealed)?);
        let previous = stored.previous.map(|previous| {
            let opened = secret::open(core, &id, &previous.sealed)?;
            Ok::<_, Error>(PreviousSecret { sealed: secret::seal(core, &id, &opened), ..previous })
        });
        let after = StoredWebhook { webhook: stored.webhook, sealed, previous: previous.transpose()? };
        resealed.push((before, after));
    }
    if resealed.is_empty() {
        return Ok(0);
    }
    let count = resealed.len() as u64;
    let audit = core.audit_entry(caller, None, "master_key.rotate", ("master_key", &current)).with("webhooks", count);
    if core.store.replace_webhook_secrets(&resealed, &audit).await? {
        return Ok(count);
    }
    let detail = "the secret of a webhook was rotated at the same time: run this again";
    Err(Error::conflict(Conflict::SecretChanged, detail))
}
