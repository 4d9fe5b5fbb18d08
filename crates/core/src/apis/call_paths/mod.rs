//! Which chains of callers may reach an API (contract section 10, "Management").

mod chain;
mod change;
mod graph;
mod model;

pub(crate) use chain::{chain, chain_of};
pub use change::{NewCallPath, NewCallPaths, call_paths, set_call_paths};
pub use graph::{CallEdge, CallGraph, CallNode, call_graph};
pub use model::{CallPath, CallPathDefault, CallPaths, MAX_CALL_DEPTH, MAX_CALL_PATHS};
