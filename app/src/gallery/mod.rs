//! Every page with sample content whose names are as hostile as names can be, held to what all pages promise.
//! With `LATCHKEY_GALLERY` naming a folder the pages are also written there, to be looked at.

mod check;
mod leaks;
mod notices;
mod operations;
mod programs;
mod rendered;
pub(crate) mod samples;
mod security;

use std::collections::BTreeSet;

use latchkey_types::Role;
use leptos::prelude::*;

use self::notices::notice_pages;
use self::programs::{app_pages, program_pages};
use self::rendered::{key_pages, org_pages, plain_pages};
use self::samples::{HOSTILE, chart, grantable, key, keys, left, listed, nav, now, person};
use crate::components::{ChartRange, FormState, OrgNav, Section, org_layout};
use crate::pages;
use crate::shell::{document, render};

fn gallery() -> Vec<(&'static str, String)> {
    let mut pages = plain_pages();
    pages.extend(org_pages());
    pages.extend(key_pages());
    pages.extend(app_pages());
    pages.extend(program_pages());
    pages.extend(notice_pages());
    pages.extend(check::check_pages());
    pages.extend(leaks::leak_pages());
    pages.extend(security::security_pages());
    pages.extend(operations::operation_pages());
    pages.into_iter().map(|(name, body)| (name, document(HOSTILE, "n0nce", "", &body))).collect()
}

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    html.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

// F-27, Q2
#[test]
fn no_page_lets_a_name_become_markup_and_none_needs_an_inline_style() {
    for (name, html) in gallery() {
        assert!(!html.contains("<script>alert") && !html.contains("refunds:<b>"), "{name}");
        assert!(!html.contains(" style=") && !html.contains("<style"), "{name}: inline style");
        assert!(!html.contains(" onclick") && !html.contains("=\"javascript:"), "{name}: inline script");
        let scripts = html.matches("<script").count();
        assert!(scripts <= 1, "{name}: {scripts} scripts");
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_one_finds_it() {
    for (name, html) in gallery() {
        let ids = values(&html, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        let twice: Vec<&&str> = ids.iter().filter(|id| ids.iter().filter(|other| other == id).count() > 1).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
        for attribute in ["for", "aria-describedby", "aria-labelledby", "popovertarget"] {
            for reference in values(&html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(unique.contains(reference), "{name}: {attribute}={reference}");
            }
        }
        for fragment in values(&html, "href").into_iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(unique.contains(fragment), "{name}: #{fragment}");
        }
    }
}

#[test]
fn every_page_has_one_heading_of_the_first_rank_and_a_way_past_the_navigation() {
    for (name, html) in gallery() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main ").count(), 1, "{name}");
        assert!(html.contains("href=\"#main\" class=\"skip\""), "{name}");
    }
}

#[test]
fn pages_can_be_looked_at() {
    let pages = gallery();
    assert!(pages.len() > 25);
    let Some(folder) = std::env::var_os("LATCHKEY_GALLERY") else { return };
    for (name, html) in pages {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), html).unwrap();
    }
}

// What a role may not do is refused by the use case; here it isn't even offered.
#[test]
fn a_viewer_is_offered_nothing_that_changes_things() {
    let html = render(|| {
        let nav = OrgNav { role: Role::Viewer, ..nav(Section::Keys) };
        let list = pages::keys::list::content(
            &nav,
            &listed(keys()),
            &grantable(),
            &pages::keys::list::Filters::default(),
            now(),
        );
        let detail = pages::keys::detail::content(&pages::keys::detail::KeyDetail {
            nav: nav.clone(),
            key: key(1, "Checkout service"),
            apis: grantable(),
            left: left(),
            leaks: Vec::new(),
            chart: chart(ChartRange::Day),
            form: FormState::default(),
            now: now(),
        });
        org_layout(&person(), &nav, None, view! { {list}{detail} }.into_any())
    });
    assert!(!html.contains("/_portal/"), "a form that changes something");
    for path in ["/orgs/acme/keys/new", "/orgs/acme/settings", "/orgs/acme/members", "/orgs/acme/audit"] {
        assert!(!html.contains(&format!("\"{path}\"")), "{path}");
    }
    assert!(html.contains("\"/orgs/acme/usage\""));
}
