use latchkey_types::{AppId, PublicKeyId};

use super::{App, ClientKey};
use crate::caller::{Action, Caller};
use crate::client_keys::{self, Holder, NewClientKey};
use crate::core::Core;
use crate::error::Error;

fn holder(id: &AppId) -> Holder<'_> {
    Holder { kind: "app", id: id.as_str() }
}

/// An app's public keys, newest first, expired ones too. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where the app isn't the organisation's.
pub async fn list_keys(core: &Core, caller: &Caller, org: &str, id: &AppId) -> Result<Vec<ClientKey>, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    client_keys::list(core, &access, holder(id)).await
}

/// Registers a public key for an app, at most [`super::MAX_CLIENT_KEYS`]. It proves the app where its way to
/// authenticate is `private_key_jwt`; until then it waits. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::Invalid`] for what is no public key, one of a `kid` that the app has already, and where the app's keys are
/// fetched; [`crate::Conflict::TooManyKeys`]; [`crate::Conflict::AlreadyRevoked`] where the app is revoked.
pub async fn add_key(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &AppId,
    new: NewClientKey,
) -> Result<ClientKey, Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    let app: App = core.store.find_app(&access.org.id, id).await?.ok_or(Error::NotFound)?;
    if app.jwks_uri.is_some() {
        return Err(Error::invalid("jwk", "this app's keys are fetched from its jwks_uri: publish the key there"));
    }
    client_keys::add(core, caller, &access, holder(id), new).await
}

/// Ends a public key; the last one too. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't a key of this app of the organisation.
pub async fn delete_key(core: &Core, caller: &Caller, org: &str, id: &AppId, key: &PublicKeyId) -> Result<(), Error> {
    let access = core.enter(caller, org, Action::ManageCredentials).await?;
    client_keys::delete(core, caller, &access, holder(id), key).await
}
