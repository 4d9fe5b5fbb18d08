//! What stands around every handler, as one layer: axum copies all inner layers at each one that a request passes, and
//! on the way to verification six of them cost more than verifying.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::observe::Observed;
use super::{body_deadline, client_address, client_certificate, host, panic, security_headers};
use crate::http::AppState;

/// From the outside in: id, log line and count; headers; panics; host; the caller's address and certificate; the body's time.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let observed = Observed::begin(&state, &request);
    let handled = panic::caught(handle(&state, request, next)).instrument(observed.span());
    let mut response = handled.await;
    security_headers::add_to(&state.settings, response.headers_mut());
    observed.end(&state, &mut response);
    response
}

async fn handle(state: &AppState, mut request: Request, next: Next) -> Response {
    if let Err(refused) = host::check(&request) {
        return refused;
    }
    client_address::note(&state.settings, &mut request);
    if let Err(refused) = client_certificate::note(&state.settings, &mut request) {
        return refused;
    }
    next.run(body_deadline::timed(request)).await
}
