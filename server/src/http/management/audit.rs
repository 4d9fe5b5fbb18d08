//! `GET /api/v1/orgs/{slug}/audit`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::audit::{AuditEntry, AuditOutcome, AuditQuery};
use latchkey_core::{Core, audit};
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::answer::Refusal;
use super::extract::{At, By, Query};
use super::list::{self, List};
use super::paths::OrgPath;
use crate::http::Problem;

/// One row of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// `aud_…`
    pub id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub actor: AuditActor,
    /// What: `key.revoke`.
    pub action: String,
    /// What it was done to.
    pub target: AuditTarget,
    /// Whether it happened.
    pub outcome: Outcome,
    /// From where.
    pub ip: Option<String>,
    /// What else there is to say.
    #[schema(value_type = Object)]
    pub detail: Map<String, Value>,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditActor {
    /// `user`, `management_key`, `service_account`, `command_line` or `system`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who, where it has an id.
    pub id: Option<String>,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditTarget {
    /// What kind of thing: `key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    pub id: String,
}

/// Whether it happened.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = AuditOutcome)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It did.
    Done,
    /// It was refused.
    Denied,
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            actor: AuditActor { kind: entry.actor_kind, id: entry.actor_id },
            action: entry.action,
            target: AuditTarget { kind: entry.target_type, id: entry.target_id },
            outcome: match entry.outcome {
                AuditOutcome::Done => Outcome::Done,
                AuditOutcome::Denied => Outcome::Denied,
            },
            ip: entry.ip.map(|ip| ip.to_string()),
            detail: entry.detail,
        }
    }
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditParameters {
    /// Only this action, or, with a `.` at its end, all that start so.
    action: Option<String>,
    /// Only by this actor's id.
    actor: Option<String>,
    /// Only about this target's id.
    target: Option<String>,
    /// Not before.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// At most this many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Lists the audit log, newest first. Needs admin.
#[utoipa::path(
    get,
    path = "/orgs/{slug}/audit",
    operation_id = "audit.list",
    tag = "audit",
    security(("management_key" = ["admin"])),
    params(OrgPath, AuditParameters),
    responses((status = 200, description = "The rows", body = List<AuditRow>), Refusal)
)]
pub async fn audit(
    State(core): State<Arc<Core>>,
    By(caller): By,
    At(path): At<OrgPath>,
    Query(parameters): Query<AuditParameters>,
) -> Result<Json<List<AuditRow>>, Problem> {
    let AuditParameters { action, actor, target, from, to, limit, cursor } = parameters;
    let page = list::page(limit, cursor)?;
    let query = AuditQuery { org: None, action, actor, target, from, to };
    let listed = audit::list(&core, &caller, &path.slug, query, &page).await?;
    Ok(Json(List::of(listed, AuditRow::from)))
}
