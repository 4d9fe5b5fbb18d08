//! Trusted issuers as the management API shows them.

use latchkey_core::trusted_issuers;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::Problem;

/// An identity provider whose users' tokens may be exchanged (RFC 8693).
#[derive(Debug, Serialize, ToSchema)]
pub struct TrustedIssuer {
    /// `ti_…`
    pub id: String,
    /// `iss` of the tokens.
    pub issuer: String,
    /// What their `aud` is or holds.
    pub audience: String,
    /// The issuer's keys, a JWK Set; null: by discovery.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
}

impl TryFrom<trusted_issuers::TrustedIssuer> for TrustedIssuer {
    type Error = Problem;

    fn try_from(trusted: trusted_issuers::TrustedIssuer) -> Result<Self, Problem> {
        let jwks = trusted.jwks.as_deref().map(serde_json::from_str).transpose();
        Ok(Self {
            id: trusted.id.to_string(),
            issuer: trusted.issuer,
            audience: trusted.audience,
            jwks: jwks.map_err(|error| Problem::internal(&error))?,
            created_at: trusted.created_at,
            created_by: trusted.created_by,
        })
    }
}

/// An identity provider to trust.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrustedIssuer {
    /// `iss` of the tokens: an https URL, byte for byte.
    pub issuer: String,
    /// What their `aud` is, or holds where it is a list; byte for byte.
    pub audience: String,
    /// The issuer's keys, a JWK Set, for one that can't be asked from here; left out: by discovery.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
}

impl From<NewTrustedIssuer> for trusted_issuers::NewTrustedIssuer {
    fn from(new: NewTrustedIssuer) -> Self {
        Self { issuer: new.issuer, audience: new.audience, jwks: new.jwks }
    }
}
