//! `/orgs/{slug}/usage.csv`: the points of the chart, told apart by credential, API and outcome (RFC 4180).

use std::fmt::Write;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use latchkey_core::usage::{GroupBy, ReportRequest, UsagePoint};
use latchkey_core::{Action, usage};

use super::query::UsageAsked;
use crate::request::{Ctx, PageResult};

/// The file.
pub async fn csv(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    ctx.core().enter(ctx.caller(), &slug, Action::ReadUsage).await?;
    let group_by = GroupBy { credential: true, api: true, outcome: true, ..GroupBy::default() };
    let request = ReportRequest { group_by, ..UsageAsked::from_query(&ctx).report(ctx.now) };
    let points = usage::report(ctx.core(), ctx.caller(), &slug, request).await?;
    let mut response = file(&points).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"usage.csv\""));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// Every value is an instant, an id, a code or a number: nothing to quote, and nothing that a spreadsheet takes for a formula.
fn file(points: &[UsagePoint]) -> String {
    let mut text = String::from("from,credential,api,outcome,count\r\n");
    for point in points {
        let credential = point.credential.clone().flatten().unwrap_or_default();
        let api = point.api.as_ref().map(ToString::to_string).unwrap_or_default();
        let outcome = point.outcome.map(latchkey_types::Outcome::as_str).unwrap_or_default();
        let _ = write!(text, "{},{credential},{api},{outcome},{}\r\n", point.from, point.count);
    }
    text
}

#[cfg(test)]
mod tests {
    use latchkey_types::Outcome;

    use super::*;

    #[test]
    fn a_line_for_each_point() {
        let point = UsagePoint {
            from: "2027-01-31T09:00:00Z".parse().unwrap(),
            credential: Some(Some("key_7Gk2mPq9XzRtA1b2".to_owned())),
            generation: None,
            api: None,
            outcome: Some(Outcome::Valid),
            count: 7,
        };
        let expected = "from,credential,api,outcome,count\r\n2027-01-31T09:00:00Z,key_7Gk2mPq9XzRtA1b2,,VALID,7\r\n";
        assert_eq!(file(&[point]), expected);
    }
}
