use std::net::IpAddr;

use latchkey_types::secret::{SecretKind, parse};
use latchkey_types::{ManagementKeyId, Timestamp};

use super::{ManagementKey, NewManagementKey};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, HashProfile};
use crate::plain_secret::PlainSecret;

/// How often a use is noted, in seconds.
const TOUCH_SECONDS: i64 = 60;

/// Who a presented management key is, at this instant. The row is read each time, so that what was revoked ends at
/// once on every replica; the hash of a secret that was right before isn't computed again.
///
/// A key of a suspended organisation goes on: its people see what they have, and end it.
///
/// # Errors
/// [`Error::Unauthenticated`] for anything else, with the same effort for an unknown key and a wrong secret (F-22);
/// [`Error::TooMany`] after many wrong secrets for one key.
pub async fn authenticate(core: &Core, presented: &str, ip: Option<IpAddr>) -> Result<Caller, Error> {
    let parsed = parse(&core.settings.brand, presented).map_err(|_| Error::Unauthenticated)?;
    if parsed.kind != SecretKind::Manage {
        return Err(Error::Unauthenticated);
    }
    let id = ManagementKeyId::from_random(parsed.id).map_err(|_| Error::Unauthenticated)?;
    let row = core.store.find_management_key(&id).await?;
    let hash = row.as_ref().map(|row| &row.hash);
    let checked = core.check_secret(HashProfile::Generated, id.as_str(), presented, hash).await?;
    if let (Checked::SameButOld, Some(row)) = (checked, &row) {
        upgrade(core, row, presented).await;
    }
    let now = core.clock.now();
    let key = match (checked, row) {
        (Checked::Same | Checked::SameButOld, Some(row)) if holds(&row.key, now) => row.key,
        _ => return Err(Error::Unauthenticated),
    };
    touch(core, &key, now).await;
    Ok(Caller { actor: Actor::ManagementKey { id: key.id, org: key.org, role: key.role }, ip })
}

fn holds(key: &ManagementKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > now)
}

/// Notes the use. Whether that can be written doesn't decide the call.
async fn touch(core: &Core, key: &ManagementKey, now: Timestamp) {
    if key.last_used_at.is_some_and(|at| at.plus_seconds(TOUCH_SECONDS) > now) {
        return;
    }
    if let Err(error) = core.store.touch_management_key(&key.id, now).await {
        tracing::warn!(management_key.id = %key.id, %error, "the use of a management key could not be noted");
    }
}

/// Puts a hash of the current profile in the place of an older one. The answer doesn't depend on its success.
async fn upgrade(core: &Core, row: &NewManagementKey, presented: &str) {
    let done = async {
        let new = core.hasher.hash(&PlainSecret::new(presented.to_owned()), core.random.as_ref()).await?;
        core.store.upgrade_management_key_hash(&row.key.id, &row.hash, &new).await.map_err(Error::from)
    };
    if let Err(error) = done.await {
        tracing::warn!(management_key.id = %row.key.id, %error, "the hash of a management key could not be upgraded");
    }
}
