//! Consumers as the owner of an API sees them.

use latchkey_core::apis::{self, ConsumerDetail, ConsumerPolicy};
use latchkey_core::keys::{ApiOwnerPatch, Key};
use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::management::extract::present;
use crate::http::management::operator::view::Credential;
use crate::http::not_yet::NotYet;

/// Another organisation that holds credentials for an API.
#[derive(Debug, Serialize, ToSchema)]
pub struct Consumer {
    /// Who.
    pub organisation: ConsumerOrg,
    /// What the API's owner decided for it.
    #[serde(flatten)]
    pub policy: Policy,
    /// When one of its credentials was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Its credentials for the API, newest first.
    pub credentials: Vec<Credential>,
}

/// The consumer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsumerOrg {
    /// `org_…`
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// What an API's owner decided for a consumer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsumerPolicy)]
pub struct Policy {
    /// Answered by verify for each of its credentials.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Scopes with `grant: "approval"` that it may hold.
    #[schema(value_type = Vec<String>)]
    pub scopes: ScopeSet,
    /// When it was blocked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub blocked_at: Option<Timestamp>,
}

impl From<ConsumerPolicy> for Policy {
    fn from(policy: ConsumerPolicy) -> Self {
        Self { metadata: policy.metadata, scopes: policy.scopes, blocked_at: policy.blocked_at }
    }
}

impl Consumer {
    /// As it stands at this instant.
    pub fn at(now: Timestamp, detail: ConsumerDetail) -> Self {
        let ConsumerDetail { consumer, credentials } = detail;
        let org = consumer.org;
        Self {
            organisation: ConsumerOrg { id: org.id.to_string(), slug: org.slug, name: org.name },
            policy: consumer.policy.into(),
            last_used_at: consumer.last_used_at,
            credentials: credentials.into_iter().map(|credential| Credential::at(now, credential)).collect(),
        }
    }
}

/// What to decide; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicy {
    /// Answered by verify for each of its credentials; null: nothing.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Option<Map<String, Value>>>,
    /// All scopes with `grant: "approval"` that it may hold.
    pub scopes: Option<Vec<String>>,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub rate_limits: NotYet,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub credits: NotYet,
}

impl From<NewPolicy> for apis::PolicyPatch {
    fn from(new: NewPolicy) -> Self {
        Self { metadata: new.metadata, scopes: new.scopes }
    }
}

/// What an API's owner says of one key for it. The holder's own notes are the holder's.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsumerKey {
    /// `key_…`
    pub id: String,
    /// What its holder calls it.
    pub name: String,
    /// Whom the API's owner gave it to.
    pub owner: Option<String>,
    /// Answered by verify, before what is said of the consumer.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}

impl From<Key> for ConsumerKey {
    fn from(key: Key) -> Self {
        Self { id: key.id.to_string(), name: key.name, owner: key.owner, metadata: key.metadata }
    }
}

/// What to say of a key; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerKeyPatch {
    /// Whom the key was given to; null: nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub owner: Option<Option<String>>,
    /// Answered by verify; all of it, anew.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub rate_limits: NotYet,
    /// Not supported yet.
    #[serde(default)]
    #[schema(ignore)]
    pub credits: NotYet,
}

impl From<ConsumerKeyPatch> for ApiOwnerPatch {
    fn from(patch: ConsumerKeyPatch) -> Self {
        Self { owner: patch.owner, metadata: patch.metadata }
    }
}
