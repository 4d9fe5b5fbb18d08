use std::collections::{HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use latchkey_types::CredentialKind;

use super::create::CheckedKey;
use super::{Generation, GrantableApi, ImportedKey, Key, NewKey, find_grantable, refuse_suspended};
use crate::apis::operations::description_for;
use crate::caller::{Action, Caller};
use crate::core::{Access, Core};
use crate::error::Error;
use crate::hashing::{SecretHash, SecretIndex};
use crate::plain_secret::PlainSecret;
use crate::ports::StoreError;
use crate::random;
use crate::validation::{self, Checked, Checks};

/// The most keys of one call.
pub const MAX_IMPORTED: usize = 100;
/// How many secrets of one call are hashed at once: verification waits for the same turns.
const HASHED_AT_ONCE: usize = 2;

/// A key that another system made.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What it is to be here.
    pub key: NewKey,
    /// Its secret, which its users go on presenting.
    pub secret: PlainSecret,
}

/// Brings in 1 to 100 API keys of another system with their secrets, all or none. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member of every item, as `items/3/secret`; [`Error::Forbidden`] as
/// [`super::create`]. Whether a secret is known already is said last, when all else is good and each secret has cost its
/// hash, so that nobody finds other people's secrets by guessing them here.
pub async fn import(core: &Core, caller: &Caller, org: &str, items: Vec<NewImport>) -> Result<Vec<Key>, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    refuse_suspended(&access.org)?;
    if items.is_empty() || items.len() > MAX_IMPORTED {
        return Err(Error::invalid("items", format!("give 1 to {MAX_IMPORTED} keys")));
    }
    let good = check(core, &access, &items).await?;
    let secrets: Vec<PlainSecret> = items.into_iter().map(|item| item.secret).collect();
    let hashes = hash(core, &secrets).await?;
    refuse_known(core, &secrets).await?;

    let new: Vec<ImportedKey> = good
        .into_iter()
        .zip(secrets.iter().zip(hashes))
        .map(|(good, (secret, hash))| made(core, caller, &access, good, secret, hash))
        .collect();
    match core.store.import_keys(&new).await {
        Ok(()) => Ok(new.into_iter().map(|new| new.key).collect()),
        // somebody else brought one of them in meanwhile
        Err(taken @ StoreError::Taken(_)) => Err(refuse_known(core, &secrets).await.err().unwrap_or(taken.into())),
        Err(error) => Err(error.into()),
    }
}

async fn check(core: &Core, access: &Access, items: &[NewImport]) -> Result<Vec<CheckedKey>, Error> {
    let now = core.clock.now();
    let mut apis = HashMap::new();
    let mut secrets = HashSet::new();
    let mut checks = Checks::default();
    let mut good = Vec::with_capacity(items.len());
    for (position, NewImport { key, secret }) in items.iter().enumerate() {
        let place = format!("items/{position}");
        if !apis.contains_key(key.api.as_str()) {
            apis.insert(key.api.as_str(), find_grantable(core, &access.org, &key.api).await?);
        }
        let api = apis[key.api.as_str()].clone();
        key.refuse_what_the_api_owner_sets(api.as_ref())?;
        checks.take_at(&place, is_api_key(key.kind));
        checks.take_at(&place, takes_imports(access, api.as_ref()));
        checks.take_at(&place, is_importable(core, secret, &mut secrets));
        let description = description_for(core, api.as_ref(), &key.operations).await?;
        good.extend(checks.take_at(&place, CheckedKey::of(key, api, description.as_ref(), now, &access.org)));
    }
    checks.finish()?;
    Ok(good)
}

fn takes_imports(access: &Access, api: Option<&GrantableApi>) -> Checked<()> {
    let tier = api.map_or(access.org.security_tier, |api| api.api.tier_for(&access.org));
    if tier.demands().imported_secrets {
        return Ok(());
    }
    validation::wrong(
        "secret",
        format!("secrets of other systems aren't allowed in the {} security tier", tier.as_str()),
    )
}

fn is_api_key(kind: CredentialKind) -> Checked<()> {
    if kind == CredentialKind::ApiKey {
        return Ok(());
    }
    validation::wrong("kind", "api_key, or leave it out: a JWT key proves itself by our own signature")
}

fn is_importable<'a>(core: &Core, secret: &'a PlainSecret, before: &mut HashSet<&'a str>) -> Checked<()> {
    if let Err(detail) = validation::imported_secret(&core.settings.brand, secret.expose()) {
        return validation::wrong("secret", detail);
    }
    if !before.insert(secret.expose()) {
        return validation::wrong("secret", "the same secret stands in this call already");
    }
    Ok(())
}

/// In the order of the secrets.
async fn hash(core: &Core, secrets: &[PlainSecret]) -> Result<Vec<SecretHash>, Error> {
    stream::iter(secrets.to_vec())
        .map(|secret| async move { core.hasher.hash_imported(&secret, core.random.as_ref()).await })
        .buffered(HASHED_AT_ONCE)
        .try_collect()
        .await
}

async fn refuse_known(core: &Core, secrets: &[PlainSecret]) -> Result<(), Error> {
    let indexes: Vec<Vec<SecretIndex>> = secrets
        .iter()
        .map(PlainSecret::expose)
        .map(|secret| {
            [Some(core.hasher.index(secret)), core.hasher.previous_index(secret)].into_iter().flatten().collect()
        })
        .collect();
    let known: HashSet<SecretIndex> = core.store.known_indexes(&indexes.concat()).await?.into_iter().collect();
    let mut checks = Checks::default();
    for (position, indexes) in indexes.iter().enumerate() {
        if indexes.iter().any(|index| known.contains(index)) {
            checks.note(
                format!("items/{position}/secret"),
                "a key with this secret exists already; each secret is one key's",
            );
        }
    }
    checks.finish()
}

fn made(
    core: &Core,
    caller: &Caller,
    access: &Access,
    good: CheckedKey,
    secret: &PlainSecret,
    hash: SecretHash,
) -> ImportedKey {
    let id = random::id(core.random.as_ref());
    let audit = core.audit_entry(caller, Some(&access.org.id), "key.import", ("key", id.as_str()));
    let audit = good.described_in(audit);
    let first = Generation {
        number: 1,
        created_at: core.clock.now(),
        ends_at: good.expires_at,
        last_used_at: None,
        jti: None,
        imported: true,
        revoked_at: None,
    };
    let index = core.hasher.index(secret.expose());
    ImportedKey { key: good.into_key(id, access.org.id.clone(), first, &audit), hash, index, audit }
}
