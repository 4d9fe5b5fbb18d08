//! Organisations as the management API shows them.

use latchkey_core::orgs;
use latchkey_core::ports::Membership;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::extract::{given, present};
use crate::http::management::words::{LeakResponse, Role, SecurityTier};

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Org {
    /// `org_…`
    pub id: String,
    /// What stands in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// When an operator suspended it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub suspended_at: Option<Timestamp>,
    /// What its owners decided.
    pub settings: Settings,
    /// How strict it is.
    pub security_tier: SecurityTier,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The caller's role in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// What an organisation's owners decided for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrgSettings)]
pub struct Settings {
    /// The longest life of a key, in days; null: API keys may live for ever.
    pub max_key_lifetime_days: Option<u32>,
    /// What becomes of a secret that leaked.
    pub leak_response: LeakResponse,
    /// How long it holds on where that is `grace`, in hours.
    pub leak_grace_hours: u32,
}

impl From<orgs::OrgSettings> for Settings {
    fn from(settings: orgs::OrgSettings) -> Self {
        Self {
            max_key_lifetime_days: settings.max_key_lifetime_days,
            leak_response: settings.leak_response.into(),
            leak_grace_hours: settings.leak_grace_hours,
        }
    }
}

impl From<orgs::Org> for Org {
    fn from(org: orgs::Org) -> Self {
        Self {
            id: org.id.to_string(),
            slug: org.slug,
            name: org.name,
            suspended_at: org.suspended_at,
            settings: org.settings.into(),
            security_tier: org.security_tier.into(),
            created_at: org.created_at,
            role: None,
        }
    }
}

impl From<Membership> for Org {
    fn from(membership: Membership) -> Self {
        Self { role: Some(membership.role.into()), ..membership.org.into() }
    }
}

/// A new organisation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrg {
    /// What people call it.
    pub name: String,
    /// What stands in URLs.
    pub slug: String,
}

/// Members to change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Another slug.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub slug: Option<String>,
    /// Other settings.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub settings: Option<SettingsPatch>,
    /// Another security tier; needs owner.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub security_tier: Option<SecurityTier>,
    /// With `security_tier`: how many credentials it refuses that work today, as the preview counted them; 0 unless said.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub breaks: Option<u64>,
}

/// Settings to change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OrgSettingsPatch)]
#[serde(deny_unknown_fields)]
pub struct SettingsPatch {
    /// The longest life of a key, in days; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    pub max_key_lifetime_days: Option<Option<u32>>,
    /// What becomes of a secret that leaked.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub leak_response: Option<LeakResponse>,
    /// How long it holds on where that is `grace`, in hours: 1 to 168.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub leak_grace_hours: Option<u32>,
}

impl From<SettingsPatch> for orgs::OrgSettingsChange {
    fn from(patch: SettingsPatch) -> Self {
        Self {
            max_key_lifetime_days: patch.max_key_lifetime_days,
            leak_response: patch.leak_response.map(Into::into),
            leak_grace_hours: patch.leak_grace_hours,
        }
    }
}

impl From<OrgPatch> for orgs::OrgChange {
    fn from(patch: OrgPatch) -> Self {
        let settings = patch.settings.map(orgs::OrgSettingsChange::from).unwrap_or_default();
        let breaks = patch.breaks.unwrap_or(0);
        let security_tier = patch.security_tier.map(|tier| orgs::TierChange { tier: tier.into(), breaks });
        Self { name: patch.name, slug: patch.slug, settings, security_tier }
    }
}
