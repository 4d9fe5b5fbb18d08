//! Apps: list, forms, the page that shows a client secret once, detail.

mod created;
mod detail;
mod form;
mod list;

pub use created::created;
pub use detail::show;
pub use form::new;
pub use list::list;
