use latchkey_types::{OrgId, Timestamp, WebhookId};

use crate::notices::NoticeKind;
use crate::vault::Sealed;

/// The most webhooks that an organisation may have.
pub const MAX_WEBHOOKS: usize = 20;

/// Why nothing is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisabledReason {
    /// Somebody switched it off.
    ByHand,
    /// The receiver answered 410 Gone: it wants no more.
    Gone,
}

impl DisabledReason {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::ByHand, Self::Gone];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Gone => "gone",
        }
    }
}

/// An address that notices are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose notices.
    pub org: OrgId,
    /// Where to.
    pub url: String,
    /// Which of them.
    pub kinds: Vec<NoticeKind>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
    /// Since when nothing is posted, and why.
    pub disabled: Option<(Timestamp, DisabledReason)>,
    /// Until when what is posted is also signed with the secret before this one.
    pub previous_secret_until: Option<Timestamp>,
}

impl Webhook {
    /// Whether notices of this kind are posted to it.
    pub fn takes(&self, kind: NoticeKind) -> bool {
        self.disabled.is_none() && self.kinds.contains(&kind)
    }
}

/// The secret before the one in use.
#[derive(Clone, PartialEq, Eq)]
pub struct PreviousSecret {
    /// As the vault sealed it.
    pub sealed: Sealed,
    /// Until when it signs too.
    pub until: Timestamp,
}

/// A webhook as it is stored: with its secrets, sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredWebhook {
    /// What people see of it.
    pub webhook: Webhook,
    /// The secret in use.
    pub sealed: Sealed,
    /// The one before it, while it still signs.
    pub previous: Option<PreviousSecret>,
}

/// What to change about a webhook; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Another address.
    pub url: Option<String>,
    /// Other kinds.
    pub kinds: Option<Vec<NoticeKind>>,
    /// Switched off, or on again (`Some(None)`). What waits for one that is switched off ends as failed.
    pub disabled: Option<Option<(Timestamp, DisabledReason)>>,
}
