use latchkey_jose::{AddressRules, Principal};
use latchkey_types::{CredentialKind, Environment, KeyId, OrgId, ScopeSet, Timestamp};
use serde_json::{Map, Value};

use super::new_secret::{SecretDraft, new_secret};
use super::{
    API_OWNERS_TO_SET, Generation, GrantableApi, Key, check_open, check_scopes, find_grantable, lifetime,
    refuse_suspended,
};
use crate::apis::operations::{
    Description, GrantedOperations, check_operations, description_for, operations_for_audit,
};
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::limits::{self, CreditRule, NewCredits, NewRateLimit, RateLimit};
use crate::orgs::Org;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::{self, Checked, Checks};

/// What a new key is to be. Texts as typed: the use case checks them and names each bad member.
#[derive(Clone, Debug, Default)]
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
    /// What it may besides, by `operationId`.
    pub operations: Vec<String>,
    /// Until when it holds. Where it is missing: for a JWT key 90 days, for an API key as long as the organisation allows.
    pub expires_at: Option<Timestamp>,
    /// Whom the API's owner gives it to.
    pub owner: Option<String>,
    /// What the API's owner wants to be told at verification.
    pub metadata: Option<Map<String, Value>>,
    /// The holder's own notes.
    pub labels: Option<Map<String, Value>>,
    /// How often it may be used.
    pub rate_limits: Vec<NewRateLimit>,
    /// How often in all.
    pub credits: Option<NewCredits>,
    /// CIDRs or single addresses that it may be used from.
    pub allowed_ips: Vec<String>,
    /// CIDRs or single addresses that it may not be used from.
    pub denied_ips: Vec<String>,
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
    let description = description_for(core, api.as_ref(), &new.operations).await?;
    let good = CheckedKey::of(&new, api, description.as_ref(), now, &access.org).map_err(Error::Invalid)?;

    let id = random::id(core.random.as_ref());
    let api = &good.api.api;
    let draft = SecretDraft {
        kind: good.kind,
        environment: good.environment,
        id: &id,
        org: &access.org,
        api,
        scopes: &good.scopes,
        addresses: &good.addresses,
        expires_at: good.expires_at,
    };
    let secret = new_secret(core, draft).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), "key.create", ("key", id.as_str()));
    let audit = good.described_in(audit);
    let first = Generation {
        number: 1,
        created_at: now,
        ends_at: good.expires_at,
        last_used_at: None,
        jti: secret.jti,
        imported: false,
        revoked_at: None,
    };
    let key = good.into_key(id, access.org.id, first, &audit);
    core.store.insert_key(&key, &secret.proof, &audit).await?;
    Ok(CreatedKey { key, secret: secret.plain })
}

impl NewKey {
    /// Of a key for another organisation's API, some members are that one's to set.
    pub(super) fn refuse_what_the_api_owner_sets(&self, api: Option<&GrantableApi>) -> Result<(), Error> {
        let sets_any =
            self.owner.is_some() || self.metadata.is_some() || !self.rate_limits.is_empty() || self.credits.is_some();
        if sets_any && api.is_some_and(|api| !api.own) {
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
    operations: Option<GrantedOperations>,
    pub(super) expires_at: Option<Timestamp>,
    owner: Option<String>,
    metadata: Map<String, Value>,
    labels: Map<String, Value>,
    rate_limits: Vec<RateLimit>,
    credits: Option<CreditRule>,
    addresses: AddressRules,
}

impl CheckedKey {
    /// The new key, or everything that is wrong with it.
    pub(super) fn of(
        new: &NewKey,
        api: Option<GrantableApi>,
        description: Option<&Description>,
        now: Timestamp,
        org: &Org,
    ) -> Checked<Self> {
        let mut checks = Checks::default();
        if !matches!(new.kind, CredentialKind::ApiKey | CredentialKind::JwtKey) {
            checks.note("kind", "api_key or jwt_key");
        }
        let name = checks.take(validation::name("name", &new.name));
        let api = checks.take(check_open("api", api).map(Some));
        let tier = api.as_ref().map_or(org.security_tier, |api| api.api.tier_for(org));
        if !tier.demands().takes_kind(new.kind) {
            checks.note(
                "kind",
                format!("JWT keys aren't allowed in the {} security tier: take an api_key", tier.as_str()),
            );
        }
        if api.as_ref().is_some_and(|api| !api.api.principals.take(Principal::Service)) {
            checks.note("api", "this API takes only programs that act for people; a key acts for itself");
        }
        let beside = checks.take(check_scopes("scopes", &new.scopes, api.as_ref()));
        let names = checks.take(check_operations("operations", &new.operations, api.as_ref(), description));
        let operations = GrantedOperations::of(names, &beside);
        let scopes = operations.as_ref().map_or(beside, |operations| operations.scopes(description));
        let limit = tier.demands().key_days(new.kind, org.settings.max_key_lifetime_days);
        let expires_at = checks.take(lifetime::of_new(new.kind, new.expires_at, now, limit));
        let owner = checks.take_some(new.owner.as_deref().map(|owner| validation::owner("owner", owner))).flatten();
        let metadata = checks.take_some(new.metadata.as_ref().map(|given| validation::metadata("metadata", given)));
        let labels = checks.take_some(new.labels.as_ref().map(|given| validation::metadata("labels", given)));
        let rate_limits = checks.take(limits::rate_limits("rate_limits", &new.rate_limits));
        let credits = checks.take_some(new.credits.as_ref().map(|given| limits::credits("credits", given, None)));
        let addresses = AddressRules {
            allowed: checks.take(validation::ip_list("allowed_ips", &new.allowed_ips)),
            denied: checks.take(validation::ip_list("denied_ips", &new.denied_ips)),
        };
        checks.checked()?;
        let Some(api) = api else { return validation::wrong("api", "unknown") };
        Ok(Self {
            kind: new.kind,
            name,
            api,
            environment: new.environment,
            scopes,
            operations,
            expires_at,
            owner,
            metadata: metadata.unwrap_or_default(),
            labels: labels.unwrap_or_default(),
            rate_limits,
            credits: credits.map(|change| change.rule),
            addresses,
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
            .with("operations", operations_for_audit(self.operations.as_ref()))
            .with("expires_at", self.expires_at.map(|end| end.to_string()))
            .with("rate_limits", limits::rate_limits_for_audit(&self.rate_limits))
            .with("credits", limits::credits_for_audit(self.credits.as_ref()))
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
            operations: self.operations,
            expires_at: self.expires_at,
            owner: self.owner,
            metadata: self.metadata,
            labels: self.labels,
            rate_limits: self.rate_limits,
            credits: self.credits,
            addresses: self.addresses,
            created_at: first.created_at,
            created_by: audit.actor().to_owned(),
            disabled_at: None,
            revoked_at: None,
            revoke_reason: None,
            last_used_at: None,
            generations: vec![first],
        }
    }
}
