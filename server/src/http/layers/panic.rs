//! A panic in a handler is one 500; the process lives (F-36).

use std::any::Any;
use std::convert::Infallible;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::http::Problem;

/// The answer of a handler that answered, or panicked.
pub fn answer(handled: Result<Result<Response, Infallible>, Box<dyn Any + Send>>) -> Response {
    match handled {
        Ok(Ok(response)) => response,
        Err(panic) => {
            tracing::error!(panic = message(panic.as_ref()), "a handler panicked");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
                .into_response()
        }
    }
}

/// What was said when it happened.
pub fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
