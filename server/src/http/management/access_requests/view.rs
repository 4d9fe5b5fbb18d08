//! Access requests as the management API shows them.

use latchkey_core::apis::{self, AccessRequestStatus};
use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An organisation asks for scopes that need approval.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessRequest {
    /// `req_…`
    pub id: String,
    /// The slug of the organisation that asks.
    pub organisation: String,
    /// For which API: `api_…`
    pub api: String,
    /// The API's name.
    pub api_name: String,
    /// For which scopes.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
}

/// Where an access request stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = AccessRequestStatus)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nobody decided yet.
    Pending,
    /// The scopes are granted.
    Approved,
    /// They aren't.
    Denied,
}

impl From<apis::AccessRequest> for AccessRequest {
    fn from(request: apis::AccessRequest) -> Self {
        Self {
            id: request.id.to_string(),
            organisation: request.org_slug,
            api: request.api.to_string(),
            api_name: request.api_name,
            scopes: request.scopes,
            reason: request.reason,
            status: match request.status {
                AccessRequestStatus::Pending => Status::Pending,
                AccessRequestStatus::Approved => Status::Approved,
                AccessRequestStatus::Denied => Status::Denied,
            },
            created_at: request.created_at,
            decided_at: request.decided_at,
        }
    }
}

/// A new access request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccessRequest {
    /// The API's id or audience.
    pub api: String,
    /// Which scopes.
    pub scopes: Vec<String>,
    /// Why, for the API's owner.
    pub reason: String,
}
