//! `GET /api/openapi.json`.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::PartialSchema;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, Info, License, OpenApi};

use crate::http::Problem;
use crate::http::problem::ProblemField;

/// The name of the one security scheme. What stands behind it in an operation's requirement is the least role, as
/// `OpenAPI` 3.1 allows it.
pub const SCHEME: &str = "management_key";

/// The description, with what is said once for all operations.
pub fn complete(mut document: OpenApi) -> OpenApi {
    let mut info = Info::new("Latchkey management API", "1");
    info.description = Some(
        "Drives one organisation with one role. Unknown members are refused, times are RFC 3339, errors are \
         `application/problem+json` with a stable `type`. The word behind `management_key` in an operation's `security` is \
         the least role that may call it. Every POST takes an `Idempotency-Key`: the same call again \
         within 24 hours gets the same answer, or 409 with the `id` of what was made where that answer held a secret."
            .to_owned(),
    );
    info.license = Some(License::new("Apache-2.0"));
    document.info = info;
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.description = Some("A management key, `lk_manage_…`.".to_owned());
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme(SCHEME, SecurityScheme::Http(scheme));
    components.schemas.insert("Problem".to_owned(), Problem::schema());
    components.schemas.insert("ProblemField".to_owned(), ProblemField::schema());
    document.security = Some(vec![SecurityRequirement::new(SCHEME, Vec::<String>::new())]);
    document
}

/// Answers the description to anybody: it holds no secret.
pub fn show(document: OpenApi) -> Result<Response, Problem> {
    let text = complete(document).to_json().map_err(|error| Problem::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, text).into_response())
}
