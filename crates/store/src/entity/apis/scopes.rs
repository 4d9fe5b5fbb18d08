//! The scopes of an API: JSON in `apis.scopes`.

use latchkey_core::apis::{ApiScope, ScopeGrant};
use latchkey_core::ports::StoreError;
use latchkey_types::Scope;
use serde::{Deserialize, Serialize};

use super::super::columns::find_word;
use crate::error::corrupt;

/// One scope in the JSON of `apis.scopes`.
#[derive(Serialize, Deserialize)]
struct ScopeColumn {
    name: Scope,
    description: String,
    grant: String,
}

pub(super) fn json(scopes: &[ApiScope]) -> Result<String, StoreError> {
    let column: Vec<ScopeColumn> = scopes
        .iter()
        .map(|scope| ScopeColumn {
            name: scope.name.clone(),
            description: scope.description.clone(),
            grant: scope.grant.as_str().to_owned(),
        })
        .collect();
    serde_json::to_string(&column).map_err(corrupt)
}

pub(super) fn from_json(json: &str) -> Result<Vec<ApiScope>, StoreError> {
    let column: Vec<ScopeColumn> = serde_json::from_str(json).map_err(corrupt)?;
    let mut scopes = column
        .into_iter()
        .map(|scope| {
            let grant = find_word(&scope.grant, &[ScopeGrant::SelfService, ScopeGrant::Approval], ScopeGrant::as_str)
                .ok_or_else(|| corrupt("scopes: unknown grant"))?;
            Ok(ApiScope { name: scope.name, description: scope.description, grant })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    scopes.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(scopes)
}
