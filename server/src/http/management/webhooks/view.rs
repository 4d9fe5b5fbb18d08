//! Webhooks as the management API shows them.

use latchkey_core::webhooks;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::extract::given;
use crate::http::management::words::{NoticeKind, WebhookDisabledReason};

/// An address that notices are posted to, as <https://www.standardwebhooks.com> says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// `wh_…`
    pub id: String,
    /// Where to.
    pub url: String,
    /// Which notices.
    pub kinds: Vec<NoticeKind>,
    /// Whether anything is posted.
    pub enabled: bool,
    /// Since when nothing is posted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Why nothing is posted.
    pub disabled_reason: Option<WebhookDisabledReason>,
    /// Until when what is posted is also signed with the secret before this one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub previous_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
}

impl From<webhooks::Webhook> for Webhook {
    fn from(webhook: webhooks::Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url,
            kinds: webhook.kinds.into_iter().map(NoticeKind::from).collect(),
            enabled: webhook.disabled.is_none(),
            disabled_at: webhook.disabled.map(|(at, _)| at),
            disabled_reason: webhook.disabled.map(|(_, reason)| reason.into()),
            previous_secret_until: webhook.previous_secret_until,
            created_at: webhook.created_at,
            created_by: webhook.created_by,
        }
    }
}

/// A webhook to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where to: an https address of the public internet.
    #[schema(max_length = 2000)]
    pub url: String,
    /// Which notices, at least one kind.
    #[schema(min_items = 1)]
    pub kinds: Vec<NoticeKind>,
}

impl From<NewWebhook> for webhooks::NewWebhook {
    fn from(new: NewWebhook) -> Self {
        Self { url: new.url, kinds: new.kinds.into_iter().map(Into::into).collect() }
    }
}

/// What to change about a webhook; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    /// Another address.
    #[serde(default, deserialize_with = "given")]
    #[schema(max_length = 2000, nullable = false)]
    pub url: Option<String>,
    /// Other kinds, at least one.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_items = 1, nullable = false)]
    pub kinds: Option<Vec<NoticeKind>>,
    /// Switches it on or off. What waits for one that is switched off ends as failed.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

impl From<WebhookPatch> for webhooks::WebhookPatch {
    fn from(patch: WebhookPatch) -> Self {
        let kinds = patch.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
        Self { url: patch.url, kinds, enabled: patch.enabled }
    }
}

/// A webhook whose secret was just made, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookWithSecret {
    /// What stays visible of it.
    #[serde(flatten)]
    pub about: Webhook,
    /// `whsec_…`, shown this once: what the receiver checks signatures with.
    pub secret: String,
}
