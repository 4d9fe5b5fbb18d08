//! `GET /api/v1/orgs/{slug}/hygiene`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, hygiene};
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Problem;
use crate::http::management::answer::Refusal;
use crate::http::management::extract::{At, By, Query};
use crate::http::management::list::{List, Paging};
use crate::http::management::paths::OrgPath;
use crate::http::management::words::CredentialKind;

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HygieneQuery {
    /// Only credentials with this finding.
    pub finding: Option<String>,
    /// At most this many items, 1 to 200. A page may be shorter and still have a `next_cursor`.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A credential with what is to be looked at about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Untidy {
    /// `key_…`, `app_…` or `sa_…`
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// The most urgent first.
    pub findings: Vec<Finding>,
}

/// What is to be looked at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Finding {
    /// `refused_by_tier`, `several_networks`, `overused_secret`, `never_rotated`, `no_end`, `long_life`, `idle`,
    /// `never_used` or `no_address_list`.
    pub code: &'static str,
    /// What is so.
    pub detail: String,
    /// What to do.
    pub advice: &'static str,
}

impl From<hygiene::Untidy> for Untidy {
    fn from(untidy: hygiene::Untidy) -> Self {
        let finding =
            |found: hygiene::Finding| Finding { code: found.code(), detail: found.detail(), advice: found.advice() };
        Self {
            id: untidy.credential.id,
            kind: untidy.credential.kind.into(),
            name: untidy.credential.name,
            created_at: untidy.credential.created_at,
            last_used_at: untidy.credential.last_used_at,
            findings: untidy.findings.into_iter().map(finding).collect(),
        }
    }
}

/// Lists credentials that somebody should look at, newest first. Needs viewer.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/hygiene",
    operation_id = "hygiene.list",
    tag = "organisations",
    security(("management_key" = ["viewer"])),
    params(OrgPath, HygieneQuery),
    responses((status = 200, description = "The credentials", body = List<Untidy>), Refusal)
)]
pub async fn hygiene(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(query): Query<HygieneQuery>,
) -> Result<Json<List<Untidy>>, Problem> {
    let page = Paging { limit: query.limit, cursor: query.cursor }.page()?;
    let listed = hygiene::list(&core, &caller, &path.slug, query.finding.as_deref(), &page).await?;
    Ok(Json(List::of(listed, Untidy::from)))
}
