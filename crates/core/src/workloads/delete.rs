use latchkey_types::WorkloadRuleId;

use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;

/// Deletes a rule: from now on its tokens stand for nobody. Access tokens that were got by it live on until they
/// expire; disable the principal to end those too. Needs [`Action::ManageWorkloadRules`].
///
/// # Errors
/// [`Error::NotFound`] where it isn't the organisation's.
pub async fn delete(core: &Core, caller: &Caller, org: &str, id: &WorkloadRuleId) -> Result<(), Error> {
    let access = core.enter(caller, org, Action::ManageWorkloadRules).await?;
    let audit = core.audit_entry(caller, Some(&access.org.id), "workload_rule.delete", ("workload_rule", id.as_str()));
    Ok(core.store.delete_workload_rule(&access.org.id, id, &audit).await?)
}
