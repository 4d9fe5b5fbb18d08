use latchkey_types::WebhookId;

use super::Delivery;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};

/// What was and is to be sent to a webhook, newest first. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    webhook: &WebhookId,
    page: &Page,
) -> Result<Listed<Delivery>, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    core.store.find_webhook(&org.id, webhook).await?.ok_or(Error::NotFound)?;
    Ok(core.store.list_deliveries(&org.id, Some(webhook), page).await?)
}

/// The same of mails. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn list_mails(core: &Core, caller: &Caller, org: &str, page: &Page) -> Result<Listed<Delivery>, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    Ok(core.store.list_deliveries(&org.id, None, page).await?)
}
