use latchkey_types::{ApiId, Environment, OrgId, RequestId, Scope, ScopeSet, Timestamp, VerificationKeyId};

use super::Principals;
use super::call_paths::CallPaths;
use super::operations::{Operation, UnknownOperations};
use crate::hashing::SecretHash;
use crate::limits::{CreditChange, CreditRule, Plan, RateLimit};
use crate::orgs::Org;
use crate::signing::SigningAlg;
use crate::tiers::SecurityTier;

/// Who may hold credentials for an API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Its own organisation.
    #[default]
    Private,
    /// Any organisation; the API stands in the catalogue.
    Public,
}

impl Visibility {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// How another organisation comes by a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeGrant {
    /// It takes it itself.
    SelfService,
    /// The API's owner approves an access request.
    Approval,
}

impl ScopeGrant {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfService => "self",
            Self::Approval => "approval",
        }
    }
}

/// How the tokens for an API look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenFormat {
    /// A signed JWT (RFC 9068), which the API can check by itself.
    #[default]
    Jwt,
    /// A random text, which only we can look up.
    Opaque,
}

impl TokenFormat {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Jwt, Self::Opaque];

    /// The format of this word, where it is one of these.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::Opaque => "opaque",
        }
    }
}

/// Where a required scope must be, of a call that comes with two tokens: the original user's and the caller's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TwoToken {
    /// In the caller's, or else in the original one.
    #[default]
    Either,
    /// In both. A call with one token alone then holds no scope.
    Both,
}

impl TwoToken {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Either, Self::Both];

    /// The way of this word, where it is one of these.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.as_str() == word)
    }

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Either => "either",
            Self::Both => "both",
        }
    }
}

/// A scope of an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiScope {
    /// The scope-token.
    pub name: Scope,
    /// What it allows, for people.
    pub description: String,
    /// How another organisation comes by it.
    pub grant: ScopeGrant,
}

/// A protected resource server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Its id.
    pub id: ApiId,
    /// Its owner.
    pub org: OrgId,
    /// What people call it.
    pub name: String,
    /// Its identifier, an absolute URI; unique in the installation (RFC 8707 section 2).
    pub audience: String,
    /// Who may hold credentials for it.
    pub visibility: Visibility,
    /// Its scopes, by name.
    pub scopes: Vec<ApiScope>,
    /// How long an access token for it lives, in seconds.
    pub token_ttl_seconds: u32,
    /// What its tokens are signed with.
    pub signing_alg: SigningAlg,
    /// How its tokens look.
    pub token_format: TokenFormat,
    /// Which chains of callers may reach it; `None`: any.
    pub call_paths: Option<CallPaths>,
    /// Limits that organisations may be put on; the one called `default` holds for all others.
    pub plans: Vec<Plan>,
    /// For whom those may act who call it.
    pub principals: Principals,
    /// How strict its owner is, with credentials of others for it too.
    pub owner_tier: SecurityTier,
    /// Where a required scope must be, of a call that comes with two tokens.
    pub two_token: TwoToken,
    /// What becomes of calls of operations that its document doesn't have.
    pub unknown_operations: UnknownOperations,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Api {
    /// All its scopes.
    pub fn scope_set(&self) -> ScopeSet {
        self.scopes.iter().map(|scope| scope.name.clone()).collect()
    }

    /// The scopes that this organisation may hold now: all for the API's owner; for another one those that it takes
    /// itself and those that the owner approved, as far as the API still has them.
    pub fn scopes_open_to(&self, holder: &OrgId, policy: &ConsumerPolicy) -> ScopeSet {
        let all = self.scope_set();
        if self.org == *holder { all } else { self.self_service_scopes().union(&policy.scopes).intersection(&all) }
    }

    /// What credentials of this organisation for it must satisfy: the stricter tier of the two counts.
    pub fn tier_for(&self, holder: &Org) -> SecurityTier {
        self.owner_tier.max(holder.security_tier)
    }

    /// How long an access token of this organisation for it lives, in seconds.
    pub fn token_ttl_for(&self, holder: &Org) -> u32 {
        self.token_ttl_seconds.min(self.tier_for(holder).demands().max_token_seconds)
    }

    /// The scopes that another organisation takes itself.
    pub fn self_service_scopes(&self) -> ScopeSet {
        self.scopes
            .iter()
            .filter(|scope| scope.grant == ScopeGrant::SelfService)
            .map(|scope| scope.name.clone())
            .collect()
    }
}

/// What to change about an API; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiChange {
    /// Another name.
    pub name: Option<String>,
    /// Another visibility.
    pub visibility: Option<Visibility>,
    /// All scopes, anew.
    pub scopes: Option<Vec<ApiScope>>,
    /// Another life for access tokens, in seconds.
    pub token_ttl_seconds: Option<u32>,
    /// Another signature for its tokens.
    pub signing_alg: Option<SigningAlg>,
    /// Another look of its tokens.
    pub token_format: Option<TokenFormat>,
    /// Other chains of callers, or any.
    pub call_paths: Option<Option<CallPaths>>,
    /// All plans, anew.
    pub plans: Option<Vec<Plan>>,
    /// Another choice of whom callers may act for.
    pub principals: Option<Principals>,
    /// Another place for required scopes.
    pub two_token: Option<TwoToken>,
    /// Another choice of what becomes of unknown operations.
    pub unknown_operations: Option<UnknownOperations>,
}

/// What an API presents when it asks about a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationKey {
    /// Its id.
    pub id: VerificationKeyId,
    /// The API that it is bound to.
    pub api: ApiId,
    /// What people call it.
    pub name: String,
    /// Which environments' API keys it takes.
    pub environments: Vec<Environment>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the second of a usage flush.
    pub last_used_at: Option<Timestamp>,
    /// Until when it holds; `None`: until it is deleted.
    pub ends_at: Option<Timestamp>,
}

/// A verification key to store.
#[derive(Clone, Debug)]
pub struct NewVerificationKey {
    /// What people see of it.
    pub key: VerificationKey,
    /// Argon2id of its secret.
    pub hash: SecretHash,
}

/// A verification key as verification needs it: with its API and the API's owner.
#[derive(Clone, Debug)]
pub struct VerificationKeyRow {
    /// What people see of it.
    pub key: VerificationKey,
    /// Argon2id of its secret.
    pub hash: SecretHash,
    /// The API that it is bound to.
    pub api: Api,
    /// The API's owner.
    pub owner: Org,
    /// Whether the API has, or had, a key that came from another system.
    pub has_imported_keys: bool,
    /// The operations in force; `None` where no document was uploaded.
    pub operations: Option<Vec<Operation>>,
}

/// What an API's owner decided for an organisation that holds credentials for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerPolicy {
    /// Answered by verify for each of its credentials; a JSON object.
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Scopes with `grant: "approval"` that it may hold.
    pub scopes: ScopeSet,
    /// When it was blocked; its credentials for this API are `DISABLED` then.
    pub blocked_at: Option<Timestamp>,
    /// How much of the API it may use; all its credentials together.
    pub rate_limits: Vec<RateLimit>,
    /// How often in all. What is left stands apart.
    pub credits: Option<CreditRule>,
    /// Which of the API's plans it is on; `None`: the one called `default`, if there is one.
    pub plan: Option<String>,
}

/// What an API's owner changes for a consumer; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsumerPolicyChange {
    /// Other metadata, or none.
    pub metadata: Option<Option<serde_json::Map<String, serde_json::Value>>>,
    /// All approved scopes, anew.
    pub scopes: Option<ScopeSet>,
    /// Blocked since then, or not.
    pub blocked_at: Option<Option<Timestamp>>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// Other credits, or none.
    pub credits: Option<Option<CreditChange>>,
    /// Another plan, or none.
    pub plan: Option<Option<String>>,
}

/// An organisation that holds credentials for an API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Who.
    pub org: Org,
    /// What the API's owner decided.
    pub policy: ConsumerPolicy,
    /// How many credentials it holds for the API.
    pub credentials: i64,
    /// When one was last used.
    pub last_used_at: Option<Timestamp>,
}

/// Where an access request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRequestStatus {
    /// Nobody decided yet.
    Pending,
    /// The scopes are granted.
    Approved,
    /// They aren't.
    Denied,
}

impl AccessRequestStatus {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

/// An organisation asks for scopes that need approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Its id.
    pub id: RequestId,
    /// Who asks.
    pub org: OrgId,
    /// The asking organisation's slug.
    pub org_slug: String,
    /// For which API.
    pub api: ApiId,
    /// The API's name.
    pub api_name: String,
    /// For which scopes.
    pub scopes: ScopeSet,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub status: AccessRequestStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}
