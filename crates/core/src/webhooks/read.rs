use latchkey_types::WebhookId;

use super::Webhook;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// An organisation's webhooks, newest first. Needs [`Action::ManageSettings`]: addresses may hold secrets.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn list(core: &Core, caller: &Caller, org: &str) -> Result<Vec<Webhook>, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    Ok(core.store.list_webhooks(&org.id).await?)
}

/// One of them. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn get(core: &Core, caller: &Caller, org: &str, id: &WebhookId) -> Result<Webhook, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let stored = core.store.find_webhook(&org.id, id).await?.ok_or(Error::NotFound)?;
    Ok(stored.webhook)
}
