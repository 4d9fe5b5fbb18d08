//! `PUT /api/v1/orgs/{slug}/apis/{id}/openapi`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use latchkey_core::Core;
use latchkey_core::apis::operations::{self, DocumentFormat, NewDocument};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::operations::view::OperationDiff;
use crate::http::management::paths::ApiPath;
use crate::http::{Problem, json};

/// Whether to apply.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SetQuery {
    /// `true`: only answers what would change.
    #[serde(default)]
    dry_run: bool,
}

/// Puts the operations of an `OpenAPI` 3.0 or 3.1 document in force, JSON or YAML by its `Content-Type`, and answers what
/// changed. Scopes that the document names and the API lacks are made. Needs admin.
#[utoipa::path(
    put,
    path = "/orgs/{slug}/apis/{id}/openapi",
    operation_id = "api.openapi.set",
    tag = "APIs",
    security(("management_key" = ["admin"])),
    params(ApiPath, SetQuery),
    request_body(content(
        (String = "application/yaml"),
        (Object = "application/json"),
    ), description = "An OpenAPI document, at most 5 MiB"),
    responses(
        (status = 200, description = "What changed, or would change", body = OperationDiff),
        (status = 413, description = "The document is larger than 5 MiB.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The `Content-Type` is neither JSON's nor YAML's.", body = Problem, content_type = "application/problem+json"),
        Refusal
    )
)]
pub async fn set(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<ApiPath>,
    Query(query): Query<SetQuery>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<OperationDiff>, Problem> {
    let format = format(&headers).ok_or_else(unsupported)?;
    let text = body.map_err(|rejection| json::unreadable(&rejection))?;
    let document = NewDocument { text: text.to_vec(), format };
    let diff = if query.dry_run {
        operations::preview_operations(&core, &caller, &path.slug, &path.id, document).await?
    } else {
        operations::set_operations(&core, &caller, &path.slug, &path.id, document).await?
    };
    Ok(Json(OperationDiff::of(diff, !query.dry_run)))
}

/// As the media type says (RFC 8259, RFC 9512; `OpenAPI` has `application/openapi+json` and `+yaml`).
fn format(headers: &HeaderMap) -> Option<DocumentFormat> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Some(DocumentFormat::Json),
        "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => Some(DocumentFormat::Yaml),
        other if other.starts_with("application/") && other.ends_with("+json") => Some(DocumentFormat::Json),
        other if other.starts_with("application/") && other.ends_with("+yaml") => Some(DocumentFormat::Yaml),
        _ => None,
    }
}

fn unsupported() -> Problem {
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Problem::new(status, "unsupported-media-type", "The body must be JSON or YAML")
        .detail("Send it with `Content-Type: application/yaml` or `application/json`.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_says_how_it_is_written() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, text.parse().unwrap());
            format(&headers)
        };
        for text in ["application/json", "Application/JSON; charset=utf-8", "application/openapi+json"] {
            assert_eq!(of(text), Some(DocumentFormat::Json), "{text}");
        }
        for text in
            ["application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml;v=1", "application/openapi+yaml"]
        {
            assert_eq!(of(text), Some(DocumentFormat::Yaml), "{text}");
        }
        for text in ["text/plain", "text/html", "application/x-www-form-urlencoded", "image/x+json", ""] {
            assert_eq!(of(text), None, "{text}");
        }
        assert_eq!(format(&HeaderMap::new()), None);
    }
}
