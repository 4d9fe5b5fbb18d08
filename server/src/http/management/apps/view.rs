//! Apps as the management API shows them.

use latchkey_core::{Core, apps};
use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::Problem;
use crate::http::management::apps::certificate::{Certificate, NewCertificate};
use crate::http::management::extract::{given, present};
use crate::http::management::limits::{NewRateLimit, RateLimit, show, take};
use crate::http::management::words::{AuthMethod, Exchange, RepeatedRequest, SecretUse, Status, TokenBinding};

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
    /// Where its public keys are fetched; null: they are registered here, see its `/keys`.
    pub jwks_uri: Option<String>,
    /// What its secrets are for.
    pub secret_use: SecretUse,
    /// The certificate that proves it.
    pub certificate: Option<Certificate>,
    /// What its tokens are bound to, always.
    pub token_binding: TokenBinding,
    /// How many tokens it may get a day, and how many it got today; null: any number.
    pub token_quota: Option<TokenQuota>,
    /// What it gets that asks again while its last token is good.
    pub repeated_request: RepeatedRequest,
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

/// A quota, and how much of it is used. Days are UTC.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenQuota {
    /// How many tokens the app may get a day.
    pub per_day: i64,
    /// How many it got today.
    pub used_today: i64,
    /// How much of the quota that is, rounded down; over 100 where the quota was lowered today.
    pub percent: i64,
    /// 60, 80 or 100: the highest of them that is reached.
    pub warning: Option<i64>,
}

impl From<apps::TokenQuota> for TokenQuota {
    fn from(quota: apps::TokenQuota) -> Self {
        Self {
            per_day: quota.per_day,
            used_today: quota.used_today,
            percent: quota.percent(),
            warning: quota.warning(),
        }
    }
}

/// What an app may ask for at one API.
#[derive(Debug, Serialize, ToSchema)]
pub struct Grant {
    /// `api_…`
    pub api: String,
    /// What it may ask for there.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// The operations that it was granted there, by `operationId`.
    pub operations: Vec<String>,
    /// How it may exchange tokens for this API; empty: not at all.
    pub exchange: Vec<Exchange>,
}

impl App {
    /// An app that the caller may see, with what it used of its quota.
    pub async fn of(core: &Core, app: apps::App) -> Result<Self, Problem> {
        let quota = apps::token_quotas(core, std::slice::from_ref(&app)).await?.pop().flatten();
        Ok(Self::with(app, quota))
    }

    /// The same of several.
    pub async fn all_of(core: &Core, apps: Vec<apps::App>) -> Result<Vec<Self>, Problem> {
        let quotas = apps::token_quotas(core, &apps).await?;
        Ok(apps.into_iter().zip(quotas).map(|(app, quota)| Self::with(app, quota)).collect())
    }

    fn with(app: apps::App, quota: Option<apps::TokenQuota>) -> Self {
        let id = app.id.to_string();
        Self {
            status: app.status().into(),
            client_id: id.clone(),
            id,
            name: app.name,
            grants: app.grants.into_iter().map(Grant::from).collect(),
            auth_method: app.auth_method.into(),
            jwks_uri: app.jwks_uri,
            secret_use: app.secret_use.into(),
            certificate: app.certificate.map(Certificate::from),
            token_binding: app.token_binding.into(),
            token_quota: quota.map(TokenQuota::from),
            repeated_request: app.repeated_request.into(),
            rate_limits: show(app.rate_limits),
            allowed_ips: app.addresses.allowed.iter().map(ToString::to_string).collect(),
            denied_ips: app.addresses.denied.iter().map(ToString::to_string).collect(),
            created_at: app.created_at,
            created_by: app.created_by,
            last_used_at: app.last_used_at,
            disabled_at: app.disabled_at,
            revoked_at: app.revoked_at,
            revoke_reason: app.revoke_reason,
        }
    }
}

impl From<apps::AppGrant> for Grant {
    fn from(grant: apps::AppGrant) -> Self {
        let exchange = grant.exchange.into_iter().map(Exchange::from).collect();
        let operations = grant.operations.map(|granted| granted.names).unwrap_or_default();
        Self { api: grant.api.to_string(), scopes: grant.scopes, operations, exchange }
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
    /// What it may ask for besides, by `operationId`: the scopes follow from the API's `OpenAPI` document, now and whenever it changes.
    #[serde(default)]
    pub operations: Vec<String>,
    /// How it may exchange tokens for this API; left out: by delegation.
    pub exchange: Option<Vec<Exchange>>,
}

impl From<NewGrant> for apps::NewGrant {
    fn from(grant: NewGrant) -> Self {
        let exchange = grant.exchange.map(|ways| ways.into_iter().map(Into::into).collect());
        Self { api: grant.api, scopes: grant.scopes, operations: grant.operations, exchange }
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
    /// For `private_key_jwt`: its public keys as a JWK Set (RFC 7517), up to ten.
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Value>,
    /// For `private_key_jwt`: where its public keys are to be fetched, in the place of `jwks`.
    pub jwks_uri: Option<String>,
    /// `authenticate` unless said.
    #[serde(default)]
    pub secret_use: SecretUse,
    /// For `tls_client_auth` and `self_signed_tls_client_auth`.
    pub certificate: Option<NewCertificate>,
    /// `none` unless said.
    #[serde(default)]
    pub token_binding: TokenBinding,
    /// How many tokens it may get a day (UTC); null or left out: any number.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub tokens_per_day: Option<i64>,
    /// `new_token` unless said.
    #[serde(default)]
    pub repeated_request: RepeatedRequest,
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

impl From<NewApp> for apps::NewApp {
    fn from(new: NewApp) -> Self {
        Self {
            name: new.name,
            grants: new.grants.into_iter().map(apps::NewGrant::from).collect(),
            auth_method: new.auth_method.into(),
            jwks: new.jwks,
            jwks_uri: new.jwks_uri,
            secret_use: new.secret_use.into(),
            certificate: new.certificate.map(Into::into),
            token_binding: new.token_binding.into(),
            tokens_per_day: new.tokens_per_day,
            repeated_request: new.repeated_request.into(),
            rate_limits: take(new.rate_limits),
            allowed_ips: new.allowed_ips,
            denied_ips: new.denied_ips,
        }
    }
}

/// An app that was just made, with its first secret, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedApp {
    /// The app.
    #[serde(flatten)]
    pub app: App,
    /// `lk_secret_…`, shown this once; absent where its way to authenticate wants none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
}

/// Members to change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// All grants, anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub grants: Option<Vec<NewGrant>>,
    /// Another way to prove who it is.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub auth_method: Option<AuthMethod>,
    /// All its public keys anew, as a JWK Set; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub jwks: Option<Option<Value>>,
    /// Another address of its public keys; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub jwks_uri: Option<Option<String>>,
    /// Another use of its secrets.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub secret_use: Option<SecretUse>,
    /// Another certificate, or the name that it has.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub certificate: Option<NewCertificate>,
    /// Another binding of its tokens.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub token_binding: Option<TokenBinding>,
    /// Another number of tokens a day; null: any number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 10_000_000)]
    pub tokens_per_day: Option<Option<i64>>,
    /// Another answer to repeated requests.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub repeated_request: Option<RepeatedRequest>,
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

impl From<AppPatch> for apps::AppPatch {
    fn from(patch: AppPatch) -> Self {
        Self {
            name: patch.name,
            grants: patch.grants.map(|grants| grants.into_iter().map(apps::NewGrant::from).collect()),
            auth_method: patch.auth_method.map(Into::into),
            jwks: patch.jwks,
            jwks_uri: patch.jwks_uri,
            secret_use: patch.secret_use.map(Into::into),
            certificate: patch.certificate.map(Into::into),
            token_binding: patch.token_binding.map(Into::into),
            tokens_per_day: patch.tokens_per_day,
            repeated_request: patch.repeated_request.map(Into::into),
            rate_limits: patch.rate_limits.map(|typed| take(typed.unwrap_or_default())),
            allowed_ips: patch.allowed_ips.map(Option::unwrap_or_default),
            denied_ips: patch.denied_ips.map(Option::unwrap_or_default),
        }
    }
}
