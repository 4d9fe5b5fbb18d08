//! What an app is granted.

use latchkey_core::apis::operations::GrantedOperations;
use latchkey_core::apps::{AppGrant, Exchange};
use latchkey_core::ports::StoreError;
use latchkey_types::{ApiId, ScopeSet};

use super::super::columns::{find_word, get, parsed, scopes};
use super::super::grants::Grant;
use super::super::{Row, operations};
use crate::error::corrupt;

impl Grant for AppGrant {
    const SELECT: &'static str =
        "SELECT app_id AS holder, api_id, scopes, operations, exchange FROM app_grants WHERE app_id IN (";
    const DELETE: &'static str = "DELETE FROM app_grants WHERE app_id = $1";
    const INSERT: &'static str =
        "INSERT INTO app_grants (app_id, api_id, scopes, operations, exchange) VALUES ($1, $2, $3, $4, $5)";

    fn read(row: &Row) -> Result<Self, StoreError> {
        let exchange = get::<&str>(row, "exchange")?
            .split_ascii_whitespace()
            .map(|word| find_word(word, &[Exchange::Delegation, Exchange::Impersonation], Exchange::as_str))
            .collect::<Option<_>>()
            .ok_or_else(|| corrupt("exchange: unknown word"))?;
        let operations = operations::granted(row, "operations")?;
        Ok(AppGrant { api: parsed(row, "api_id")?, scopes: scopes(row, "scopes")?, operations, exchange })
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

    fn exchange(&self) -> Option<String> {
        Some(self.exchange.iter().map(|way| way.as_str()).collect::<Vec<_>>().join(" "))
    }
}
