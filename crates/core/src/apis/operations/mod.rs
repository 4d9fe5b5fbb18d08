//! Operations: what an API can be called for, as its `OpenAPI` document says, and which scopes each call takes.
//!
//! A document is read ([`read_document`]) into a [`Description`]; a [`Matcher`] finds the operation of a call in it.

mod change;
mod diff;
mod document;
mod granted;
mod matcher;
mod model;
mod path;
mod read;
mod reader;
mod template;
mod trie;
mod unknown;

pub use change::{
    NewDocument, apply_proposed_operations, discard_proposed_operations, preview_operations, propose_operations,
    proposed_operations, set_operations,
};
pub use diff::{
    LiveCredential, MAX_LISTED_CREDENTIALS, MAX_LISTED_OPERATIONS, NewlyRefused, OperationDiff, RefusedOperation,
    with_new_scopes,
};
pub use document::{DocumentError, DocumentFormat};
pub use granted::{GrantableOperation, GrantedOperations, MAX_GRANTED_OPERATIONS, grantable_operations};
pub(crate) use granted::{check_operations, description_for, for_audit as operations_for_audit};
pub use matcher::{Lookup, Matcher};
pub use model::{Description, Method, NamedScope, Operation, OperationTable, UnknownOperation, UnknownOperations};
pub use read::{operations, unknown_operations};
pub use reader::{MAX_OPERATIONS, read as read_document};
pub use unknown::{MAX_UNKNOWN_OPERATIONS, OTHERS, UnknownCall, UnknownCalls, flush_unknown_operations};
