//! What stands in front of every operation: who calls, and a note of what was refused.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use latchkey_core::{Caller, Core, Error, audit, management_keys, service_accounts};
use utoipa::openapi::OpenApi;

use super::extract::By;
use crate::http::problem::Chain;
use crate::http::{ClientIp, Problem, bearer};

/// What the guard stands on.
#[derive(Clone)]
pub struct Guard {
    core: Arc<Core>,
    /// The operation's id (`key.revoke`) by method and path template: what the audit log calls it.
    operations: Arc<HashMap<(Method, String), String>>,
}

impl Guard {
    /// A guard of these operations.
    pub fn new(core: Arc<Core>, document: &OpenApi) -> Self {
        let operations = super::operations(document)
            .map(|(method, path, operation)| {
                ((method, path.to_owned()), operation.operation_id.clone().unwrap_or_default())
            })
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
    let method = parts.method.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status() == StatusCode::FORBIDDEN {
        note_refusal(guard, &caller, method, &target).await;
    }
    Ok(response)
}

/// The 403 stands whether or not it could be noted; that it couldn't stands in the log.
async fn note_refusal(guard: &Guard, caller: &Caller, method: Method, target: &Target) {
    let Some(action) = guard.operations.get(&(method, target.template.clone())) else {
        return;
    };
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
