use ipnet::IpNet;
use latchkey_jose::AddressRules;
use latchkey_types::{ApiId, CredentialKind, CredentialStatus, Environment, KeyId, OrgId, ScopeSet, Timestamp};

use crate::apis::operations::GrantedOperations;
use crate::apis::{Api, ConsumerPolicy};
use crate::audit::AuditEntry;
use crate::hashing::{SecretHash, SecretIndex};
use crate::limits::{CreditChange, CreditRule, RateLimit};
use crate::orgs::Org;

/// An API key or a JWT key, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id; its random part stands in the secret too.
    pub id: KeyId,
    /// Who holds it.
    pub org: OrgId,
    /// What it is for.
    pub api: ApiId,
    /// `ApiKey` or `JwtKey`.
    pub kind: CredentialKind,
    /// Live or test.
    pub environment: Environment,
    /// What people call it.
    pub name: String,
    /// What it may.
    pub scopes: ScopeSet,
    /// What of it by the names of operations; `None`: nothing.
    pub operations: Option<GrantedOperations>,
    /// Until when it holds; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gave it to: their customer's id.
    pub owner: Option<String>,
    /// What the API's owner wants to be told at verification.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// The holder's own notes; verification doesn't answer them.
    pub labels: serde_json::Map<String, serde_json::Value>,
    /// Where it may be used from.
    pub addresses: AddressRules,
    /// How often it may be used; the API owner's to set.
    pub rate_limits: Vec<RateLimit>,
    /// How often in all; the API owner's to set. What is left stands apart.
    pub credits: Option<CreditRule>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Why it was ended.
    pub revoke_reason: Option<String>,
    /// When any of its secrets was last used, those long ended included.
    pub last_used_at: Option<Timestamp>,
    /// Its secrets, newest first: the current generation, and the one before it.
    pub generations: Vec<Generation>,
}

impl Key {
    /// Where it stands at this instant.
    pub fn status(&self, now: Timestamp) -> CredentialStatus {
        if self.revoked_at.is_some() {
            CredentialStatus::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) || !self.has_secret(now) {
            CredentialStatus::Expired
        } else if self.disabled_at.is_some() {
            CredentialStatus::Disabled
        } else {
            CredentialStatus::Active
        }
    }

    /// Whether one of its secrets holds at this instant; one alone may have ended before the key does.
    fn has_secret(&self, now: Timestamp) -> bool {
        let holds =
            |generation: &Generation| generation.revoked_at.is_none() && generation.ends_at.is_none_or(|end| end > now);
        self.generations.iter().any(holds)
    }
}

/// One secret (or JWT) of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// 1, 2, 3, …
    pub number: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops; for the current generation the key's own end.
    pub ends_at: Option<Timestamp>,
    /// When it was last used, to the second of a usage flush.
    pub last_used_at: Option<Timestamp>,
    /// Of a JWT: its `jti`.
    pub jti: Option<String>,
    /// Whether the secret came from another system.
    pub imported: bool,
    /// When it was ended by itself; the key's other secret goes on.
    pub revoked_at: Option<Timestamp>,
}

/// What proves a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenerationSecret {
    /// Of an API key: Argon2id of the secret.
    Hash(SecretHash),
    /// Of an API key whose secret came from another system.
    Imported {
        /// Argon2id of the secret, with the costlier profile.
        hash: SecretHash,
        /// By what the row is found; unique.
        index: SecretIndex,
    },
    /// Of a JWT key: the signing key's `kid`; the `jti` stands in the generation.
    SignedBy(String),
}

/// A key that comes from another system, to store.
#[derive(Clone, Debug)]
pub struct ImportedKey {
    /// The key with its first generation.
    pub key: Key,
    /// Argon2id of its secret.
    pub hash: SecretHash,
    /// By what it will be found.
    pub index: SecretIndex,
    /// Its row in the audit log.
    pub audit: AuditEntry,
}

/// The next secret of a key, and what becomes of the ones before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The new generation.
    pub generation: Generation,
    /// What proves it.
    pub secret: GenerationSecret,
    /// When the generation before it ends, never later than its own end; every older one ends with the rotation.
    pub old_ends_at: Timestamp,
    /// The key's new end where given: a JWT's own.
    pub key_expires_at: Option<Timestamp>,
}

/// What to change about a key; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyChange {
    /// Another name.
    pub name: Option<String>,
    /// Other scopes.
    pub scopes: Option<ScopeSet>,
    /// Other operations, or none; where there are any, the scopes follow from them.
    pub operations: Option<Option<GrantedOperations>>,
    /// Another end, or none.
    pub expires_at: Option<Option<Timestamp>>,
    /// Another owner, or none.
    pub owner: Option<Option<String>>,
    /// Other metadata.
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Other notes.
    pub labels: Option<serde_json::Map<String, serde_json::Value>>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// Other credits, or none.
    pub credits: Option<Option<CreditChange>>,
    /// Other addresses that it may be used from.
    pub allowed_ips: Option<Vec<IpNet>>,
    /// Other addresses that it may not be used from.
    pub denied_ips: Option<Vec<IpNet>>,
}

/// Which keys to list; newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// An id, or a prefix of name or owner (letter case counts not).
    pub search: Option<String>,
    /// For this API.
    pub api: Option<ApiId>,
    /// Of this kind.
    pub kind: Option<CredentialKind>,
    /// Of this environment.
    pub environment: Option<Environment>,
    /// In this state at the instant given.
    pub status: Option<(CredentialStatus, Timestamp)>,
}

/// A key as verification needs it.
#[derive(Clone, Debug)]
pub struct VerifiableKey {
    /// The key, with more generations than hold: one that has ended answers `EXPIRED`, not `NOT_FOUND`.
    pub key: Key,
    /// What proves each of `key.generations`, in the same order.
    pub secrets: Vec<GenerationSecret>,
    /// Who holds it.
    pub holder: Org,
    /// What it is for.
    pub api: Api,
    /// What the API's owner decided for the holder.
    pub policy: ConsumerPolicy,
}
