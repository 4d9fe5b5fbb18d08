use latchkey_types::WebhookId;

use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// Deletes a webhook with all that was or will be sent to it. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn delete(core: &Core, caller: &Caller, org: &str, id: &WebhookId) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let audit = core.audit_entry(caller, Some(&org.id), "webhook.delete", ("webhook", id.as_str()));
    Ok(core.store.delete_webhook(&org.id, id, &audit).await?)
}
