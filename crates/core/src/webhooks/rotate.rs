use latchkey_types::WebhookId;

use super::{CreatedWebhook, PreviousSecret, StoredWebhook, secret};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};

/// How long the old secret signs beside the new one, so that no receiver misses anything.
pub const OVERLAP_SECONDS: i64 = 24 * 3_600;

/// Gives a webhook another secret, shown once. For a day what is posted is signed with both. Needs
/// [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Conflict::SecretChanged`] where somebody else rotated it meanwhile.
pub async fn rotate(core: &Core, caller: &Caller, org: &str, id: &WebhookId) -> Result<CreatedWebhook, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let before = core.store.find_webhook(&org.id, id).await?.ok_or(Error::NotFound)?;
    let (shown, sealed) = secret::generate(core, id);
    let until = core.clock.now().plus_seconds(OVERLAP_SECONDS);
    let mut webhook = before.webhook;
    webhook.previous_secret_until = Some(until);
    let previous = Some(PreviousSecret { sealed: before.sealed.clone(), until });
    let after = StoredWebhook { webhook: webhook.clone(), sealed, previous };
    let audit = core.audit_entry(caller, Some(&org.id), "webhook.rotate", ("webhook", id.as_str()));
    if core.store.replace_webhook_secrets(&[(before.sealed, after)], &audit).await? {
        return Ok(CreatedWebhook { webhook, secret: shown });
    }
    Err(Error::conflict(Conflict::SecretChanged, "somebody else changed its secret at the same time: look again"))
}
