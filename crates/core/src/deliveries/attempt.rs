//! One attempt.

use latchkey_types::WebhookId;
use url::Url;

use super::{Attempt, Claimed, DeliveryTarget, Outcome, mail, schedule};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::Posted;
use crate::webhooks::{DisabledReason, StoredWebhook, WebhookChange, signatures};

/// 410: the receiver wants no more (standardwebhooks.com, "Delivery success and failure").
const GONE: u16 = 410;

/// Tries a delivery. What goes wrong at the receiver's side is an attempt that ended so, no error.
pub(super) async fn attempt(core: &Core, delivery: &Claimed) -> Result<Attempt, Error> {
    match &delivery.target {
        DeliveryTarget::Webhook(id) => to_webhook(core, delivery, id).await,
        DeliveryTarget::Mail(user) => mail::send(core, delivery, user).await,
    }
}

async fn to_webhook(core: &Core, delivery: &Claimed, id: &WebhookId) -> Result<Attempt, Error> {
    let found = core.store.find_webhook(&delivery.org, id).await?;
    let Some(stored) = found.filter(|stored| stored.webhook.disabled.is_none()) else {
        return Ok(given_up("the webhook is switched off", None));
    };
    let Ok(url) = Url::parse(&stored.webhook.url) else { return Ok(given_up("the address is none", None)) };
    let now = core.clock.now();
    let signed = match signatures(core, &stored, delivery.message.as_str(), now, &delivery.body) {
        Ok(signed) => signed,
        Err(error) => {
            tracing::error!(webhook.id = %id, %error, "nothing can be posted to a webhook");
            return Ok(failed(core, delivery, None, "its secret can't be read: rotate it".to_owned(), None));
        }
    };
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("webhook-id", delivery.message.to_string()),
        ("webhook-timestamp", now.as_seconds().to_string()),
        ("webhook-signature", signed),
    ];
    match core.fetcher.post(&url, &headers, delivery.body.clone().into_bytes()).await {
        Ok(Posted { status, .. }) if (200..300).contains(&status) => {
            Ok(Attempt { outcome: Outcome::Delivered, status: Some(status), error: None })
        }
        Ok(Posted { status: GONE, .. }) => {
            switch_off(core, &stored).await?;
            Ok(given_up("the receiver wants no more: the webhook was switched off", Some(GONE)))
        }
        Ok(Posted { status, retry_after }) => {
            Ok(failed(core, delivery, Some(status), format!("it answered {status}"), retry_after))
        }
        Err(error) => Ok(failed(core, delivery, None, error.to_string(), None)),
    }
}

async fn switch_off(core: &Core, stored: &StoredWebhook) -> Result<(), Error> {
    let (webhook, now) = (&stored.webhook, core.clock.now());
    let system = Caller { actor: Actor::System, ip: None };
    let audit = core
        .audit_entry(&system, Some(&webhook.org), "webhook.update", ("webhook", webhook.id.as_str()))
        .with("enabled", false)
        .with("reason", DisabledReason::Gone.as_str());
    let change = WebhookChange { disabled: Some(Some((now, DisabledReason::Gone))), ..WebhookChange::default() };
    match core.store.update_webhook(&webhook.org, &webhook.id, &change, now, &audit).await {
        // it was deleted meanwhile
        Ok(_) | Err(crate::ports::StoreError::NotFound) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// It is tried again, if it isn't too late.
pub(super) fn failed(
    core: &Core,
    delivery: &Claimed,
    status: Option<u16>,
    error: String,
    retry_after: Option<u32>,
) -> Attempt {
    let next = schedule::next(delivery.attempt, core.clock.now(), retry_after, core.random.as_ref());
    let outcome = next.map_or(Outcome::Failed, Outcome::Again);
    Attempt { outcome, status, error: Some(error) }
}

/// It isn't tried again.
pub(super) fn given_up(error: &str, status: Option<u16>) -> Attempt {
    Attempt { outcome: Outcome::Failed, status, error: Some(error.to_owned()) }
}
