//! Apps: list, forms, the page that shows a client secret once, detail.

pub(crate) mod calls;
pub(crate) mod created;
pub(crate) mod detail;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod warnings;

pub use created::created;
pub use detail::show;
pub use form::{edit, new};
pub use list::list;
