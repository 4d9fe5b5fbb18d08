//! Workload rules: list with the form for a new one, and the page that says which rule takes a token.

pub(crate) mod list;
pub(crate) mod test;

pub use list::list;
pub use test::tester;

use leptos::prelude::*;

use crate::components::{Tab, tabs};
use crate::routes::OrgRoutes;

/// The pages about tokens from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Rules,
    Test,
    Issuers,
}

/// Links between them.
pub(crate) fn page_tabs(slug: &str, here: Page) -> AnyView {
    let to = OrgRoutes(slug);
    let tab = |page, label: &str, href| Tab { label: label.to_owned(), href, current: page == here };
    tabs(
        "Tokens from outside",
        vec![
            tab(Page::Rules, "Workload rules", to.workload_rules()),
            tab(Page::Test, "Test a token", to.workload_test()),
            tab(Page::Issuers, "Identity providers", to.trusted_issuers()),
        ],
    )
}
