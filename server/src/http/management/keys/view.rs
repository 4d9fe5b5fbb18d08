//! Keys as the management API shows them.

use latchkey_core::limits::{self, Left};
use latchkey_core::{Core, PlainSecret, keys};
use latchkey_types::{CredentialKind, ScopeSet, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::Problem;
use crate::http::management::extract::{given, present};
use crate::http::management::limits::{Credits, NewCredits, NewRateLimit, RateLimit, show, take};
use crate::http::management::words::{self, Environment, KeyKind, Status};

/// An API key or a JWT key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Key {
    /// `key_…`
    pub id: String,
    /// What it is.
    pub kind: words::CredentialKind,
    /// What people call it.
    pub name: String,
    /// What it is for: `api_…`
    pub api: String,
    /// Live or test.
    pub environment: Environment,
    /// What it may, by scopes and by operations.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// The operations that it was granted, by `operationId`.
    pub operations: Vec<String>,
    /// Until when it holds; null: until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gave it to.
    pub owner: Option<String>,
    /// What verify answers with it.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
    /// The holder's own notes; verify doesn't answer them.
    #[schema(value_type = Object)]
    pub labels: Map<String, Value>,
    /// Where it may be used from; empty: from anywhere.
    pub allowed_ips: Vec<String>,
    /// Where it may not be used from, whatever is allowed.
    pub denied_ips: Vec<String>,
    /// How often it may be used.
    pub rate_limits: Vec<RateLimit>,
    /// How often in all, and how often still; null: not counted.
    pub credits: Option<Credits>,
    /// Where it stands.
    pub status: Status,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When one of its secrets was last used.
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
    /// Its secrets, newest first.
    pub generations: Vec<Generation>,
}

/// One secret (or JWT) of a key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Generation {
    /// 1, 2, 3, …
    pub number: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it stops.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// When it was ended by itself, while the key's other secret went on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Of a JWT: its `jti`.
    pub jti: Option<String>,
    /// Whether the secret came from another system.
    pub imported: bool,
}

impl Key {
    /// A key that the caller may see, with what is left of its credits.
    pub async fn of(core: &Core, key: keys::Key) -> Result<Self, Problem> {
        let left = limits::left_of_keys(core, std::slice::from_ref(&key)).await?.pop().unwrap_or_default();
        Ok(Self::with(core.clock.now(), key, &left))
    }

    /// The same of several.
    pub async fn all_of(core: &Core, keys: Vec<keys::Key>) -> Result<Vec<Self>, Problem> {
        let left = limits::left_of_keys(core, &keys).await?;
        let now = core.clock.now();
        Ok(keys.into_iter().zip(&left).map(|(key, left)| Self::with(now, key, left)).collect())
    }

    fn with(now: Timestamp, key: keys::Key, left: &Left) -> Self {
        Self {
            status: key.status(now).into(),
            last_used_at: key.last_used_at,
            id: key.id.to_string(),
            kind: key.kind.into(),
            name: key.name,
            api: key.api.to_string(),
            environment: key.environment.into(),
            scopes: key.scopes,
            operations: key.operations.map(|granted| granted.names).unwrap_or_default(),
            expires_at: key.expires_at,
            owner: key.owner,
            metadata: key.metadata,
            labels: key.labels,
            allowed_ips: key.addresses.allowed.iter().map(ToString::to_string).collect(),
            denied_ips: key.addresses.denied.iter().map(ToString::to_string).collect(),
            rate_limits: show(key.rate_limits),
            credits: key.credits.map(|rule| Credits::with(rule, left.credits.unwrap_or(rule.granted))),
            created_at: key.created_at,
            created_by: key.created_by,
            disabled_at: key.disabled_at,
            revoked_at: key.revoked_at,
            revoke_reason: key.revoke_reason,
            generations: key.generations.into_iter().map(Generation::from).collect(),
        }
    }
}

impl From<keys::Generation> for Generation {
    fn from(generation: keys::Generation) -> Self {
        Self {
            number: generation.number,
            created_at: generation.created_at,
            ends_at: generation.ends_at,
            revoked_at: generation.revoked_at,
            last_used_at: generation.last_used_at,
            jti: generation.jti,
            imported: generation.imported,
        }
    }
}

/// A key that was just made or rotated, with its secret, once.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedKey {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// Of an API key: the secret, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Of a JWT key: the JWT, shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwt: Option<String>,
}

impl CreatedKey {
    /// With its secret. It is shown this once, and isn't lost over a figure that can't be read.
    pub async fn of(core: &Core, created: keys::CreatedKey) -> Self {
        let shown = created.secret.expose().to_owned();
        let (secret, jwt) =
            if created.key.kind == CredentialKind::JwtKey { (None, Some(shown)) } else { (Some(shown), None) };
        let left = limits::left_of_keys(core, std::slice::from_ref(&created.key)).await.unwrap_or_default();
        let key = Key::with(core.clock.now(), created.key, left.first().unwrap_or(&Left::default()));
        Self { key, secret, jwt }
    }
}

/// A new key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is to be.
    pub kind: KeyKind,
    /// What people call it.
    pub name: String,
    /// The API's id or audience.
    pub api: String,
    /// `live` unless said.
    pub environment: Option<Environment>,
    /// What it may; nothing unless said.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Until when it holds; left out: API keys until they are revoked, JWT keys 90 days.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gives it to.
    pub owner: Option<String>,
    /// What verify answers with it; at most 4 KiB, 4 deep.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// The holder's own notes; at most 4 KiB, 4 deep.
    #[schema(value_type = Option<Object>)]
    pub labels: Option<Map<String, Value>>,
    /// Addresses or CIDRs that it may be used from; from anywhere unless said.
    #[serde(default)]
    pub allowed_ips: Vec<String>,
    /// Addresses or CIDRs that it may not be used from, whatever is allowed.
    #[serde(default)]
    pub denied_ips: Vec<String>,
    /// How often it may be used; at most ten. Of a key for another organisation's API its owner's to set.
    #[serde(default)]
    pub rate_limits: Vec<NewRateLimit>,
    /// How often in all; not counted unless said. Of a key for another organisation's API its owner's to set.
    pub credits: Option<NewCredits>,
    /// What it may besides, by `operationId`: the scopes follow from the API's `OpenAPI` document, now and whenever it changes.
    #[serde(default)]
    pub operations: Vec<String>,
}

impl From<NewKey> for keys::NewKey {
    fn from(new: NewKey) -> Self {
        Self {
            kind: new.kind.into(),
            name: new.name,
            api: new.api,
            environment: new.environment.unwrap_or(Environment::Live).into(),
            scopes: new.scopes,
            operations: new.operations,
            expires_at: new.expires_at,
            owner: new.owner,
            metadata: new.metadata,
            labels: new.labels,
            rate_limits: take(new.rate_limits),
            credits: new.credits.map(Into::into),
            allowed_ips: new.allowed_ips,
            denied_ips: new.denied_ips,
        }
    }
}

/// API keys of another system, with the secrets that their users go on presenting.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImports {
    /// 1 to 100; all are brought in, or none.
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<NewImport>,
}

/// An API key of another system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// Its secret there: 8 to 512 visible ASCII characters; neither a JWT nor one that begins as this installation's own.
    #[serde(deserialize_with = "plain_secret")]
    #[schema(value_type = String, min_length = 8, max_length = 512, format = Password)]
    pub secret: PlainSecret,
    /// `api_key`, unless left out.
    pub kind: Option<KeyKind>,
    /// What people call it.
    pub name: String,
    /// The API's id or audience.
    pub api: String,
    /// `live` unless said.
    pub environment: Option<Environment>,
    /// What it may; nothing unless said.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Until when it holds; left out: until it is revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gives it to.
    pub owner: Option<String>,
    /// What verify answers with it; at most 4 KiB, 4 deep.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// The holder's own notes; at most 4 KiB, 4 deep.
    #[schema(value_type = Option<Object>)]
    pub labels: Option<Map<String, Value>>,
    /// Addresses or CIDRs that it may be used from; from anywhere unless said.
    #[serde(default)]
    pub allowed_ips: Vec<String>,
    /// Addresses or CIDRs that it may not be used from, whatever is allowed.
    #[serde(default)]
    pub denied_ips: Vec<String>,
    /// How often it may be used; at most ten. Of a key for another organisation's API its owner's to set.
    #[serde(default)]
    pub rate_limits: Vec<NewRateLimit>,
    /// How often in all; not counted unless said. Of a key for another organisation's API its owner's to set.
    pub credits: Option<NewCredits>,
    /// What it may besides, by `operationId`: the scopes follow from the API's `OpenAPI` document, now and whenever it changes.
    #[serde(default)]
    pub operations: Vec<String>,
}

fn plain_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PlainSecret, D::Error> {
    String::deserialize(deserializer).map(PlainSecret::new)
}

impl From<NewImport> for keys::NewImport {
    fn from(new: NewImport) -> Self {
        let key = keys::NewKey {
            kind: new.kind.unwrap_or(KeyKind::ApiKey).into(),
            name: new.name,
            api: new.api,
            environment: new.environment.unwrap_or(Environment::Live).into(),
            scopes: new.scopes,
            operations: new.operations,
            expires_at: new.expires_at,
            owner: new.owner,
            metadata: new.metadata,
            labels: new.labels,
            rate_limits: take(new.rate_limits),
            credits: new.credits.map(Into::into),
            allowed_ips: new.allowed_ips,
            denied_ips: new.denied_ips,
        };
        Self { key, secret: new.secret }
    }
}

/// The keys that were brought in, in the order of the call.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedKeys {
    /// Without their secrets.
    pub items: Vec<Key>,
}

/// Members to change; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyPatch {
    /// Another name.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// All scopes, anew.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub scopes: Option<Vec<String>>,
    /// Another end; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Option<Timestamp>>,
    /// Another owner; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub owner: Option<Option<String>>,
    /// Other metadata; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Option<Map<String, Value>>>,
    /// Other notes; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub labels: Option<Option<Map<String, Value>>>,
    /// All addresses, anew; null: from anywhere.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub allowed_ips: Option<Option<Vec<String>>>,
    /// All denied addresses, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<String>>)]
    pub denied_ips: Option<Option<Vec<String>>>,
    /// All rate limits, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<NewRateLimit>>)]
    pub rate_limits: Option<Option<Vec<NewRateLimit>>>,
    /// Other credits; null: they aren't counted any more.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NewCredits>)]
    pub credits: Option<Option<NewCredits>>,
    /// All operations anew, by `operationId`; `scopes` are what it may besides.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub operations: Option<Vec<String>>,
}

impl From<KeyPatch> for keys::KeyPatch {
    fn from(patch: KeyPatch) -> Self {
        Self {
            name: patch.name,
            scopes: patch.scopes,
            operations: patch.operations,
            expires_at: patch.expires_at,
            owner: patch.owner,
            metadata: patch.metadata.map(Option::unwrap_or_default),
            labels: patch.labels.map(Option::unwrap_or_default),
            rate_limits: patch.rate_limits.map(|typed| take(typed.unwrap_or_default())),
            credits: patch.credits.map(|typed| typed.map(Into::into)),
            allowed_ips: patch.allowed_ips.map(Option::unwrap_or_default),
            denied_ips: patch.denied_ips.map(Option::unwrap_or_default),
        }
    }
}

/// How long the old secret holds on.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// 0 to 2 592 000 (30 days); 0 unless said: the old secret ends at once.
    #[serde(default)]
    pub overlap_seconds: i64,
}
