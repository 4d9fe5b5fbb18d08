//! `GET /api/v1/whoami`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::ports::Page;
use latchkey_core::{Actor, Core, orgs};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Refusal;
use super::extract::By;
use super::words::Role;
use crate::http::Problem;

/// Who calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct Whoami {
    /// The key's organisation; null for an operator's key.
    pub organisation: Option<WhoamiOrg>,
    /// What the key may do there.
    pub role: Role,
    /// `mk_…`; `sa_…` for an access token of a service account.
    pub key_id: String,
}

/// The organisation of a management key.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoamiOrg {
    /// `org_…`
    pub id: String,
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// Says which organisation, role and key call.
#[utoipa::path(
    get,
    path = "/whoami",
    operation_id = "whoami",
    tag = "whoami",
    responses((status = 200, description = "The caller", body = Whoami), Refusal)
)]
pub async fn whoami(State(core): State<Arc<Core>>, By(caller): By) -> Result<Json<Whoami>, Problem> {
    let (key_id, org, role) = match &caller.actor {
        Actor::ManagementKey { id, org, role } => (id.to_string(), org.as_ref(), role),
        Actor::ServiceAccount { id, org, role } => (id.to_string(), Some(org), role),
        Actor::User { .. } | Actor::CommandLine | Actor::System => return Err(Problem::unauthenticated()),
    };
    let organisation = match org {
        None => None,
        Some(_) => {
            let own = orgs::list(&core, &caller, &Page { limit: 1, cursor: None }).await?.items.pop();
            own.map(|own| WhoamiOrg { id: own.org.id.to_string(), slug: own.org.slug, name: own.org.name })
        }
    };
    Ok(Json(Whoami { organisation, role: (*role).into(), key_id }))
}
