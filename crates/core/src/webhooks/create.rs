use latchkey_types::WebhookId;

use super::{MAX_WEBHOOKS, StoredWebhook, Webhook, check, secret};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::keys::refuse_suspended;
use crate::notices::NoticeKind;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::Checks;

/// A webhook to make, as typed.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// Where to.
    pub url: String,
    /// Which notices.
    pub kinds: Vec<NoticeKind>,
}

/// A webhook that was just made, with its secret, once.
#[derive(Clone, Debug)]
pub struct CreatedWebhook {
    /// The webhook.
    pub webhook: Webhook,
    /// `whsec_…`: what its receiver checks signatures with.
    pub secret: PlainSecret,
}

/// Makes a webhook. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] where the organisation is suspended;
/// [`Conflict::TooManyWebhooks`] beyond [`MAX_WEBHOOKS`].
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewWebhook) -> Result<CreatedWebhook, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    refuse_suspended(&org)?;
    let mut checks = Checks::default();
    let url = checks.take(check::url(core, "url", &new.url));
    let kinds = checks.take(check::kinds("kinds", new.kinds));
    checks.finish()?;

    let id: WebhookId = random::id(core.random.as_ref());
    let (shown, sealed) = secret::generate(core, &id);
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let audit = core
        .audit_entry(caller, Some(&org.id), "webhook.create", ("webhook", id.as_str()))
        .with("origin", check::origin(&url))
        .with("kinds", words);
    let created_by = audit.actor().to_owned();
    let webhook = Webhook {
        id,
        org: org.id,
        url,
        kinds,
        created_at: core.clock.now(),
        created_by,
        disabled: None,
        previous_secret_until: None,
    };
    let stored = StoredWebhook { webhook, sealed, previous: None };
    if core.store.insert_webhook(&stored, &audit).await? {
        return Ok(CreatedWebhook { webhook: stored.webhook, secret: shown });
    }
    Err(Error::conflict(
        Conflict::TooManyWebhooks,
        format!("there are {MAX_WEBHOOKS} webhooks, which is the most: delete one first"),
    ))
}
