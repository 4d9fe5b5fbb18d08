use latchkey_types::KeyId;

use super::Key;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// One key. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn get(core: &Core, caller: &Caller, org: &str, id: &KeyId) -> Result<Key, Error> {
    let access = core.enter(caller, org, Action::ReadCredentials).await?;
    core.store.find_key(&access.org.id, id).await?.ok_or(Error::NotFound)
}
