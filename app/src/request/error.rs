//! Why a handler has no page, and which error page it wants instead.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use latchkey_core::Error;

use crate::routes;

/// Why a handler has no page. It becomes an error page in [`crate::pages::errors::render`], which knows the visitor.
#[derive(Debug)]
pub enum PageError {
    /// A use case said so.
    Core(Error),
    /// Nobody is signed in; after it, back to this path.
    SignIn(String),
    /// The request isn't one that our forms make.
    BadRequest(StatusCode, &'static str),
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

/// What a handler answers.
pub type PageResult = Result<Response, PageError>;

/// Which error page a response wants; the outer layer renders it.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage {
    /// What to tell the person, beyond what the status says.
    pub detail: &'static str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, detail, retry_after) = match self {
            Self::SignIn(to) => return Redirect::to(&routes::sign_in_to(&to)).into_response(),
            Self::BadRequest(status, detail) => (status, detail, None),
            Self::Core(error) => match error {
                Error::Unauthenticated => return Redirect::to(routes::SIGN_IN).into_response(),
                Error::Forbidden(who_may) => (StatusCode::FORBIDDEN, who_may, None),
                Error::NotFound => (StatusCode::NOT_FOUND, "", None),
                Error::Invalid(fields) => {
                    tracing::info!(?fields, "a request was refused");
                    (StatusCode::UNPROCESSABLE_ENTITY, "A part of the address or the form isn't valid.", None)
                }
                Error::Conflict(conflict, _) => {
                    tracing::info!(code = conflict.code(), "a request was refused");
                    (
                        StatusCode::CONFLICT,
                        "It doesn't go together with what is there now. Go back and look again.",
                        None,
                    )
                }
                Error::TooMany(seconds) => (StatusCode::TOO_MANY_REQUESTS, "", Some(seconds)),
                Error::Unavailable(cause) => {
                    tracing::error!(%cause, "a page can't be answered now");
                    (StatusCode::SERVICE_UNAVAILABLE, "", Some(5))
                }
                Error::Internal(cause) => {
                    tracing::error!(%cause, "a page failed");
                    (StatusCode::INTERNAL_SERVER_ERROR, "", None)
                }
            },
        };
        let mut response = status.into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(ErrorPage { detail });
        response
    }
}
