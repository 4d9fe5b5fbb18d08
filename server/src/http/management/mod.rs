//! The management API (contract section 8): one file an operation, the description generated from the code.

mod access_requests;
mod action_tokens;
mod answer;
mod api_access_requests;
mod apis;
mod app_keys;
mod app_secrets;
mod apps;
mod audit;
mod call_paths;
mod catalogue;
mod consumers;
mod deliveries;
mod document;
mod extract;
mod guard;
mod hygiene;
mod idempotency;
mod initial_access_tokens;
mod invitations;
mod keys;
mod leaks;
mod limits;
mod list;
mod management_keys;
mod members;
mod notices;
mod operations;
mod operator;
mod orgs;
mod paths;
mod revocation;
mod security_tier;
mod service_account_keys;
mod service_accounts;
mod trusted_issuers;
mod usage;
mod verification_keys;
mod webhooks;
mod whoami;
mod words;
mod workload_rules;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use latchkey_core::Core;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::guard::Guard;
use super::router::Route;
use super::{AppState, Routes};

/// Where all of it stands.
const PREFIX: &str = "/api/v1";
/// Bodies, in bytes (contract section 10, "Limits").
const BODY_LIMIT: usize = 1024 * 1024;

/// `/api/v1/…` and `/api/openapi.json`.
pub fn routes(core: &Arc<Core>) -> Routes {
    let (router, document) = described().split_for_parts();
    let guard = Guard::new(Arc::clone(core), &document);
    let router = router
        .layer(from_fn_with_state(Arc::clone(core), idempotency::layer))
        .layer(from_fn_with_state(guard, guard::layer))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    let table = operations(&document)
        .map(|(method, path, _)| Route { method: method.to_string(), path: path.to_owned() })
        .collect();
    Routes::built(router, table).get("/api/openapi.json", || async { document::show(document) })
}

/// The description of all operations (`OpenAPI` 3.1).
pub fn document() -> OpenApi {
    document::complete(described().into_openapi())
}

fn described() -> OpenApiRouter<AppState> {
    let operations = OpenApiRouter::default()
        .routes(routes!(whoami::whoami))
        .merge(orgs::routes())
        .merge(members::routes())
        .merge(invitations::routes())
        .merge(management_keys::routes())
        .routes(routes!(catalogue::catalogue))
        .merge(access_requests::routes())
        .merge(apis::routes())
        .merge(call_paths::routes())
        .merge(operations::routes())
        .merge(verification_keys::routes())
        .merge(api_access_requests::routes())
        .merge(consumers::routes())
        .merge(keys::routes())
        .merge(apps::routes())
        .merge(app_secrets::routes())
        .merge(service_accounts::routes())
        .merge(service_account_keys::routes())
        .merge(workload_rules::routes())
        .merge(app_keys::routes())
        .merge(initial_access_tokens::routes())
        .merge(action_tokens::routes())
        .routes(routes!(usage::usage))
        .routes(routes!(hygiene::hygiene))
        .merge(security_tier::routes())
        .routes(routes!(audit::audit))
        .merge(trusted_issuers::routes())
        .merge(notices::routes())
        .merge(webhooks::routes())
        .merge(deliveries::routes())
        .merge(leaks::routes())
        .merge(operator::routes());
    OpenApiRouter::default().nest(PREFIX, operations)
}

/// Each operation with its method and its path's template.
fn operations(document: &OpenApi) -> impl Iterator<Item = (Method, &str, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let methods = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        methods.into_iter().filter_map(move |(method, operation)| Some((method, path.as_str(), operation.as_ref()?)))
    })
}
