//! The API that asks: known by its verification key.

use std::sync::Arc;

use latchkey_types::secret::{self, SecretKind};
use latchkey_types::{Environment, Timestamp, VerificationKeyId};
use sha2::{Digest as _, Sha256};

use super::freshness::look;
use super::verifier::{Digest, StandsOn, Subject};
use crate::apis::operations::Matcher;
use crate::apis::{Api, VerificationKeyRow};
use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, HashProfile};
use crate::plain_secret::PlainSecret;
use crate::usage::Mark;

/// An API with a good verification key, or one that one of its people asks for.
pub(super) struct ApiCaller {
    /// Who is slowed down by wrong secrets: the verification key's id, or whoever else asks.
    pub(super) id: String,
    /// The API that it is bound to.
    pub(super) api: Arc<Api>,
    /// Which environments' keys it takes.
    pub(super) environments: Vec<Environment>,
    /// Whether a credential of another form than ours may be one of its keys.
    pub(super) has_imported_keys: bool,
    /// Until when the verification key holds.
    ends_at: Option<Timestamp>,
    /// Finds the operations of its document, where there is one.
    pub(super) operations: Option<Matcher>,
    /// Notes that the verification key was used.
    pub(super) used: Arc<Mark>,
    subjects: [Subject; 3],
}

impl ApiCaller {
    /// The API for one of its people, who asks without a verification key, about keys of every environment.
    pub(super) async fn of_member(core: &Core, api: Api, who: String) -> Result<Self, Error> {
        let table = core.store.find_operation_table(&api.id).await?;
        Ok(Self {
            has_imported_keys: core.store.has_imported_keys(&api.id).await?,
            operations: table.map(|table| Matcher::new(table.description.operations)),
            environments: vec![Environment::Live, Environment::Test],
            ends_at: None,
            used: Arc::default(),
            subjects: [who.as_str(), api.id.as_str(), api.org.as_str()].map(Subject::new),
            api: Arc::new(api),
            id: who,
        })
    }

    /// Whether nothing may be believed for it before the change log was looked at.
    pub(super) fn wants_no_staleness(&self) -> bool {
        self.api.owner_tier.demands().no_staleness
    }
}

impl StandsOn for ApiCaller {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }
}

/// The API that this verification key is bound to.
///
/// # Errors
/// [`Error::Unauthenticated`] for any other text, for one whose end has come, and where the API's owner is suspended;
/// [`Error::TooMany`].
pub(super) async fn authenticate(core: &Core, presented: &str) -> Result<Arc<ApiCaller>, Error> {
    let parsed = secret::parse(&core.settings.brand, presented).map_err(|_| Error::Unauthenticated)?;
    if parsed.kind != SecretKind::Verify {
        return Err(Error::Unauthenticated);
    }
    let digest: Digest = Sha256::digest(presented.as_bytes()).into();
    let mut caller = find(core, digest, parsed.id, presented).await?;
    if caller.wants_no_staleness() && look(core).await? {
        caller = find(core, digest, parsed.id, presented).await?;
    }
    let holds = caller.ends_at.is_none_or(|end| end > core.clock.now());
    if holds { Ok(caller) } else { Err(Error::Unauthenticated) }
}

async fn find(core: &Core, digest: Digest, id: &str, presented: &str) -> Result<Arc<ApiCaller>, Error> {
    if let Some(caller) = core.verifier.recall_caller(&digest, core.clock.monotonic()) {
        return Ok(caller);
    }
    let id = VerificationKeyId::from_random(id).map_err(|_| Error::Unauthenticated)?;
    let ticket = core.verifier.ticket();
    let caller = load(core, id, presented).await?;
    Ok(core.verifier.keep_caller(digest, ticket, caller))
}

async fn load(core: &Core, id: VerificationKeyId, presented: &str) -> Result<ApiCaller, Error> {
    let now = core.clock.monotonic();
    if let Some(seconds) = core.verifier.wrong_secrets.wait(id.as_str(), now) {
        return Err(Error::TooMany(seconds));
    }
    let row = core.store.find_verification_key(&id).await?;
    // an unknown id works as long as a wrong secret (F-22)
    let profile = row.as_ref().map(profile).unwrap_or_default();
    let checked = core.hasher.check_with(profile, presented, row.as_ref().map(|row| &row.hash)).await?;
    let row = match (checked, row) {
        (Checked::Same, Some(row)) => row,
        (Checked::SameButOld, Some(row)) => {
            upgrade(core, &row, presented).await;
            row
        }
        _ => {
            core.verifier.wrong_secrets.failed(id.as_str(), now);
            return Err(Error::Unauthenticated);
        }
    };
    if row.owner.suspended_at.is_some() {
        return Err(Error::Unauthenticated);
    }
    Ok(ApiCaller {
        used: core.recorder.mark(row.key.id.as_str()),
        subjects: [row.key.id.as_str(), row.api.id.as_str(), row.owner.id.as_str()].map(Subject::new),
        ends_at: row.key.ends_at,
        id: row.key.id.to_string(),
        api: Arc::new(row.api),
        environments: row.key.environments,
        has_imported_keys: row.has_imported_keys,
        operations: row.operations.map(Matcher::new),
    })
}

/// How a new hash of its secret would be made.
fn profile(row: &VerificationKeyRow) -> HashProfile {
    row.owner.security_tier.demands().hashing
}

/// Puts a hash of the current profile in the place of an older one. The answer doesn't depend on its success.
async fn upgrade(core: &Core, row: &VerificationKeyRow, presented: &str) {
    let done = async {
        let secret = PlainSecret::new(presented.to_owned());
        let new = core.hasher.hash_with(profile(row), &secret, core.random.as_ref()).await?;
        core.store.upgrade_verification_key_hash(&row.key.id, &row.hash, &new).await.map_err(Error::from)
    };
    if let Err(error) = done.await {
        tracing::warn!(verification_key.id = %row.key.id, %error, "the hash of a verification key could not be upgraded");
    }
}
