//! `GET /api/v1/orgs/{slug}/usage`, as JSON or CSV.

use std::fmt::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::usage::{GroupBy, ReportRequest, Side, UsagePoint};
use latchkey_core::{Core, usage};
use latchkey_types::{ApiId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Refusal;
use super::extract::{At, By, Query, invalid};
use super::paths::OrgPath;
use super::words::Bucket;
use crate::http::Problem;

/// A series of counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// The points that aren't 0, in time's order.
    pub series: Vec<Point>,
}

/// One point of a series. What isn't grouped by is absent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsagePoint)]
pub struct Point {
    /// The start of the bucket (UTC).
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// `key_…` or `app_…`; null: a call with no known credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub credential: Option<Option<String>>,
    /// Which of the credential's secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// `api_…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// A code of verify, or `ISSUED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// How many.
    pub count: i64,
}

impl From<UsagePoint> for Point {
    fn from(point: UsagePoint) -> Self {
        Self {
            from: point.from,
            credential: point.credential,
            generation: point.generation,
            api: point.api.map(|api| api.to_string()),
            outcome: point.outcome.map(|outcome| outcome.as_str().to_owned()),
            count: point.count,
        }
    }
}

/// Which counts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageParameters {
    /// From here; a day before `to` unless said.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// To here, exclusive; now unless said.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// How long one point is.
    #[serde(default)]
    #[param(inline)]
    bucket: Bucket,
    /// What to tell apart: `credential`, `generation`, `api`, `outcome`, with commas between them.
    group_by: Option<String>,
    /// Only this credential: `key_…` or `app_…`
    credential: Option<String>,
    /// Only this API: `api_…`
    #[param(value_type = Option<String>)]
    api: Option<ApiId>,
}

const A_DAY: i64 = 86_400;

/// Counts the organisation's calls, and the calls to its APIs. `Accept: text/csv` answers CSV.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/usage",
    operation_id = "usage.report",
    tag = "usage",
    security(("management_key" = ["viewer"])),
    params(OrgPath, UsageParameters),
    responses(
        (status = 200, description = "The counts", content((Usage = "application/json"), (String = "text/csv"))),
        Refusal
    )
)]
pub async fn usage(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(parameters): Query<UsageParameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let to = parameters.to.unwrap_or_else(|| core.clock.now().plus_seconds(1));
    let group_by = group_by(parameters.group_by.as_deref().unwrap_or_default())?;
    let request = ReportRequest {
        from: parameters.from.unwrap_or_else(|| to.plus_seconds(-A_DAY)),
        to,
        bucket: parameters.bucket.into(),
        group_by,
        side: Side::Both,
        credential: parameters.credential,
        api: parameters.api,
    };
    let points = usage::report(&core, &caller, &path.slug, request).await?;
    if wants_csv(&headers) {
        let csv = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::VARY, "Accept")];
        return Ok((csv, as_csv(&points, group_by)).into_response());
    }
    let series = points.into_iter().map(Point::from).collect();
    Ok(([(header::VARY, "Accept")], Json(Usage { series })).into_response())
}

fn group_by(text: &str) -> Result<GroupBy, Problem> {
    let mut group_by = GroupBy::default();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word {
            "credential" => group_by.credential = true,
            "generation" => group_by.generation = true,
            "api" => group_by.api = true,
            "outcome" => group_by.outcome = true,
            _ => {
                return Err(invalid(
                    "group_by",
                    "some of credential, generation, api, outcome, with commas between them",
                ));
            }
        }
    }
    Ok(group_by)
}

/// Whether CSV is named before JSON.
fn wants_csv(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let types = accept.split(',').map(|range| range.split(';').next().unwrap_or_default().trim());
    let mut known = types.filter(|kind| matches!(*kind, "text/csv" | "application/json"));
    known.next() == Some("text/csv")
}

/// RFC 4180. Every value is an id, a word or a number: nothing needs quotes.
fn as_csv(points: &[UsagePoint], group_by: GroupBy) -> String {
    let columns = [
        ("credential", group_by.credential),
        ("generation", group_by.generation),
        ("api", group_by.api),
        ("outcome", group_by.outcome),
    ];
    let mut csv = "from".to_owned();
    for (name, _) in columns.iter().filter(|(_, shown)| *shown) {
        csv.push(',');
        csv.push_str(name);
    }
    csv.push_str(",count\r\n");
    for point in points {
        let _ = write!(csv, "{}", point.from);
        if group_by.credential {
            let _ = write!(csv, ",{}", point.credential.as_ref().and_then(Option::as_deref).unwrap_or_default());
        }
        if group_by.generation {
            let _ = write!(csv, ",{}", point.generation.unwrap_or_default());
        }
        if group_by.api {
            let _ = write!(csv, ",{}", point.api.as_ref().map(ApiId::as_str).unwrap_or_default());
        }
        if group_by.outcome {
            let _ = write!(csv, ",{}", point.outcome.map(latchkey_types::Outcome::as_str).unwrap_or_default());
        }
        let _ = write!(csv, ",{}\r\n", point.count);
    }
    csv
}

#[cfg(test)]
mod tests {
    use latchkey_types::Outcome;

    use super::*;

    #[test]
    fn csv_has_the_columns_that_were_grouped_by() {
        let point = UsagePoint {
            from: "2027-01-01T00:00:00Z".parse().unwrap(),
            credential: Some(None),
            generation: None,
            api: None,
            outcome: Some(Outcome::NotFound),
            count: 3,
        };
        let grouped = group_by("credential, outcome").unwrap();
        assert_eq!(as_csv(&[point], grouped), "from,credential,outcome,count\r\n2027-01-01T00:00:00Z,,NOT_FOUND,3\r\n");
        assert_eq!(group_by("nonsense").unwrap_err().errors[0].pointer, "/group_by");
    }

    #[test]
    fn csv_is_for_who_asks_for_it_first() {
        for (accept, csv) in
            [("text/csv", true), ("text/csv;q=1, */*", true), ("application/json, text/csv", false), ("*/*", false)]
        {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(wants_csv(&headers), csv, "{accept}");
        }
    }
}
