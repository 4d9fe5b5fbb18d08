use latchkey_types::{InvitationId, OrgId, Role, Timestamp, UserId};

use crate::leaks::{DEFAULT_LEAK_GRACE_HOURS, LeakResponse};
use crate::tiers::SecurityTier;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// What stands in URLs; unique.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// When an operator suspended it.
    pub suspended_at: Option<Timestamp>,
    /// What its owners decided.
    pub settings: OrgSettings,
    /// How strict it is with its credentials, and with those of others for its APIs.
    pub security_tier: SecurityTier,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an organisation's owners decided for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgSettings {
    /// The longest life of a key, in days; 365 at most for JWT keys. `None`: API keys may live for ever.
    pub max_key_lifetime_days: Option<u32>,
    /// What becomes of a secret that leaked.
    pub leak_response: LeakResponse,
    /// How long it holds on where that is [`LeakResponse::Grace`], in hours.
    pub leak_grace_hours: u32,
}

impl Default for OrgSettings {
    fn default() -> Self {
        Self {
            max_key_lifetime_days: None,
            leak_response: LeakResponse::default(),
            leak_grace_hours: DEFAULT_LEAK_GRACE_HOURS,
        }
    }
}

/// Which settings to change; `None` leaves one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrgSettingsChange {
    /// Another longest life of a key, or none.
    pub max_key_lifetime_days: Option<Option<u32>>,
    /// Another response to leaks.
    pub leak_response: Option<LeakResponse>,
    /// Another grace.
    pub leak_grace_hours: Option<u32>,
}

impl OrgSettingsChange {
    /// The settings after the change.
    pub fn applied_to(self, settings: &OrgSettings) -> OrgSettings {
        OrgSettings {
            max_key_lifetime_days: self.max_key_lifetime_days.unwrap_or(settings.max_key_lifetime_days),
            leak_response: self.leak_response.unwrap_or(settings.leak_response),
            leak_grace_hours: self.leak_grace_hours.unwrap_or(settings.leak_grace_hours),
        }
    }
}

/// Another security tier, by an owner who knows what it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierChange {
    /// The tier.
    pub tier: SecurityTier,
    /// How many credentials it refuses that weren't refused before, as the preview counted them.
    pub breaks: u64,
}

/// What to change about an organisation; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgChange {
    /// Another name.
    pub name: Option<String>,
    /// Another slug.
    pub slug: Option<String>,
    /// Other settings.
    pub settings: OrgSettingsChange,
    /// Another security tier.
    pub security_tier: Option<TierChange>,
}

/// A person in an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What the identity provider calls them.
    pub name: String,
    /// Their e-mail address as the provider says it; believed only where `email_verified`.
    pub email: Option<String>,
    /// Whether the address comes from a provider with `trust_email` and is verified there.
    pub email_verified: bool,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// It can be accepted.
    Open,
    /// Somebody accepted it.
    Accepted,
    /// Somebody took it back.
    Revoked,
    /// Its seven days are over.
    Expired,
}

/// An invitation by link, bound to an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Where to.
    pub org: OrgId,
    /// Who may accept: only somebody whose verified address is this one.
    pub email: String,
    /// As what.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// Where it stands at this instant.
    pub fn status(&self, now: Timestamp) -> InvitationStatus {
        if self.accepted_at.is_some() {
            InvitationStatus::Accepted
        } else if self.revoked_at.is_some() {
            InvitationStatus::Revoked
        } else if self.expires_at <= now {
            InvitationStatus::Expired
        } else {
            InvitationStatus::Open
        }
    }
}

/// An invitation to store.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// What people see of it.
    pub invitation: Invitation,
    /// HMAC-SHA-256 of the link's token under the pepper.
    pub token_hash: [u8; 32],
    /// Whether it is accepted, without the link, when a person with its verified address signs in: what
    /// `org create --owner-email` stores. Otherwise only whoever has the link accepts.
    pub claim_at_sign_in: bool,
}
