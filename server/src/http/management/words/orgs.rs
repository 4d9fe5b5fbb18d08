//! Words of organisations, and of what leaks.

use latchkey_core::leaks as core_leaks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member or a management key may do; each role holds all that the ones before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads APIs, credentials and usage.
    Viewer,
    /// Also makes and ends keys and apps, reads members.
    Developer,
    /// Also APIs, verification keys, members up to admin, audit, settings.
    Admin,
    /// Also owners.
    Owner,
}

impl From<Role> for latchkey_types::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Developer => Self::Developer,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<latchkey_types::Role> for Role {
    fn from(role: latchkey_types::Role) -> Self {
        match role {
            latchkey_types::Role::Viewer => Self::Viewer,
            latchkey_types::Role::Developer => Self::Developer,
            latchkey_types::Role::Admin => Self::Admin,
            latchkey_types::Role::Owner => Self::Owner,
        }
    }
}

/// What becomes of a secret that leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeakResponse {
    /// Nothing: people are told.
    Notify,
    /// It ends after some hours.
    Grace,
    /// It ends at once.
    Revoke,
}

impl From<LeakResponse> for core_leaks::LeakResponse {
    fn from(response: LeakResponse) -> Self {
        match response {
            LeakResponse::Notify => Self::Notify,
            LeakResponse::Grace => Self::Grace,
            LeakResponse::Revoke => Self::Revoke,
        }
    }
}

impl From<core_leaks::LeakResponse> for LeakResponse {
    fn from(response: core_leaks::LeakResponse) -> Self {
        match response {
            core_leaks::LeakResponse::Notify => Self::Notify,
            core_leaks::LeakResponse::Grace => Self::Grace,
            core_leaks::LeakResponse::Revoke => Self::Revoke,
        }
    }
}

/// What became of a secret that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeakOutcome {
    /// Nothing: people were told.
    Notified,
    /// It ends at `ends_at`.
    Grace,
    /// It has ended.
    Revoked,
    /// It had ended before.
    AlreadyEnded,
}

impl From<core_leaks::Ending> for LeakOutcome {
    fn from(ending: core_leaks::Ending) -> Self {
        match ending {
            core_leaks::Ending::Kept => Self::Notified,
            core_leaks::Ending::At(_) => Self::Grace,
            core_leaks::Ending::Revoked => Self::Revoked,
            core_leaks::Ending::Before => Self::AlreadyEnded,
        }
    }
}

/// How strict an organisation is with its credentials, and with those of others for its APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecurityTier {
    /// The least that is done for everybody.
    Low,
    /// Everything has an end.
    Medium,
    /// Short lives, no JWT keys, tokens bound to a key, nothing answered from memory without a look at the change log.
    High,
}

impl From<SecurityTier> for latchkey_core::tiers::SecurityTier {
    fn from(tier: SecurityTier) -> Self {
        match tier {
            SecurityTier::Low => Self::Low,
            SecurityTier::Medium => Self::Medium,
            SecurityTier::High => Self::High,
        }
    }
}

impl From<latchkey_core::tiers::SecurityTier> for SecurityTier {
    fn from(tier: latchkey_core::tiers::SecurityTier) -> Self {
        match tier {
            latchkey_core::tiers::SecurityTier::Low => Self::Low,
            latchkey_core::tiers::SecurityTier::Medium => Self::Medium,
            latchkey_core::tiers::SecurityTier::High => Self::High,
        }
    }
}
