//! APIs: list, forms, detail.

pub(crate) mod call_paths;
pub(crate) mod detail;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod operations;

pub use call_paths::call_paths;
pub use detail::show;
pub use form::{edit, new};
pub use list::list;
pub use operations::{operations, review};
