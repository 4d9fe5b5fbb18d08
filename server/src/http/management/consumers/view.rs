//! Consumers as the owner of an API sees them.

use latchkey_core::Core;
use latchkey_core::apis::{self, ConsumerDetail, ConsumerPolicy};
use latchkey_core::keys::{ApiOwnerPatch, Key};
use latchkey_core::limits::{self, Left};
use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::Problem;
use crate::http::management::extract::{given, present};
use crate::http::management::limits::{Credits, NewCredits, NewRateLimit, RateLimit, show, take};
use crate::http::management::operator::view::Credential;
use crate::http::management::paths::ConsumerPath;

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
    /// How much of the API it may use, all its credentials together; those of its plan come on top.
    pub rate_limits: Vec<RateLimit>,
    /// How often in all, and how often still; null: as its plan says.
    pub credits: Option<Credits>,
    /// Which of the API's plans it is on; null: the one called `default`, if there is one.
    pub plan: Option<String>,
}

impl Policy {
    /// What was decided, with what is left of the credits.
    pub async fn of(core: &Core, path: &ConsumerPath, policy: ConsumerPolicy) -> Result<Self, Problem> {
        let left = limits::left_of_consumer(core, &path.id, &path.consumer, &policy).await?;
        Ok(Self::with(policy, &left))
    }

    fn with(policy: ConsumerPolicy, left: &Left) -> Self {
        Self {
            metadata: policy.metadata,
            scopes: policy.scopes,
            blocked_at: policy.blocked_at,
            rate_limits: show(policy.rate_limits),
            credits: policy.credits.map(|rule| Credits::with(rule, left.credits.unwrap_or(rule.granted))),
            plan: policy.plan,
        }
    }
}

impl Consumer {
    /// As it stands at this instant.
    pub fn at(now: Timestamp, detail: ConsumerDetail) -> Self {
        let ConsumerDetail { consumer, credentials, left } = detail;
        let org = consumer.org;
        Self {
            organisation: ConsumerOrg { id: org.id.to_string(), slug: org.slug, name: org.name },
            policy: Policy::with(consumer.policy, &left),
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
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub scopes: Option<Vec<String>>,
    /// All rate limits, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<NewRateLimit>>)]
    pub rate_limits: Option<Option<Vec<NewRateLimit>>>,
    /// Other credits; null: they aren't counted any more.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NewCredits>)]
    pub credits: Option<Option<NewCredits>>,
    /// Which of the API's plans it is on; null: the one called `default`, if there is one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub plan: Option<Option<String>>,
}

impl From<NewPolicy> for apis::PolicyPatch {
    fn from(new: NewPolicy) -> Self {
        Self {
            metadata: new.metadata,
            scopes: new.scopes,
            rate_limits: new.rate_limits.map(|typed| take(typed.unwrap_or_default())),
            credits: new.credits.map(|typed| typed.map(Into::into)),
            plan: new.plan,
        }
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
    /// How often it may be used.
    pub rate_limits: Vec<RateLimit>,
    /// How often in all, and how often still; null: not counted.
    pub credits: Option<Credits>,
}

impl ConsumerKey {
    /// With what is left of its credits.
    pub async fn of(core: &Core, key: Key) -> Result<Self, Problem> {
        let left = limits::left_of_keys(core, std::slice::from_ref(&key)).await?.pop().unwrap_or_default();
        Ok(Self {
            id: key.id.to_string(),
            name: key.name,
            owner: key.owner,
            metadata: key.metadata,
            rate_limits: show(key.rate_limits),
            credits: key.credits.map(|rule| Credits::with(rule, left.credits.unwrap_or(rule.granted))),
        })
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
    /// Answered by verify; all of it, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Option<Map<String, Value>>>,
    /// All rate limits, anew; null: none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<NewRateLimit>>)]
    pub rate_limits: Option<Option<Vec<NewRateLimit>>>,
    /// Other credits; null: they aren't counted any more.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NewCredits>)]
    pub credits: Option<Option<NewCredits>>,
}

impl From<ConsumerKeyPatch> for ApiOwnerPatch {
    fn from(patch: ConsumerKeyPatch) -> Self {
        Self {
            owner: patch.owner,
            metadata: patch.metadata.map(Option::unwrap_or_default),
            rate_limits: patch.rate_limits.map(|typed| take(typed.unwrap_or_default())),
            credits: patch.credits.map(|typed| typed.map(Into::into)),
        }
    }
}
