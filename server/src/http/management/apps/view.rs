//! Apps as the management API shows them.

use latchkey_core::apps;
use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::management::words::{AuthMethod, Status};
use crate::http::not_yet::NotYet;

/// An OAuth2 client.
#[derive(Debug, Serialize, ToSchema)]
pub struct App {
    /// `app_…`
    pub id: String,
    /// The same: what it calls itself at `/oauth/token`.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// What it may ask for.
    pub grants: Vec<Grant>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it last got a token.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was switched off.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// Why it was ended.
    pub revoke_reason: Option<String>,
}

/// What an app may ask for at one API.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grant {
    /// `api_…`
    pub api: String,
    /// What it may ask for there.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
}

impl From<apps::App> for App {
    fn from(app: apps::App) -> Self {
        let id = app.id.to_string();
        Self {
            status: app.status().into(),
            client_id: id.clone(),
            id,
            name: app.name,
            grants: app
                .grants
                .into_iter()
                .map(|grant| Grant { api: grant.api.to_string(), scopes: grant.scopes })
                .collect(),
            auth_method: app.auth_method.into(),
            created_at: app.created_at,
            created_by: app.created_by,
            last_used_at: app.last_used_at,
            disabled_at: app.disabled_at,
            revoked_at: app.revoked_at,
            revoke_reason: app.revoke_reason,
        }
    }
}

/// A grant to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// The API's id or audience.
    pub api: String,
    /// What the app may ask for there.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl From<NewGrant> for apps::NewGrant {
    fn from(grant: NewGrant) -> Self {
        Self { api: grant.api, scopes: grant.scopes }
    }
}

/// A new app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// What people call it.
    pub name: String,
    /// What it may ask for.
    #[serde(default)]
    pub grants: Vec<NewGrant>,
    /// `client_secret_basic` unless said.
    #[serde(default)]
    pub auth_method: AuthMethod,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub jwks: NotYet,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub certificate: NotYet,
}

impl From<NewApp> for apps::NewApp {
    fn from(new: NewApp) -> Self {
        Self {
            name: new.name,
            grants: new.grants.into_iter().map(apps::NewGrant::from).collect(),
            auth_method: new.auth_method.into(),
        }
    }
}

/// An app that was just made, with its first secret, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedApp {
    /// The app.
    #[serde(flatten)]
    pub app: App,
    /// `lk_secret_…`, shown this once.
    pub client_secret: String,
}

/// Members to change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppPatch {
    /// Another name.
    pub name: Option<String>,
    /// All grants, anew.
    pub grants: Option<Vec<NewGrant>>,
    /// Another way to prove who it is.
    pub auth_method: Option<AuthMethod>,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub jwks: NotYet,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub certificate: NotYet,
}

impl From<AppPatch> for apps::AppPatch {
    fn from(patch: AppPatch) -> Self {
        Self {
            name: patch.name,
            grants: patch.grants.map(|grants| grants.into_iter().map(apps::NewGrant::from).collect()),
            auth_method: patch.auth_method.map(Into::into),
        }
    }
}
