//! `Cache-Control: no-store`.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures::TryFutureExt;
use futures::future::MapOk;
use tower::{Layer, Service};

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Where a handler said nothing: pages are personal (ASVS 14.3.2).
pub async fn layer(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    response
}

/// On every answer of the OAuth endpoints, errors too (RFC 6749 section 5.1, A7). A service and no function of axum's
/// middleware, which boxes the request's way twice more.
#[derive(Clone, Copy)]
pub struct Never;

impl<S> Layer<S> for Never {
    type Service = NeverStored<S>;

    fn layer(&self, inner: S) -> NeverStored<S> {
        NeverStored(inner)
    }
}

/// Routes whose answers are never stored.
#[derive(Clone)]
pub struct NeverStored<S>(S);

impl<S> Service<Request> for NeverStored<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = MapOk<S::Future, fn(Response) -> Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        self.0.call(request).map_ok(never_stored)
    }
}

fn never_stored(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, NO_STORE);
    response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
