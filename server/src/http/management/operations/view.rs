//! Operations as the management API shows them.

use latchkey_core::apis;
use latchkey_core::apis::operations;
use latchkey_types::{ScopeSet, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::management::apis::view::Scope;
use crate::http::management::words::CredentialKind;

/// The operations of an API.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationTable {
    /// The document in force.
    pub document: Option<Document>,
    /// Its operations, by path and method.
    pub operations: Vec<Operation>,
    /// What was called since that the document doesn't have, the most frequent first.
    pub unknown_operations: Vec<UnknownOperation>,
}

/// A document in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// SHA-256 of it, hexadecimal.
    pub sha256: String,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime)]
    pub uploaded_at: Timestamp,
    /// Who uploaded it.
    pub uploaded_by: String,
}

/// One operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Operation {
    /// Its `operationId`, by which credentials are granted it.
    pub operation_id: Option<String>,
    /// How it is called.
    pub method: &'static str,
    /// Where: a template, with the base path of the server.
    pub path: String,
    /// What it does, for people.
    pub summary: String,
    /// What it takes: all scopes of one of these; none of these: no scope.
    pub scopes: Vec<Vec<String>>,
}

/// Calls that no operation was found for.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnknownOperation {
    /// The method; `*`: one that isn't a usual one.
    pub method: String,
    /// The path, with `{}` for what may be an id; `*`: all others.
    pub path: String,
    /// Whether the path can be read in more than one way; such calls are refused whatever `unknown_operations` says.
    pub ambiguous: bool,
    /// How many.
    pub count: i64,
    /// When the last one was.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
}

impl OperationTable {
    /// A table with what was called besides.
    pub fn of(table: Option<operations::OperationTable>, unknown: Vec<operations::UnknownOperation>) -> Self {
        let unknown_operations = unknown.into_iter().map(UnknownOperation::from).collect();
        let Some(table) = table else { return Self { document: None, operations: Vec::new(), unknown_operations } };
        let document = Document {
            title: table.description.title,
            version: table.description.version,
            sha256: table.digest,
            uploaded_at: table.uploaded_at,
            uploaded_by: table.uploaded_by,
        };
        let operations = table.description.operations.into_iter().map(Operation::from).collect();
        Self { document: Some(document), operations, unknown_operations }
    }
}

impl From<operations::Operation> for Operation {
    fn from(operation: operations::Operation) -> Self {
        Self {
            operation_id: operation.id,
            method: operation.method.as_str(),
            path: operation.path,
            summary: operation.summary,
            scopes: operation.needs.iter().map(names).collect(),
        }
    }
}

impl From<operations::UnknownOperation> for UnknownOperation {
    fn from(unknown: operations::UnknownOperation) -> Self {
        Self {
            method: unknown.method,
            path: unknown.path,
            ambiguous: unknown.ambiguous,
            count: unknown.count,
            last_seen_at: unknown.last_seen_at,
        }
    }
}

fn names(scopes: &ScopeSet) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

/// What a document changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationDiff {
    /// Whether it was applied.
    pub applied: bool,
    /// Its operations against those before.
    pub operations: OperationChanges,
    /// Its scopes against the API's.
    pub scopes: ScopeChanges,
    /// Whose calls are refused that were allowed before, at most 200.
    pub newly_refused: Vec<NewlyRefused>,
    /// How many credentials that are, listed or not.
    pub newly_refused_count: usize,
}

/// Operations against those before.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationChanges {
    /// Those that are new.
    pub added: Vec<Operation>,
    /// Those that are gone.
    pub removed: Vec<Operation>,
    /// Those that take other scopes, or have another `operationId`.
    pub changed: Vec<ChangedOperation>,
    /// How many stay as they were.
    pub unchanged: usize,
}

/// An operation as it was, and as it becomes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedOperation {
    /// As it was.
    pub from: Operation,
    /// As it becomes.
    pub to: Operation,
}

/// Scopes against the API's.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScopeChanges {
    /// Those that the API gets.
    pub added: Vec<Scope>,
    /// Those that the document before named and this one doesn't. The API keeps them.
    pub no_longer_named: Vec<String>,
}

/// A credential, some of whose calls are refused that were allowed.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewlyRefused {
    /// Which.
    pub credential: AffectedCredential,
    /// Of which operations, at most 20.
    pub operations: Vec<RefusedOperation>,
    /// Of how many, listed or not.
    pub operation_count: usize,
}

/// A credential, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct AffectedCredential {
    /// `key_…`, `app_…` or `sa_…`
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// The holder's slug.
    pub organisation: String,
}

/// An operation whose calls are refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedOperation {
    /// Its `operationId`.
    pub operation_id: Option<String>,
    /// How it is called.
    pub method: &'static str,
    /// Where.
    pub path: String,
    /// What the credential lacks; nothing where the operation is gone and the API strict.
    pub missing_scopes: Vec<String>,
}

impl OperationDiff {
    /// A diff that was applied, or wasn't.
    pub fn of(diff: operations::OperationDiff, applied: bool) -> Self {
        let changed = |(from, to): (operations::Operation, operations::Operation)| ChangedOperation {
            from: from.into(),
            to: to.into(),
        };
        let operations = OperationChanges {
            added: diff.added.into_iter().map(Operation::from).collect(),
            removed: diff.removed.into_iter().map(Operation::from).collect(),
            changed: diff.changed.into_iter().map(changed).collect(),
            unchanged: diff.unchanged,
        };
        let scopes = ScopeChanges {
            added: diff.scopes_added.into_iter().map(|scope: apis::ApiScope| Scope::from(scope)).collect(),
            no_longer_named: diff.scopes_no_longer_named.iter().map(ToString::to_string).collect(),
        };
        let newly_refused = diff.newly_refused.into_iter().map(NewlyRefused::from).collect();
        Self { applied, operations, scopes, newly_refused, newly_refused_count: diff.newly_refused_count }
    }
}

impl From<operations::NewlyRefused> for NewlyRefused {
    fn from(refused: operations::NewlyRefused) -> Self {
        let credential = AffectedCredential {
            id: refused.credential.id,
            kind: refused.credential.kind.into(),
            name: refused.credential.name,
            organisation: refused.credential.org_slug,
        };
        let operation = |refused: operations::RefusedOperation| RefusedOperation {
            operation_id: refused.operation.id,
            method: refused.operation.method.as_str(),
            path: refused.operation.path,
            missing_scopes: names(&refused.missing),
        };
        let operations = refused.operations.into_iter().map(operation).collect();
        Self { credential, operations, operation_count: refused.count }
    }
}
