//! APIs: list, forms, detail.

mod detail;
mod form;
mod list;

pub use detail::show;
pub use form::{edit, new};
pub use list::list;
