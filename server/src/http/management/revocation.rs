//! Why a credential is ended.

use serde::Deserialize;
use utoipa::ToSchema;

/// Why a credential is ended.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// For the audit log and whoever looks at it later.
    pub reason: Option<String>,
}
