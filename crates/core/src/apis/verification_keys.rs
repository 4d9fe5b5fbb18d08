//! Verification keys: what an API presents when it asks about a credential.

use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{ApiId, Environment, VerificationKeyId};

use super::read::owned;
use super::{NewVerificationKey, VerificationKey};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::keys;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation;

/// A verification key that was just made, with its secret, once.
#[derive(Clone, Debug)]
pub struct CreatedVerificationKey {
    /// The key.
    pub key: VerificationKey,
    /// Its secret.
    pub secret: PlainSecret,
}

/// Makes a verification key; `environments` empty means live. Needs [`crate::Action::ManageApis`].
pub async fn create_verification_key(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    name: &str,
    environments: Vec<Environment>,
) -> Result<CreatedVerificationKey, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    keys::refuse_suspended(&org)?;
    let api = owned(core, &org.id, api).await?;
    let name = validation::name("name", name).map_err(Error::Invalid)?;

    let id: VerificationKeyId = random::id(core.random.as_ref());
    let bits = random::bits(core.random.as_ref());
    let secret = PlainSecret::new(compose(&core.settings.brand, SecretKind::Verify, id.random_part(), &bits));
    let profile = org.security_tier.demands().hashing;
    let hash = core.hasher.hash_with(profile, &secret, core.random.as_ref()).await?;
    let key = VerificationKey {
        id,
        api: api.id,
        name,
        environments: distinct(environments),
        created_at: core.clock.now(),
        last_used_at: None,
        ends_at: None,
    };
    let audit = core
        .audit_entry(caller, Some(&org.id), "verification_key.create", ("verification_key", key.id.as_str()))
        .with("api", key.api.as_str())
        .with("name", key.name.as_str())
        .with("environments", key.environments.iter().map(|environment| environment.as_str()).collect::<Vec<_>>());
    let new = NewVerificationKey { key, hash };
    core.store.insert_verification_key(&new, &audit).await?;
    Ok(CreatedVerificationKey { key: new.key, secret })
}

/// An API's verification keys, newest first. Needs [`crate::Action::ReadApis`].
pub async fn list_verification_keys(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
) -> Result<Vec<VerificationKey>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    Ok(core.store.list_verification_keys(&api.id).await?)
}

/// Ends a verification key. Needs [`crate::Action::ManageApis`].
pub async fn delete_verification_key(
    core: &Core,
    caller: &Caller,
    org: &str,
    api: &ApiId,
    id: &VerificationKeyId,
) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, api).await?;
    let audit = core
        .audit_entry(caller, Some(&org.id), "verification_key.delete", ("verification_key", id.as_str()))
        .with("api", api.id.as_str());
    Ok(core.store.delete_verification_key(&api.id, id, &audit).await?)
}

fn distinct(mut environments: Vec<Environment>) -> Vec<Environment> {
    environments.sort_unstable();
    environments.dedup();
    if environments.is_empty() { vec![Environment::default()] } else { environments }
}
