//! Every route in one table.

use std::convert::Infallible;

use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, Route as AxumRoute};
use axum::{Extension, Router};
use latchkey_app::pages::errors::error_page;
use latchkey_app::{PortalState, Visitor};
use tower::{Layer, Service};
use tower_http::compression::CompressionLayer;

use super::assets::Site;
use super::layers::around::Around;
use super::layers::{host, no_store, origin, security_headers};
use super::state::AppState;
use super::{Problem, health, management, metrics, oauth, portal, v1, well_known};
use crate::{sessions, sign_in};

/// Bodies of forms, in bytes (contract section 10, "Limits").
const FORM_BODY_LIMIT: usize = 1024 * 1024;

/// One route: a method (`*`: any) and a path template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// `GET`, `POST`, …, or `*`.
    pub method: String,
    /// As axum writes it: `/orgs/{slug}`.
    pub path: String,
}

/// Builds a router and notes each of its routes, so that tests can walk all of them.
#[derive(Default)]
pub struct Routes {
    router: Router<AppState>,
    table: Vec<Route>,
}

impl Routes {
    /// No routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `GET` (and `HEAD`) at this path.
    #[must_use]
    pub fn get<H: Handler<T, AppState>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::GET, path, axum::routing::get(handler))
    }

    /// Answers `POST` at this path.
    #[must_use]
    pub fn post<H: Handler<T, AppState>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::POST, path, axum::routing::post(handler))
    }

    /// Answers `OPTIONS` at this path: what a browser asks before a page of another origin may call.
    #[must_use]
    pub fn options<H: Handler<T, AppState>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.on(Method::OPTIONS, path, axum::routing::options(handler))
    }

    /// Answers every method at this path.
    #[must_use]
    pub fn any<H: Handler<T, AppState>, T: 'static>(mut self, path: &str, handler: H) -> Self {
        self.table.push(Route { method: "*".to_owned(), path: path.to_owned() });
        self.router = self.router.route(path, axum::routing::any(handler));
        self
    }

    fn on(mut self, method: Method, path: &str, handler: MethodRouter<AppState>) -> Self {
        self.table.push(Route { method: method.to_string(), path: path.to_owned() });
        self.router = self.router.route(path, handler);
        self
    }

    /// A router that was built elsewhere, with its own list of routes.
    #[must_use]
    pub fn built(router: Router<AppState>, table: Vec<Route>) -> Self {
        Self { router, table }
    }

    /// Both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let table = self.table.into_iter().chain(other.table).collect();
        Self { router: self.router.merge(other.router), table }
    }

    /// Puts a layer around each of these routes.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<AxumRoute> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        self.router = self.router.layer(layer);
        self
    }

    /// The routes.
    pub fn table(&self) -> &[Route] {
        &self.table
    }

    /// The router and its routes.
    pub fn into_parts(self) -> (Router<AppState>, Vec<Route>) {
        (self.router, self.table)
    }
}

/// The whole application, and its table of routes.
pub fn build(state: &AppState, site: Site) -> (Router, Vec<Route>) {
    let (files, file_table) = site.router();
    let (pages, page_table) = pages(state).layer(DefaultBodyLimit::max(FORM_BODY_LIMIT)).into_parts();
    let (apis, mut table) = machines().merge(management::routes(&state.core)).into_parts();
    table.extend(page_table);
    table.extend(file_table);
    state.metrics.requests.know(&table);

    let pages = around_pages(pages, state);
    let router = apis
        .merge(unknown_paths_of_machines())
        .merge(pages)
        .merge(files.layer(CompressionLayer::new()).with_state(()))
        .method_not_allowed_fallback(method_not_allowed)
        .layer(Around::new(state.clone()))
        .with_state(state.clone());
    (router, table)
}

fn machines() -> Routes {
    Routes::new()
        .get("/health/live", health::live)
        .get("/health/ready", health::ready)
        .get("/metrics", metrics::metrics)
        .merge(v1::routes())
        .merge(oauth::routes())
        .merge(well_known::routes())
}

/// The portal's pages and their forms, and sign-in.
fn pages(state: &AppState) -> Routes {
    let table = latchkey_app::route_list()
        .into_iter()
        .map(|(method, path)| Route { method: method.to_string(), path: path.to_owned() });
    let portal = portal::state(state);
    let router = latchkey_app::router(portal.clone()).fallback(page_not_found).layer(Extension(portal));
    Routes::built(router.with_state(()), table.collect()).merge(sign_in::routes())
}

/// What stands around pages alone: they know people by a cookie and are looked at in a browser.
fn around_pages(pages: Router<AppState>, state: &AppState) -> Router<AppState> {
    let pages = pages.layer(from_fn_with_state(state.clone(), sign_in::continue_at_provider));
    sessions::around_pages(pages, state)
        .layer(from_fn_with_state(state.clone(), origin::layer))
        .layer(from_fn_with_state(state.clone(), host::canonical))
        .layer(from_fn_with_state(state.clone(), security_headers::page_policy))
        .layer(from_fn(no_store::layer))
        .layer(CompressionLayer::new())
}

async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This method isn't for this path")
}

/// What isn't there below the machines' paths is a problem document and no page.
fn unknown_paths_of_machines() -> Router<AppState> {
    let prefixes = ["/api/{*rest}", "/v1/{*rest}", "/oauth/{*rest}", "/.well-known/{*rest}"];
    prefixes.into_iter().fold(Router::new(), |router, path| router.route(path, axum::routing::any(not_found)))
}

async fn not_found() -> Problem {
    Problem::not_found()
}

async fn page_not_found(Extension(portal): Extension<PortalState>, visitor: Option<Extension<Visitor>>) -> Response {
    match visitor {
        Some(Extension(visitor)) => error_page(&portal, &visitor, StatusCode::NOT_FOUND, ""),
        None => Problem::not_found().into_response(),
    }
}
