//! Security tiers as the management API shows them.

use std::collections::BTreeMap;

use latchkey_core::tiers;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::{CredentialKind, SecurityTier};

/// A tier to ask about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedTier {
    /// The tier.
    pub security_tier: SecurityTier,
}

/// What a tier would break.
#[derive(Debug, Serialize, ToSchema)]
pub struct TierPreview {
    /// The tier of today.
    pub current: SecurityTier,
    /// The tier that was asked about.
    pub security_tier: SecurityTier,
    /// What it demands, in words.
    #[schema(value_type = Object)]
    pub demands: BTreeMap<&'static str, String>,
    /// How many credentials it refuses that work today; what `breaks` must say for the change to go through.
    pub breaks: u64,
    /// How many of them for which reason; one may have several.
    #[schema(value_type = Object)]
    pub by_reason: BTreeMap<&'static str, u64>,
    /// The newest of them, at most 100.
    pub items: Vec<Break>,
}

/// A credential that the tier refuses.
#[derive(Debug, Serialize, ToSchema)]
pub struct Break {
    /// `key_…`, `app_…` or `sa_…`
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// Who holds it: this organisation, or one that holds it for an API of this one.
    pub organisation: String,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Why, and what to do.
    pub reasons: Vec<Reason>,
}

/// Why a tier refuses a credential.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason {
    /// `jwt_key`, `imported_secret`, `no_end`, `lives_too_long` or `unbound_tokens`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub detail: &'static str,
}

impl From<tiers::Misfit> for Reason {
    fn from(misfit: tiers::Misfit) -> Self {
        Self { code: misfit.as_str(), detail: misfit.advice() }
    }
}

impl From<tiers::Break> for Break {
    fn from(found: tiers::Break) -> Self {
        let credential = found.credential;
        Self {
            id: credential.id,
            kind: credential.kind.into(),
            name: credential.name,
            organisation: credential.holder_slug,
            last_used_at: credential.last_used_at,
            reasons: found.misfits.into_iter().map(Reason::from).collect(),
        }
    }
}

impl From<tiers::TierPreview> for TierPreview {
    fn from(preview: tiers::TierPreview) -> Self {
        Self {
            current: preview.current.into(),
            security_tier: preview.tier.into(),
            demands: preview.tier.demands().rows().into_iter().collect(),
            breaks: preview.breaks,
            by_reason: preview.by_reason.into_iter().map(|(misfit, count)| (misfit.as_str(), count)).collect(),
            items: preview.listed.into_iter().map(Break::from).collect(),
        }
    }
}
