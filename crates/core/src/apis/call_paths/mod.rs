//! Which chains of callers may reach an API (contract section 10, "Management").

mod change;
mod chain;
mod graph;
mod model;

pub use change::{NewCallPath, NewCallPaths, call_paths, set_call_paths};
pub(crate) use chain::{chain, chain_of};
pub use graph::{CallEdge, CallGraph, CallNode, call_graph};
pub use model::{CallPath, CallPathDefault, CallPaths, MAX_CALL_DEPTH, MAX_CALL_PATHS};
