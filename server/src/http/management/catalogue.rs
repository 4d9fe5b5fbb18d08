//! `GET /api/v1/catalogue`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use latchkey_core::{Core, apis};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Refusal;
use super::apis::view::Scope;
use super::extract::{By, Query};
use super::list::{List, Search};
use crate::http::Problem;

/// A public API.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueEntry {
    /// `api_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its identifier: the `aud` of its tokens.
    pub audience: String,
    /// Whose it is.
    pub organisation: CatalogueOrg,
    /// Its scopes, by name.
    pub scopes: Vec<Scope>,
}

/// The owner of a public API.
#[derive(Debug, Serialize, ToSchema)]
pub struct CatalogueOrg {
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// Lists the public APIs of the installation, by name.
#[utoipa::path(
    get,
    path = "/catalogue",
    operation_id = "catalogue.list",
    tag = "catalogue",
    params(Search),
    responses((status = 200, description = "The public APIs", body = List<CatalogueEntry>), Refusal)
)]
pub async fn catalogue(
    State(core): State<Arc<Core>>,
    By(caller): By,
    Query(search): Query<Search>,
) -> Result<Json<List<CatalogueEntry>>, Problem> {
    let (search, page) = search.split()?;
    let listed = apis::catalogue(&core, &caller, search.as_deref(), &page).await?;
    Ok(Json(List::of(listed, |(api, owner)| CatalogueEntry {
        id: api.id.to_string(),
        name: api.name,
        audience: api.audience,
        organisation: CatalogueOrg { slug: owner.slug, name: owner.name },
        scopes: api.scopes.into_iter().map(Scope::from).collect(),
    })))
}
