use latchkey_types::TrustedIssuerId;

use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// Trusts an identity provider no longer: its tokens can't be exchanged from now on. What they were exchanged for ends
/// with them. Needs [`Action::ManageWorkloadRules`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn delete(core: &Core, caller: &Caller, org: &str, id: &TrustedIssuerId) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageWorkloadRules).await?.org;
    let audit = core.audit_entry(caller, Some(&org.id), "trusted_issuer.delete", ("trusted_issuer", id.as_str()));
    Ok(core.store.delete_trusted_issuer(&org.id, id, &audit).await?)
}
