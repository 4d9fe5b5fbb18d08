use latchkey_types::{CredentialKind, CredentialStatus, KeyId};

use super::new_secret::{SecretDraft, new_secret};
use super::{
    CreatedKey, Generation, Key, Rotation, already_revoked, check_open, find_grantable, lifetime, refuse_suspended,
};
use crate::caller::{Action, Caller};
use crate::core::{Access, Core};
use crate::error::Error;
use crate::ports::StoreError;
use crate::validation::Checks;

/// The longest that an old secret may hold on: 30 days.
pub const MAX_OVERLAP_SECONDS: i64 = 30 * 24 * 3600;
/// How often somebody else may rotate the same key while we do.
const TRIES: usize = 4;

/// A new secret of the next generation; the old one holds for `overlap_seconds` more (0 to 2 592 000), but not beyond
/// its own end. A JWT key gets a new JWT that lives as long as the one before it, and the key's end moves with it.
/// Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`crate::Conflict::AlreadyRevoked`] where it is revoked; [`Error::Invalid`] for another overlap, at `expires_at` for
/// an API key that has expired, and at `api` where the API isn't open to the organisation any more.
pub async fn rotate(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &KeyId,
    overlap_seconds: i64,
) -> Result<CreatedKey, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    refuse_suspended(&access.org)?;
    if !(0..=MAX_OVERLAP_SECONDS).contains(&overlap_seconds) {
        return Err(Error::invalid("overlap_seconds", format!("0 to {MAX_OVERLAP_SECONDS}")));
    }
    for _ in 0..TRIES {
        let key = core.store.find_key(&access.org.id, id).await?.ok_or(Error::NotFound)?;
        match rotate_from(core, caller, &access, &key, overlap_seconds).await {
            // somebody else rotated or revoked it since it was read
            Err(RotateError::Stale) => {}
            Err(RotateError::Other(error)) => return Err(error),
            Ok(created) => return Ok(created),
        }
    }
    Err(Error::Unavailable(Box::new(StoreError::Stale)))
}

enum RotateError {
    Stale,
    Other(Error),
}

impl From<Error> for RotateError {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

async fn rotate_from(
    core: &Core,
    caller: &Caller,
    access: &Access,
    key: &Key,
    overlap_seconds: i64,
) -> Result<CreatedKey, RotateError> {
    let now = core.clock.now();
    let is_jwt = key.kind == CredentialKind::JwtKey;
    match key.status(now) {
        CredentialStatus::Revoked => return Err(already_revoked().into()),
        // where its secret alone has ended, a new one is what it needs
        CredentialStatus::Expired if !is_jwt && key.expires_at.is_some_and(|end| end <= now) => {
            return Err(Error::invalid("expires_at", "the key has expired: give it a later end first").into());
        }
        _ => {}
    }
    let mut checks = Checks::default();
    let api = checks.take(check_open("api", find_grantable(core, &access.org, key.api.as_str()).await?).map(Some));
    checks.finish()?;
    let Some(api) = api else { return Err(Error::NotFound.into()) };

    let tier = api.api.tier_for(&access.org);
    if !tier.demands().takes_kind(key.kind) {
        let detail = format!("JWT keys aren't allowed in the {} security tier: make an API key", tier.as_str());
        return Err(Error::invalid("kind", detail).into());
    }
    let limit = tier.demands().key_days(key.kind, access.org.settings.max_key_lifetime_days);
    let expires_at = if is_jwt {
        Some(lifetime::of_next_jwt(key, now, limit))
    } else {
        lifetime::of_next_secret(key, now, tier.demands().max_api_key_days)
    };
    // what the API's owner took back since isn't signed again
    let scopes = key.scopes.intersection(&api.scopes);
    let draft = SecretDraft {
        kind: key.kind,
        environment: key.environment,
        id: &key.id,
        org: &access.org,
        api: &api.api,
        scopes: &scopes,
        addresses: &key.addresses,
        expires_at,
    };
    let secret = new_secret(core, draft).await?;
    let generation = Generation {
        number: key.generations.first().map_or(1, |generation| generation.number + 1),
        created_at: now,
        ends_at: expires_at,
        last_used_at: None,
        jti: secret.jti,
        imported: false,
        revoked_at: None,
    };
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "key.rotate", ("key", key.id.as_str()))
        .with("generation", generation.number)
        .with("overlap_seconds", overlap_seconds);
    let rotation = Rotation {
        generation,
        secret: secret.proof,
        old_ends_at: now.plus_seconds(overlap_seconds),
        key_expires_at: expires_at.filter(|_| is_jwt || expires_at != key.expires_at),
    };
    let rotated = core.store.rotate_key(&key.org, &key.id, &rotation, &audit).await;
    match rotated {
        Ok(key) => Ok(CreatedKey { key, secret: secret.plain }),
        Err(StoreError::Stale) => Err(RotateError::Stale),
        Err(error) => Err(RotateError::Other(error.into())),
    }
}
