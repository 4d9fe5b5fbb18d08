use latchkey_types::{PublicKeyId, ServiceAccountId};

use super::managed;
use crate::apps::ClientKey;
use crate::caller::{Action, Caller};
use crate::client_keys::{self, Holder, NewClientKey};
use crate::core::Core;
use crate::error::Error;

fn holder(id: &ServiceAccountId) -> Holder<'_> {
    Holder { kind: "service_account", id: id.as_str() }
}

/// A service account's public keys, newest first. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where the account isn't the organisation's.
pub async fn list_keys(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
) -> Result<Vec<ClientKey>, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    client_keys::list(core, &access, holder(id)).await
}

/// Adds a public key. Needs [`Action::ManageServiceAccounts`].
///
/// # Errors
/// [`Error::Invalid`] for what is no public key of ours; [`crate::Conflict::TooManyKeys`],
/// [`crate::Conflict::AlreadyRevoked`]; [`Error::Forbidden`] where the organisation is suspended.
pub async fn create_key(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
    new: NewClientKey,
) -> Result<ClientKey, Error> {
    let (access, _) = managed(core, caller, org, id).await?;
    client_keys::add(core, caller, &access, holder(id), new).await
}

/// Deletes a public key; the last one too. Needs [`Action::ManageServiceAccounts`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't a key of this account of the organisation.
pub async fn delete_key(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ServiceAccountId,
    key: &PublicKeyId,
) -> Result<(), Error> {
    let (access, _) = managed(core, caller, org, id).await?;
    client_keys::delete(core, caller, &access, holder(id), key).await
}
