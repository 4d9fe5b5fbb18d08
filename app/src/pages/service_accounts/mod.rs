//! Service accounts: list, forms, detail.

pub(crate) mod detail;
pub(crate) mod form;
pub(crate) mod list;

pub use detail::show;
pub use form::{edit, new};
pub use list::list;
