use latchkey_types::{NoticeId, WebhookId};

use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::deliveries::{Delivery, DeliveryTarget, NewDelivery};
use crate::error::{Conflict, Error};
use crate::notices::{TEST_EVENT, test_payload};
use crate::random;

/// Sends a test event, whatever kinds the webhook takes. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`]; [`Conflict::WebhookDisabled`].
pub async fn send_test(core: &Core, caller: &Caller, org: &str, id: &WebhookId) -> Result<Delivery, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let stored = core.store.find_webhook(&org.id, id).await?.ok_or(Error::NotFound)?;
    if stored.webhook.disabled.is_some() {
        return Err(Error::conflict(Conflict::WebhookDisabled, "it is switched off: switch it on first"));
    }
    let now = core.clock.now();
    let message: NoticeId = random::id(core.random.as_ref());
    let new = NewDelivery {
        id: random::id(core.random.as_ref()),
        message,
        event: TEST_EVENT.to_owned(),
        target: DeliveryTarget::Webhook(id.clone()),
        title: "A test".to_owned(),
        body: test_payload(&org, now),
        next_at: now,
        created_at: now,
        org: org.id,
    };
    let audit = core.audit_entry(caller, Some(&new.org), "webhook.test", ("webhook", id.as_str()));
    core.store.insert_delivery(&new, &audit).await?;
    Ok(Delivery::waiting(new))
}
