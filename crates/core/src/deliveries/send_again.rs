use latchkey_types::{DeliveryId, WebhookId};

use super::Delivery;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};

/// Sends again what was taken or given up, with the same `webhook-id` and all attempts anew; what waits is sent at once.
/// Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't this webhook's; [`Conflict::WebhookDisabled`].
pub async fn send_again(
    core: &Core,
    caller: &Caller,
    org: &str,
    webhook: &WebhookId,
    id: &DeliveryId,
) -> Result<Delivery, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let stored = core.store.find_webhook(&org.id, webhook).await?.ok_or(Error::NotFound)?;
    if stored.webhook.disabled.is_some() {
        return Err(Error::conflict(Conflict::WebhookDisabled, "it is switched off: switch it on first"));
    }
    let audit = core
        .audit_entry(caller, Some(&org.id), "webhook.send_again", ("webhook", webhook.as_str()))
        .with("delivery", id.as_str());
    Ok(core.store.send_again(&org.id, Some(webhook), id, core.clock.now(), &audit).await?)
}

/// The same for a mail.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn send_mail_again(core: &Core, caller: &Caller, org: &str, id: &DeliveryId) -> Result<Delivery, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let audit = core.audit_entry(caller, Some(&org.id), "mail.send_again", ("mail", id.as_str()));
    Ok(core.store.send_again(&org.id, None, id, core.clock.now(), &audit).await?)
}
