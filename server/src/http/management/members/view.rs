//! Members as the management API shows them.

use latchkey_core::orgs;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::Role;

/// A person in an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Member {
    /// `usr_…`
    pub id: String,
    /// What their identity provider calls them.
    pub name: String,
    /// Their address, as their identity provider says it.
    pub email: Option<String>,
    /// Whether a trusted provider verified the address.
    pub email_verified: bool,
    /// What they may do.
    pub role: Role,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub joined_at: Timestamp,
}

impl From<orgs::Member> for Member {
    fn from(member: orgs::Member) -> Self {
        Self {
            id: member.user.to_string(),
            name: member.name,
            email: member.email,
            email_verified: member.email_verified,
            role: member.role.into(),
            joined_at: member.joined_at,
        }
    }
}

/// Another role for a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    /// What they may do from now on.
    pub role: Role,
}
