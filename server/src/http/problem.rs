//! Errors as `application/problem+json` (RFC 9457). Stable `type`s, the member that is wrong, and never a cause.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::{Error, FieldError};
use serde::Serialize;

/// One member of the input that is not good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProblemField {
    /// Which one, as a JSON pointer (RFC 6901): `/scopes`.
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// An error answer (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable name: `urn:latchkey:problem:not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The members that are not good.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// Further members.
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: serde_json::Map<String, serde_json::Value>,
    /// Seconds for `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// How long to wait when the database can't be asked, in seconds.
const RETRY_AFTER_UNAVAILABLE: u32 = 1;

impl Problem {
    /// A problem whose `type` is `urn:latchkey:problem:<word>`.
    pub fn new(status: StatusCode, word: &str, title: &str) -> Self {
        Self {
            kind: format!("urn:latchkey:problem:{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            members: serde_json::Map::new(),
            retry_after: None,
        }
    }

    /// With what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With the member that is wrong, by its JSON pointer.
    #[must_use]
    pub fn error(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.errors.push(ProblemField { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// With a further member.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// With seconds to wait.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 400: the request can't be read.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request can't be read").detail(detail)
    }

    /// 401.
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Authentication is missing or not good")
    }

    /// 404, the same for what is missing and what is another organisation's.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here")
    }

    /// 500. The cause goes into the log, once, here.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %Chain(cause), "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
            .detail("It stands in the server's log under the request's id (X-Request-Id).")
    }

    /// 503. The cause goes into the log, once, here.
    pub fn unavailable(cause: &dyn std::error::Error) -> Self {
        tracing::warn!(error = %Chain(cause), "a request can't be answered now");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "This can't be answered now")
            .detail("Try again in a moment.")
            .retry_after(RETRY_AFTER_UNAVAILABLE)
    }

    fn invalid(fields: Vec<FieldError>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some of the input is not good");
        fields.into_iter().fold(problem, |problem, field| problem.error(format!("/{}", field.field), field.detail))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated => Self::unauthenticated(),
            Error::Forbidden(who) => Self::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed").detail(who),
            Error::NotFound => Self::not_found(),
            Error::Invalid(fields) => Self::invalid(fields),
            Error::Conflict(conflict, detail) => {
                Self::new(StatusCode::CONFLICT, conflict.code(), "This doesn't go together with what is there")
                    .detail(detail)
            }
            Error::TooMany(seconds) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-attempts", "Too many attempts").retry_after(seconds)
            }
            Error::Unavailable(cause) => Self::unavailable(cause.as_ref()),
            Error::Internal(cause) => Self::internal(cause.as_ref()),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"latchkey\""));
        }
        response
    }
}

/// An error with the errors beneath it, on one line.
pub struct Chain<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use latchkey_core::Conflict;
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_become_pointers() {
        let problem = Problem::from(Error::invalid("rate_limits/0/limit", "at least 1"));
        assert_eq!(
            serde_json::to_value(&problem).unwrap(),
            json!({
                "type": "urn:latchkey:problem:invalid",
                "title": "Some of the input is not good",
                "status": 422,
                "errors": [{ "pointer": "/rate_limits/0/limit", "detail": "at least 1" }],
            })
        );
    }

    // ASVS 16.5.1, F-19: a cause is for the log
    #[test]
    fn causes_are_not_shown() {
        for error in [Error::Internal("canary".into()), Error::Unavailable("canary".into())] {
            let text = serde_json::to_string(&Problem::from(error)).unwrap();
            assert!(!text.contains("canary"), "{text}");
        }
    }

    #[test]
    fn headers_go_with_the_status() {
        let busy = Problem::from(Error::TooMany(7)).into_response();
        assert_eq!(busy.headers()[header::RETRY_AFTER], "7");
        let down = Problem::from(Error::Unavailable("x".into())).into_response();
        assert_eq!((down.status().as_u16(), down.headers()[header::RETRY_AFTER].to_str().unwrap()), (503, "1"));
        let conflict = Problem::from(Error::conflict(Conflict::SlugTaken, "take another")).into_response();
        assert_eq!(conflict.status(), StatusCode::CONFLICT);
        assert_eq!(conflict.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
