use latchkey_types::WebhookId;

use super::{DisabledReason, Webhook, WebhookChange, check};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::notices::NoticeKind;
use crate::validation::Checks;

/// What to change about a webhook, as typed; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct WebhookPatch {
    /// Another address.
    pub url: Option<String>,
    /// Other kinds.
    pub kinds: Option<Vec<NoticeKind>>,
    /// Switched on or off.
    pub enabled: Option<bool>,
}

/// Changes a webhook. What waits for one that is switched off ends as failed, and can be sent again later. Needs
/// [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member, [`Error::NotFound`], [`Error::Forbidden`].
pub async fn update(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &WebhookId,
    patch: WebhookPatch,
) -> Result<Webhook, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let mut checks = Checks::default();
    let url = checks.take_some(patch.url.map(|url| check::url(core, "url", &url)));
    let kinds = checks.take_some(patch.kinds.map(|kinds| check::kinds("kinds", kinds)));
    checks.finish()?;
    let now = core.clock.now();
    let mut audit = core.audit_entry(caller, Some(&org.id), "webhook.update", ("webhook", id.as_str()));
    if let Some(url) = &url {
        audit = audit.with("origin", check::origin(url));
    }
    if let Some(kinds) = &kinds {
        audit = audit.with("kinds", kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>());
    }
    if let Some(enabled) = patch.enabled {
        audit = audit.with("enabled", enabled);
    }
    let disabled = patch.enabled.map(|enabled| (!enabled).then_some((now, DisabledReason::ByHand)));
    let change = WebhookChange { url, kinds, disabled };
    Ok(core.store.update_webhook(&org.id, id, &change, now, &audit).await?)
}
