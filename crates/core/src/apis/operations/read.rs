//! Seeing an API's operations.

use latchkey_types::ApiId;

use super::model::{OperationTable, UnknownOperation};
use crate::apis::read::owned;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// The operations in force of an API of the organisation; `None` where no document was uploaded. Needs
/// [`Action::ReadApis`].
pub async fn operations(core: &Core, caller: &Caller, org: &str, id: &ApiId) -> Result<Option<OperationTable>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    Ok(core.store.find_operation_table(&api.id).await?)
}

/// The calls of an API of the organisation that no operation was found for, the most frequent first; at most 201. Needs
/// [`Action::ReadApis`].
pub async fn unknown_operations(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
) -> Result<Vec<UnknownOperation>, Error> {
    let org = core.enter(caller, org, Action::ReadApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    Ok(core.store.list_unknown_operations(&api.id).await?)
}
