//! Service accounts as the management API shows them.

use latchkey_core::{apps, service_accounts};
use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::management::extract::{given, present};
use crate::http::management::limits::{NewRateLimit, RateLimit, show, take};
use crate::http::management::words::{Role, Status};

/// A user that is a program.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceAccount {
    /// `sa_…`: `iss` and `sub` of its assertions, `sub` and `client_id` of its tokens.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it may do in its organisation.
    pub roles: Vec<Role>,
    /// What it may ask for; null: what its roles say, from developer on every API of its own organisation with all scopes.
    pub grants: Option<Vec<AccountGrant>>,
    /// How often its tokens may be used, all together, at the APIs of its own organisation.
    pub rate_limits: Vec<RateLimit>,
    /// Where it may get tokens from, and use them; empty: from anywhere.
    pub allowed_ips: Vec<String>,
    /// Where not, whatever is allowed.
    pub denied_ips: Vec<String>,
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

/// What a service account may ask for at one API.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountGrant {
    /// `api_…`
    pub api: String,
    /// What it may ask for there.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// The operations that it was granted there, by `operationId`.
    pub operations: Vec<String>,
}

impl From<service_accounts::ServiceAccount> for ServiceAccount {
    fn from(account: service_accounts::ServiceAccount) -> Self {
        let grant = |grant: service_accounts::AccountGrant| AccountGrant {
            api: grant.api.to_string(),
            scopes: grant.scopes,
            operations: grant.operations.map(|granted| granted.names).unwrap_or_default(),
        };
        Self {
            status: account.status().into(),
            id: account.id.to_string(),
            name: account.name,
            roles: account.roles.into_iter().map(Role::from).collect(),
            grants: match account.grants {
                service_accounts::AccountGrants::ByRole => None,
                service_accounts::AccountGrants::Listed(grants) => Some(grants.into_iter().map(grant).collect()),
            },
            rate_limits: show(account.rate_limits),
            allowed_ips: account.addresses.allowed.iter().map(ToString::to_string).collect(),
            denied_ips: account.addresses.denied.iter().map(ToString::to_string).collect(),
            created_at: account.created_at,
            created_by: account.created_by,
            last_used_at: account.last_used_at,
            disabled_at: account.disabled_at,
            revoked_at: account.revoked_at,
            revoke_reason: account.revoke_reason,
        }
    }
}

/// A grant to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccountGrant {
    /// The API's id or audience.
    pub api: String,
    /// What the account may ask for there.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What it may ask for besides, by `operationId`.
    #[serde(default)]
    pub operations: Vec<String>,
}

fn grants(typed: Vec<NewAccountGrant>) -> Vec<apps::NewGrant> {
    let grant = |grant: NewAccountGrant| apps::NewGrant {
        api: grant.api,
        scopes: grant.scopes,
        operations: grant.operations,
        exchange: None,
    };
    typed.into_iter().map(grant).collect()
}

/// A new service account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServiceAccount {
    /// What people call it.
    pub name: String,
    /// What it may do in its organisation: at least one role, none above your own.
    pub roles: Vec<Role>,
    /// Its public keys: a JWK Set (RFC 7517) of Ed25519, P-256 and RSA keys.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// What it may ask for; left out: what its roles say.
    pub grants: Option<Vec<NewAccountGrant>>,
    /// How often its tokens may be used, all together, at your organisation's own APIs.
    #[serde(default)]
    pub rate_limits: Vec<NewRateLimit>,
    /// Addresses or CIDRs that it may get tokens from, and use them; from anywhere unless said.
    #[serde(default)]
    pub allowed_ips: Vec<String>,
    /// Addresses or CIDRs that it may not come from, whatever is allowed.
    #[serde(default)]
    pub denied_ips: Vec<String>,
}

impl From<NewServiceAccount> for service_accounts::NewServiceAccount {
    fn from(new: NewServiceAccount) -> Self {
        Self {
            name: new.name,
            roles: new.roles.into_iter().map(Into::into).collect(),
            jwks: new.jwks,
            grants: new.grants.map(grants),
            rate_limits: take(new.rate_limits),
            allowed_ips: new.allowed_ips,
            denied_ips: new.denied_ips,
        }
    }
}

/// Members to change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// All roles, anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub roles: Option<Vec<Role>>,
    /// All grants, anew; null: what its roles say.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<NewAccountGrant>>)]
    pub grants: Option<Option<Vec<NewAccountGrant>>>,
    /// All rate limits, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<NewRateLimit>>)]
    pub rate_limits: Option<Option<Vec<NewRateLimit>>>,
    /// All allowed addresses, anew; null: from anywhere.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub allowed_ips: Option<Option<Vec<String>>>,
    /// All denied addresses, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub denied_ips: Option<Option<Vec<String>>>,
}

impl From<ServiceAccountPatch> for service_accounts::ServiceAccountPatch {
    fn from(patch: ServiceAccountPatch) -> Self {
        Self {
            name: patch.name,
            roles: patch.roles.map(|roles| roles.into_iter().map(Into::into).collect()),
            grants: patch.grants.map(|typed| typed.map(grants)),
            rate_limits: patch.rate_limits.map(|typed| take(typed.unwrap_or_default())),
            allowed_ips: patch.allowed_ips.map(Option::unwrap_or_default),
            denied_ips: patch.denied_ips.map(Option::unwrap_or_default),
        }
    }
}
