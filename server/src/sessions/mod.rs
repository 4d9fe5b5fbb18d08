//! Browser sessions: tower-sessions over the core's store, and who is behind one.

mod cookie;
mod layer;
mod store;

pub use cookie::{CookieStyle, read as read_cookie};
pub use layer::{around_pages, id_hash, start};
pub use store::PortalSessions;
