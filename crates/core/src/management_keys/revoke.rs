use latchkey_types::ManagementKeyId;

use super::enter;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// Revokes a management key, one's own too; again is fine. Needs [`crate::Action::ManageManagementKeys`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's; [`Error::Forbidden`] for a key of a role above the caller's own.
pub async fn revoke(core: &Core, caller: &Caller, org: Option<&str>, id: &ManagementKeyId) -> Result<(), Error> {
    let place = enter(core, caller, org).await?;
    let org = place.org.as_ref().map(|org| &org.id);
    let key = core.store.find_management_key(id).await?.map(|row| row.key).filter(|key| key.org.as_ref() == org);
    let key = key.ok_or(Error::NotFound)?;
    if key.role > place.role {
        return Err(Error::Forbidden("a management key of a higher role is ended by who has that role"));
    }
    if key.revoked_at.is_some() {
        return Ok(());
    }
    let audit = core.audit_entry(caller, org, "management_key.revoke", ("management_key", id.as_str()));
    Ok(core.store.revoke_management_key(org, id, core.clock.now(), &audit).await?)
}
