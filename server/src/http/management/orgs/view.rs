//! Organisations as the management API shows them.

use latchkey_core::orgs;
use latchkey_core::ports::Membership;
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::extract::present;
use crate::http::management::words::Role;

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
}

impl From<orgs::Org> for Org {
    fn from(org: orgs::Org) -> Self {
        Self {
            id: org.id.to_string(),
            slug: org.slug,
            name: org.name,
            suspended_at: org.suspended_at,
            settings: Settings { max_key_lifetime_days: org.settings.max_key_lifetime_days },
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
    pub name: Option<String>,
    /// Another slug.
    pub slug: Option<String>,
    /// Other settings.
    pub settings: Option<SettingsPatch>,
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
}

impl From<OrgPatch> for orgs::OrgChange {
    fn from(patch: OrgPatch) -> Self {
        let days = patch.settings.and_then(|settings| settings.max_key_lifetime_days);
        let settings = days.map(|max_key_lifetime_days| orgs::OrgSettings { max_key_lifetime_days });
        Self { name: patch.name, slug: patch.slug, settings }
    }
}
