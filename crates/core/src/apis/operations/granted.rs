//! Credentials that were granted operations: the scopes follow from the document in force.

use latchkey_types::ScopeSet;
use serde::{Deserialize, Serialize};

use super::model::Description;
use crate::core::Core;
use crate::error::{Error, FieldError};
use crate::keys::GrantableApi;
use crate::validation::{Checked, wrong};

/// The most operations that a credential is granted by name for one API.
pub const MAX_GRANTED_OPERATIONS: usize = 512;

/// What a credential was granted by the names of operations, and beside them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedOperations {
    /// The operations, by `operationId`. One that the document in force doesn't have gives nothing.
    pub names: Vec<String>,
    /// The scopes that were given by themselves.
    pub beside: ScopeSet,
}

impl GrantedOperations {
    /// What these names and scopes are; `None` where no operation is named.
    pub fn of(names: Vec<String>, beside: &ScopeSet) -> Option<Self> {
        (!names.is_empty()).then(|| Self { names, beside: beside.clone() })
    }

    /// The scopes that the credential gets: those beside the operations, and of each operation its first alternative.
    pub fn scopes(&self, description: Option<&Description>) -> ScopeSet {
        let Some(description) = description else { return self.beside.clone() };
        let of_operations = self.names.iter().filter_map(|name| description.find(name)?.needs.first());
        of_operations.fold(self.beside.clone(), |scopes, needed| scopes.union(needed))
    }
}

/// The document that names of operations are looked up in; `None` where none is named, or the API has none.
pub(crate) async fn description_for(
    core: &Core,
    api: Option<&GrantableApi>,
    names: &[String],
) -> Result<Option<Description>, Error> {
    let Some(api) = api.filter(|_| !names.is_empty()) else { return Ok(None) };
    Ok(core.store.find_operation_table(&api.api.id).await?.map(|table| table.description))
}

/// Names of operations as typed, each once; each bad one is named by its place. What they take must be open to the holder.
pub(crate) fn check_operations(
    field: &str,
    typed: &[String],
    api: Option<&GrantableApi>,
    description: Option<&Description>,
) -> Checked<Vec<String>> {
    if typed.len() > MAX_GRANTED_OPERATIONS {
        return wrong(field, format!("at most {MAX_GRANTED_OPERATIONS} operations"));
    }
    let mut errors = Vec::new();
    let mut names: Vec<String> = Vec::with_capacity(typed.len());
    for (position, name) in typed.iter().enumerate() {
        match check_operation(name, api, description) {
            Ok(()) if names.contains(name) => {}
            Ok(()) => names.push(name.clone()),
            Err(detail) => errors.push(FieldError::new(format!("{field}/{position}"), detail)),
        }
    }
    if errors.is_empty() { Ok(names) } else { Err(errors) }
}

fn check_operation(name: &str, api: Option<&GrantableApi>, description: Option<&Description>) -> Result<(), String> {
    // that there is no such API is said where it is named
    let Some(api) = api else { return Ok(()) };
    let Some(description) = description else {
        return Err("this API has no operations: its owner has uploaded no OpenAPI document".to_owned());
    };
    let Some(operation) = description.find(name) else {
        return Err("this API has no operation of this operationId".to_owned());
    };
    let missing = operation.needs.first().map(|needed| needed.minus(&api.scopes)).unwrap_or_default();
    if missing.is_empty() {
        return Ok(());
    }
    let needs_approval = missing.is_subset(&api.api.scope_set());
    let reason = if needs_approval {
        "which needs the approval of the API's owner: ask for access first"
    } else {
        "which the API has no longer"
    };
    Err(format!("it takes {missing}, {reason}"))
}

/// Operations as the audit log shows them.
pub(crate) fn for_audit(granted: Option<&GrantedOperations>) -> serde_json::Value {
    granted.map_or_else(|| serde_json::json!([]), |granted| serde_json::json!(granted.names))
}

/// An operation that may be granted, for a person to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantableOperation {
    /// Its `operationId`.
    pub id: String,
    /// As a request line has it: `GET /orders/{id}`.
    pub request: String,
    /// What it does.
    pub summary: String,
    /// What it takes.
    pub scopes: ScopeSet,
}

/// The operations of an API that an organisation may be granted: those with an `operationId` whose scopes are open to it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn grantable_operations(core: &Core, api: &GrantableApi) -> Result<Vec<GrantableOperation>, Error> {
    let Some(table) = core.store.find_operation_table(&api.api.id).await? else { return Ok(Vec::new()) };
    let mut known = std::collections::HashSet::new();
    let mut operations: Vec<GrantableOperation> = Vec::new();
    for operation in table.description.operations {
        let Some(id) = operation.id.filter(|id| !known.contains(id)) else { continue };
        let scopes = operation.needs.into_iter().next().unwrap_or_default();
        if scopes.is_subset(&api.scopes) {
            known.insert(id.clone());
            let request = format!("{} {}", operation.method.as_str(), operation.path);
            operations.push(GrantableOperation { id, request, summary: operation.summary, scopes });
        }
    }
    Ok(operations)
}
