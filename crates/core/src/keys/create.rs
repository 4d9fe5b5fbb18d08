use ipnet::IpNet;
use latchkey_types::{CredentialKind, Environment, KeyId, OrgId, ScopeSet, Timestamp};
use serde_json::{Map, Value};

use super::new_secret::new_secret;
use super::{
    API_OWNERS_TO_SET, Generation, GrantableApi, Key, check_open, check_scopes, find_grantable, lifetime,
    refuse_suspended,
};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::{self, Checked, Checks};

/// What a new key is to be. Texts as typed: the use case checks them and names each bad member.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// `ApiKey` or `JwtKey`.
    pub kind: CredentialKind,
    /// What people call it.
    pub name: String,
    /// The API's id or its audience.
    pub api: String,
    /// Live or test.
    pub environment: Environment,
    /// What it may.
    pub scopes: Vec<String>,
    /// Until when it holds. Where it is missing: for a JWT key 90 days, for an API key as long as the organisation allows.
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gives it to.
    pub owner: Option<String>,
    /// What the API's owner wants to be told at verification.
    pub metadata: Option<Map<String, Value>>,
    /// The holder's own notes.
    pub labels: Option<Map<String, Value>>,
    /// CIDRs or single addresses.
    pub allowed_ips: Vec<String>,
}

/// A key that was just made or rotated, with its secret (API key) or JWT (JWT key), once.
#[derive(Clone, Debug)]
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// The secret or the JWT.
    pub secret: PlainSecret,
}

/// Makes a key. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] for members that are the API owner's to set, and
/// where the organisation is suspended.
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewKey) -> Result<CreatedKey, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    refuse_suspended(&access.org)?;
    let api = find_grantable(core, &access.org, &new.api).await?;
    new.refuse_what_the_api_owner_sets(api.as_ref())?;
    let now = core.clock.now();
    let limit = access.org.settings.max_key_lifetime_days;
    let good = CheckedKey::of(&new, api, now, limit).map_err(Error::Invalid)?;

    let id = random::id(core.random.as_ref());
    let api = &good.api.api;
    let secret = new_secret(core, good.kind, good.environment, &id, &access.org.id, api, &good.scopes, good.expires_at);
    let secret = secret.await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), "key.create", ("key", id.as_str()));
    let audit = good.described_in(audit);
    let first = Generation {
        number: 1,
        created_at: now,
        ends_at: good.expires_at,
        last_used_at: None,
        jti: secret.jti,
        imported: false,
    };
    let key = good.into_key(id, access.org.id, first, &audit);
    core.store.insert_key(&key, &secret.proof, &audit).await?;
    Ok(CreatedKey { key, secret: secret.plain })
}

impl NewKey {
    /// Of a key for another organisation's API, some members are that one's to set.
    pub(super) fn refuse_what_the_api_owner_sets(&self, api: Option<&GrantableApi>) -> Result<(), Error> {
        if api.is_some_and(|api| !api.own) && (self.owner.is_some() || self.metadata.is_some()) {
            return Err(Error::Forbidden(API_OWNERS_TO_SET));
        }
        Ok(())
    }
}

/// A new key whose members are good.
pub(super) struct CheckedKey {
    kind: CredentialKind,
    name: String,
    pub(super) api: GrantableApi,
    environment: Environment,
    scopes: ScopeSet,
    pub(super) expires_at: Option<Timestamp>,
    owner: Option<String>,
    metadata: Map<String, Value>,
    labels: Map<String, Value>,
    allowed_ips: Vec<IpNet>,
}

impl CheckedKey {
    /// The new key, or everything that is wrong with it.
    pub(super) fn of(
        new: &NewKey,
        api: Option<GrantableApi>,
        now: Timestamp,
        org_limit_days: Option<u32>,
    ) -> Checked<Self> {
        let mut checks = Checks::default();
        if !matches!(new.kind, CredentialKind::ApiKey | CredentialKind::JwtKey) {
            checks.note("kind", "api_key or jwt_key");
        }
        let name = checks.take(validation::name("name", &new.name));
        let api = checks.take(check_open("api", api).map(Some));
        let scopes = checks.take(check_scopes("scopes", &new.scopes, api.as_ref()));
        let expires_at = checks.take(lifetime::of_new(new.kind, new.expires_at, now, org_limit_days));
        let owner = checks.take_some(new.owner.as_deref().map(|owner| validation::owner("owner", owner))).flatten();
        let metadata = checks.take_some(new.metadata.as_ref().map(|given| validation::metadata("metadata", given)));
        let labels = checks.take_some(new.labels.as_ref().map(|given| validation::metadata("labels", given)));
        let allowed_ips = checks.take(validation::ip_list("allowed_ips", &new.allowed_ips));
        checks.checked()?;
        let Some(api) = api else { return validation::wrong("api", "unknown") };
        Ok(Self {
            kind: new.kind,
            name,
            api,
            environment: new.environment,
            scopes,
            expires_at,
            owner,
            metadata: metadata.unwrap_or_default(),
            labels: labels.unwrap_or_default(),
            allowed_ips,
        })
    }

    /// What the audit log says of it: metadata, labels and addresses don't stand there.
    pub(super) fn described_in(&self, audit: AuditEntry) -> AuditEntry {
        audit
            .with("name", self.name.as_str())
            .with("kind", self.kind.as_str())
            .with("api", self.api.api.id.as_str())
            .with("environment", self.environment.as_str())
            .with("scopes", self.scopes.to_string())
            .with("expires_at", self.expires_at.map(|end| end.to_string()))
    }

    /// The key to store, made by whom the audit row names.
    pub(super) fn into_key(self, id: KeyId, org: OrgId, first: Generation, audit: &AuditEntry) -> Key {
        Key {
            id,
            org,
            api: self.api.api.id,
            kind: self.kind,
            environment: self.environment,
            name: self.name,
            scopes: self.scopes,
            expires_at: self.expires_at,
            owner: self.owner,
            metadata: self.metadata,
            labels: self.labels,
            allowed_ips: self.allowed_ips,
            created_at: first.created_at,
            created_by: audit.actor_id.clone().unwrap_or_else(|| audit.actor_kind.clone()),
            disabled_at: None,
            revoked_at: None,
            revoke_reason: None,
            last_used_at: None,
            generations: vec![first],
        }
    }
}
