//! What stands around every handler, as one service: axum copies and boxes all inner layers at each one that a request
//! passes, and on the way to verification they cost more than verifying.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::{Layer, Service};

use super::observe::Observed;
use super::{client_address, client_certificate, host, panic, security_headers};
use crate::http::AppState;

/// How large a body may be where nothing else is said, in bytes: those of verification and OAuth (contract section 10,
/// "Limits").
const BODY_LIMIT: usize = 64 * 1024;

/// From the outside in: id, log line and count; headers; panics; host; the caller's address and certificate; the body's
/// size.
#[derive(Clone)]
pub struct Around {
    state: AppState,
}

impl Around {
    /// With what the parts need.
    pub const fn new(state: AppState) -> Self {
        Self { state }
    }
}

impl<S> Layer<S> for Around {
    type Service = Surrounded<S>;

    fn layer(&self, inner: S) -> Surrounded<S> {
        Surrounded { state: self.state.clone(), inner }
    }
}

/// A handler with all of it around.
#[derive(Clone)]
pub struct Surrounded<S> {
    state: AppState,
    inner: S,
}

impl<S> Service<Request> for Surrounded<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let state = self.state.clone();
        let observed = Observed::begin(&state, &request);
        let id = observed.id();
        let admitted = id.during(|| admit(&state, &mut request));
        let handled = admitted.map(|()| AssertUnwindSafe(self.inner.call(request)).catch_unwind());
        let answered = async move {
            let mut response = match handled {
                Ok(handled) => panic::answer(handled.await),
                Err(refused) => refused,
            };
            security_headers::add_to(&state.settings, response.headers_mut());
            observed.end(&state, &mut response);
            Ok(response)
        };
        id.around(answered).boxed()
    }
}

/// What is known of the request before any handler sees it.
///
/// # Errors
/// The refusal.
fn admit(state: &AppState, request: &mut Request) -> Result<(), Response> {
    host::check(request)?;
    client_address::note(&state.settings, request);
    client_certificate::note(&state.settings, request)?;
    DefaultBodyLimit::max(BODY_LIMIT).apply(request);
    Ok(())
}
