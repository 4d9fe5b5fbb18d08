//! What stands in front of every operation: who calls, and a note of what was refused.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use latchkey_core::{Action, Caller, Core, Error, audit, management_keys, service_accounts};
use latchkey_types::Role;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;

use super::document::SCHEME;
use super::extract::By;
use crate::http::problem::Chain;
use crate::http::{ClientIp, Problem, bearer};

/// What the guard stands on.
#[derive(Clone)]
pub struct Guard {
    core: Arc<Core>,
    /// What is known of each operation, by method and path template.
    operations: Arc<HashMap<(Method, String), Known>>,
}

/// What the guard knows of an operation.
struct Known {
    /// Its id (`key.revoke`): what the audit log calls it.
    id: String,
    /// What the least role within the organisation of its path may, as its description says. `None`: the use case alone
    /// knows who may.
    least: Option<Action>,
}

impl Known {
    fn of(operation: &Operation) -> Self {
        let security = serde_json::to_value(&operation.security).unwrap_or_default();
        let least = security[0][SCHEME][0].as_str().and_then(|role| role.parse().ok()).map(least_action);
        Self { id: operation.operation_id.clone().unwrap_or_default(), least }
    }
}

/// What this role may and the one below may not.
const fn least_action(role: Role) -> Action {
    match role {
        Role::Viewer => Action::ReadApis,
        Role::Developer => Action::ManageCredentials,
        Role::Admin => Action::ManageApis,
        Role::Owner => Action::ManageOwners,
    }
}

impl Guard {
    /// A guard of these operations.
    pub fn new(core: Arc<Core>, document: &OpenApi) -> Self {
        let operations = super::operations(document)
            .map(|(method, path, operation)| ((method, path.to_owned()), Known::of(operation)))
            .collect();
        Self { core, operations: Arc::new(operations) }
    }
}

/// Finds the caller by the management key, or by a service account's access token, hands it in as [`By`], and notes what a role may not (contract section 10,
/// "Management"; F-39). No answer is kept by a cache.
pub async fn layer(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = guarded(&guard, request, next).await.unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn guarded(guard: &Guard, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let ip = parts.extensions.get::<ClientIp>().and_then(|ip| ip.0);
    let key = bearer::token(&parts.headers)?;
    // a JWT has dots, a management key none
    let authenticated = if key.contains('.') {
        service_accounts::authenticate(&guard.core, key, ip).await
    } else {
        management_keys::authenticate(&guard.core, key, ip).await
    };
    let caller = match authenticated {
        Ok(caller) => caller,
        Err(Error::Unauthenticated) => {
            return Ok(bearer::refused("The management key, or access token of a service account, is not good."));
        }
        Err(error) => return Err(error.into()),
    };
    let target = Target::of(&mut parts).await;
    parts.extensions.insert(By(caller.clone()));
    let operation = guard.operations.get(&(parts.method.clone(), target.template.clone()));
    let response = match may_enter(guard, &caller, operation, &target).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => Problem::from(error).into_response(),
    };
    if let Some(operation) = operation
        && response.status() == StatusCode::FORBIDDEN
    {
        note_refusal(guard, &caller, &operation.id, &target).await;
    }
    Ok(response)
}

/// Judges the role before anybody looks at the body: who may not call at all hears that, and not what is wrong with
/// what was sent. The use case judges it again, with all that it knows.
async fn may_enter(guard: &Guard, caller: &Caller, operation: Option<&Known>, target: &Target) -> Result<(), Error> {
    if let (Some(least), Some(slug)) = (operation.and_then(|operation| operation.least), &target.org) {
        guard.core.enter(caller, slug, least).await?;
    }
    Ok(())
}

/// The 403 stands whether or not it could be noted; that it couldn't stands in the log.
async fn note_refusal(guard: &Guard, caller: &Caller, action: &str, target: &Target) {
    let noted = audit::denied(&guard.core, caller, target.org.as_deref(), action, (&target.kind, &target.id)).await;
    if let Err(error) = noted {
        tracing::error!(error = %Chain(&error), action, "a refused call could not be noted in the audit log");
    }
}

/// What a call is about, as its path says: the last part that names something.
struct Target {
    template: String,
    org: Option<String>,
    kind: String,
    id: String,
}

impl Target {
    async fn of(parts: &mut axum::http::request::Parts) -> Self {
        let template = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let named: Vec<(String, String)> = RawPathParams::from_request_parts(parts, &())
            .await
            .map(|named| named.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
            .unwrap_or_default();
        let org = named.iter().find(|(name, _)| name == "slug").map(|(_, slug)| slug.clone());
        let (name, id) = named.into_iter().next_back().unwrap_or_default();
        Self { kind: kind(&template, &name), template, org, id }
    }
}

/// `…/verification-keys/{key}`: `verification_key`.
fn kind(template: &str, part: &str) -> String {
    let before = template.split(&format!("/{{{part}}}")).next().unwrap_or_default();
    let collection = before.rsplit('/').next().unwrap_or_default();
    match collection {
        "orgs" => "org".to_owned(),
        other => other.trim_end_matches('s').replace('-', "_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_called_by_their_collection() {
        for (template, part, expected) in [
            ("/api/v1/orgs/{slug}", "slug", "org"),
            ("/api/v1/orgs/{slug}/keys", "slug", "org"),
            ("/api/v1/orgs/{slug}/keys/{id}/revoke", "id", "key"),
            ("/api/v1/orgs/{slug}/apis/{id}/verification-keys/{key}", "key", "verification_key"),
        ] {
            assert_eq!(kind(template, part), expected);
        }
    }
}
