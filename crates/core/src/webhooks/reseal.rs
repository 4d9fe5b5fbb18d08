use latchkey_types::Role;

use super::{PreviousSecret, StoredWebhook, secret};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::operator;

/// Seals every secret under the current master key: a part of `master-key rotate`. Answers of how many webhooks.
///
/// # Errors
/// [`Error::NotFound`] for who isn't an operator, [`Error::Internal`] where neither master key opens one: those before
/// it are sealed anew by then, and it can be run again.
pub async fn reseal(core: &Core, caller: &Caller) -> Result<u64, Error> {
    operator::require(caller, Role::Owner)?;
    let current = core.vault.current().id();
    let mut resealed = 0;
    for stored in core.store.webhooks_sealed_by_others(&current).await? {
        let before = stored.sealed.clone();
        let id = stored.webhook.id.clone();
        let sealed = secret::seal(core, &id, &secret::open(core, &id, &stored.sealed)?);
        let previous = stored.previous.map(|previous| {
            let opened = secret::open(core, &id, &previous.sealed)?;
            Ok::<_, Error>(PreviousSecret { sealed: secret::seal(core, &id, &opened), ..previous })
        });
        let after = StoredWebhook { webhook: stored.webhook, sealed, previous: previous.transpose()? };
        if core.store.replace_webhook_secrets(&before, &after, None).await? {
            resealed += 1;
        }
    }
    Ok(resealed)
}
