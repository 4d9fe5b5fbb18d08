//! Management keys: what drives the management API.

mod model;

pub use model::{ManagementKey, NewManagementKey};
