//! Words of notices and how they are delivered.

use latchkey_core::{deliveries as core_deliveries, notices as core_notices, webhooks as core_webhooks};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a notice is about; the `type` of what is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum NoticeKind {
    /// A credential expires in 30, 7 or 1 days.
    #[serde(rename = "credential.expiring")]
    Expiring,
    /// A credential was revoked.
    #[serde(rename = "credential.revoked")]
    Revoked,
    /// A rate limit, credits or a quota of tokens are used up to 80 or 100 %.
    #[serde(rename = "limit.warning")]
    Limit,
    /// A secret was found where it doesn't belong.
    #[serde(rename = "leak.reported")]
    Leak,
}

impl From<core_notices::NoticeKind> for NoticeKind {
    fn from(kind: core_notices::NoticeKind) -> Self {
        match kind {
            core_notices::NoticeKind::Expiring => Self::Expiring,
            core_notices::NoticeKind::Revoked => Self::Revoked,
            core_notices::NoticeKind::Limit => Self::Limit,
            core_notices::NoticeKind::Leak => Self::Leak,
        }
    }
}

impl From<NoticeKind> for core_notices::NoticeKind {
    fn from(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Expiring => Self::Expiring,
            NoticeKind::Revoked => Self::Revoked,
            NoticeKind::Limit => Self::Limit,
            NoticeKind::Leak => Self::Leak,
        }
    }
}

/// Why nothing is posted to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookDisabledReason {
    /// Somebody switched it off.
    ByHand,
    /// The receiver answered 410 Gone.
    Gone,
}

impl From<core_webhooks::DisabledReason> for WebhookDisabledReason {
    fn from(reason: core_webhooks::DisabledReason) -> Self {
        match reason {
            core_webhooks::DisabledReason::ByHand => Self::ByHand,
            core_webhooks::DisabledReason::Gone => Self::Gone,
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is sent at its time, or being sent.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl From<core_deliveries::DeliveryState> for DeliveryState {
    fn from(state: core_deliveries::DeliveryState) -> Self {
        match state {
            core_deliveries::DeliveryState::Waiting => Self::Waiting,
            core_deliveries::DeliveryState::Delivered => Self::Delivered,
            core_deliveries::DeliveryState::Failed => Self::Failed,
        }
    }
}
