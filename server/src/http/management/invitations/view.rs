//! Invitations as the management API shows them.

use latchkey_core::orgs::{self, InvitationStatus};
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::Role;

/// An invitation by link.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// `inv_…`
    pub id: String,
    /// Who may accept: only somebody whose verified address this is.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it holds.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = InvitationStatus)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It can be accepted.
    Open,
    /// Somebody accepted it.
    Accepted,
    /// Somebody took it back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Invitation {
    /// As it stands at this instant.
    pub fn at(now: Timestamp, invitation: orgs::Invitation) -> Self {
        Self {
            status: match invitation.status(now) {
                InvitationStatus::Open => Status::Open,
                InvitationStatus::Accepted => Status::Accepted,
                InvitationStatus::Revoked => Status::Revoked,
                InvitationStatus::Expired => Status::Expired,
            },
            id: invitation.id.to_string(),
            email: invitation.email,
            role: invitation.role.into(),
            created_at: invitation.created_at,
            expires_at: invitation.expires_at,
        }
    }
}

/// A new invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// Who may accept.
    pub email: String,
    /// As what; at most the caller's own role.
    pub role: Role,
}

/// An invitation that was just made, with its link, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedInvitation {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// The link to send; whoever opens it signs in and accepts.
    pub url: String,
}
