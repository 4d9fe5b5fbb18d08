//! What a service account is granted, where its grants are listed.

use latchkey_core::apis::operations::GrantedOperations;
use latchkey_core::ports::StoreError;
use latchkey_core::service_accounts::AccountGrant;
use latchkey_types::{ApiId, ScopeSet};

use super::super::columns::{parsed, scopes};
use super::super::grants::Grant;
use super::super::{Row, operations};

impl Grant for AccountGrant {
    const SELECT: &'static str =
        "SELECT account_id AS holder, api_id, scopes, operations FROM service_account_grants WHERE account_id IN (";
    const DELETE: &'static str = "DELETE FROM service_account_grants WHERE account_id = $1";
    const INSERT: &'static str =
        "INSERT INTO service_account_grants (account_id, api_id, scopes, operations) VALUES ($1, $2, $3, $4)";

    fn read(row: &Row) -> Result<Self, StoreError> {
        let operations = operations::granted(row, "operations")?;
        Ok(AccountGrant { api: parsed(row, "api_id")?, scopes: scopes(row, "scopes")?, operations })
    }

    fn api(&self) -> &ApiId {
        &self.api
    }

    fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    fn operations(&self) -> Option<&GrantedOperations> {
        self.operations.as_ref()
    }
}
