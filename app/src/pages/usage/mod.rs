//! Usage: chart, totals, CSV, and the piece that the live island fetches.

pub(crate) mod csv;
pub(crate) mod query;
pub(crate) mod show;

pub use csv::csv;
pub use show::{content, live, show};

use latchkey_core::usage::UsagePoint;
use latchkey_types::Outcome;
use leptos::prelude::*;

use crate::components::{ChartRange, Tab, tabs};
use crate::routes::with_query;

/// Groups points into what held and what was refused.
pub fn by_result(point: &UsagePoint) -> (String, Option<String>, Option<&'static str>) {
    let (label, class) = match point.outcome {
        Some(Outcome::Valid) => ("Valid", "c1"),
        Some(Outcome::Issued) => ("Tokens issued", "c3"),
        Some(_) => ("Refused", "refused"),
        None => ("Calls", "c1"),
    };
    (label.to_owned(), None, Some(class))
}

/// Links to the ranges of a chart; `query` keeps what else stands in the URL.
pub fn range_tabs(path: &str, query: &[(&str, &str)], current: ChartRange) -> AnyView {
    let links = ChartRange::ALL
        .into_iter()
        .map(|range| {
            let mut pairs = vec![("range", range.code())];
            pairs.extend(query);
            Tab { label: range.code().to_owned(), href: with_query(path, &pairs), current: range == current }
        })
        .collect();
    tabs("Range", links)
}
