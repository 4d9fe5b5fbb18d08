//! JSON bodies, with our own words when one can't be read: what is wrong, where, and never the value itself, which
//! may be a secret in the wrong place.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::body_deadline::BodyTooSlow;
use super::{Problem, members};

/// A JSON body in, or out. In: what isn't JSON, and what has unknown members (where the type denies them) or members
/// of another type, is 400 (contract section 10, "Verify").
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// A JSON body as the management API reads it: what isn't JSON is 400, but JSON with an unknown member or one of
/// another type is 422, as every other member that is not good (contract sections 8 and 10).
#[derive(Clone, Copy, Debug)]
pub struct Fields<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, state).await?;
        parse(&bytes, StatusCode::BAD_REQUEST).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Fields<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = json_bytes(request, state).await?;
        parse_fields(&bytes).map(Self)
    }
}

/// The body, where it says that it is JSON.
///
/// # Errors
/// 415 where it doesn't; else as [`unreadable`].
async fn json_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(not_json());
    }
    Bytes::from_request(request, state).await.map_err(|rejection| unreadable(&rejection))
}

/// 415: the body doesn't say that it is JSON.
pub fn not_json() -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be JSON")
        .detail("Send it with `Content-Type: application/json`.")
}

/// Reads a body as [`Fields`] does: strictly, see [`members`].
///
/// # Errors
/// 400 for what isn't JSON; 422 that names the member that is missing, unknown, doubled or of another type.
pub fn parse_fields<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    const MISFIT: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    let members::Once(value) = parse(bytes, MISFIT)?;
    serde_path_to_error::deserialize(members::Strict(value))
        .map_err(|error| misfit(&pointer(error.path()), &error.inner().to_string(), MISFIT))
}

/// Reads JSON text; `misfit` is the status for JSON that doesn't have the right members.
///
/// # Errors
/// A problem that names the member and the position.
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], misfit: StatusCode) -> Result<T, Problem> {
    if is_array(bytes) {
        return Err(Problem::bad_request("The body must be a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let pointer = pointer(error.path());
        explain(error.inner(), Some(pointer), misfit)
    })?;
    reader.end().map_err(|error| explain(&error, None, misfit))?;
    Ok(value)
}

/// Whether the text begins as a JSON array: serde would take its items for the members of an object, in their order.
pub fn is_array(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'[')
}

/// 413, 408 or 400 for a body that couldn't be read to its end.
pub fn unreadable(rejection: &BytesRejection) -> Problem {
    match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large")
        }
        other if is_too_slow(other) => {
            Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The body came too slowly")
        }
        _ => Problem::bad_request("The body ended before its end."),
    }
}

/// Whether the body ran out of time.
pub fn is_too_slow(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<BodyTooSlow>)
}

/// Whether the body says that it is JSON.
pub fn is_json(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&escaped(key)),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => pointer.push('?'),
        }
        pointer
    })
}

/// A member's name as a part of a JSON pointer (RFC 6901 section 3).
fn escaped(name: &str) -> String {
    shorten(&name.replace('~', "~0").replace('/', "~1"))
}

fn explain(error: &serde_json::Error, pointer: Option<String>, misfit_status: StatusCode) -> Problem {
    let position = format!("line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return Problem::bad_request(format!("The body is not JSON: {position}."));
    }
    misfit(&pointer.unwrap_or_default(), &error.to_string(), misfit_status).detail(format!("At {position}."))
}

/// JSON without the right members. A member that is missing or doubled is named as one that is wrong.
fn misfit(pointer: &str, message: &str, status: StatusCode) -> Problem {
    let word = if status == StatusCode::UNPROCESSABLE_ENTITY { "invalid" } else { "bad-request" };
    let message = without_values(message);
    let member = ["missing field `", "duplicate field `"].iter().find_map(|start| message.strip_prefix(start));
    let pointer = match member.and_then(|rest| rest.strip_suffix('`')) {
        Some(name) => format!("{pointer}/{}", escaped(name)),
        None => pointer.to_owned(),
    };
    Problem::new(status, word, "The body is not what is expected").error(pointer, message)
}

/// serde's message without its position, and without the value that it quotes.
fn without_values(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let quotes_a_value = message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if quotes_a_value => format!("expected {expected}"),
        _ => shorten(message),
    }
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 300;
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only read into")]
        scopes: Vec<String>,
        #[expect(dead_code, reason = "only read into")]
        cost: Option<u32>,
    }

    fn refused(text: &str) -> Problem {
        parse::<Body>(text.as_bytes(), StatusCode::BAD_REQUEST).unwrap_err()
    }

    #[test]
    fn the_member_is_named() {
        assert_eq!(refused(r#"{"scopes": ["a", 1]}"#).errors[0].pointer, "/scopes/1");
        let unknown = refused(r#"{"scopes": [], "nonsense": 1}"#);
        assert_eq!(unknown.errors[0].pointer, "/nonsense");
        assert!(unknown.errors[0].detail.contains("unknown field `nonsense`"), "{unknown:?}");
        let missing = refused("{}");
        assert_eq!(
            (missing.errors[0].pointer.as_str(), missing.errors[0].detail.as_str()),
            ("/scopes", "missing field `scopes`")
        );
        assert_eq!(refused(r#"[["a"], 1]"#).status, 400, "members have names");
    }

    // contract section 8: the member is named, wherever it is missing, doubled or of another type
    #[test]
    fn bodies_are_read_strictly() {
        for (text, status, pointer) in [
            ("{}", 422, "/scopes"),
            (r#"{"scopes": null}"#, 422, "/scopes"),
            (r#"{"scopes": [], "scopes": []}"#, 422, "/scopes"),
            (r#"{"scopes": ["a"], "cost": [1]}"#, 422, "/cost"),
            (r#"{"scopes": [["a"]]}"#, 422, "/scopes/0"),
            ("null", 422, ""),
            ("[]", 400, ""),
            ("{", 400, ""),
            (r#"{"scopes": []} x"#, 400, ""),
        ] {
            let problem = parse_fields::<Body>(text.as_bytes()).unwrap_err();
            let named = problem.errors.first().map(|error| error.pointer.as_str()).unwrap_or_default();
            assert_eq!((problem.status, named), (status, pointer), "{text}");
        }
        let secret = parse_fields::<Body>(br#"{"scopes": "canary"}"#).unwrap_err();
        assert_eq!(secret.errors[0].detail, "expected a sequence");
        assert!(parse_fields::<Body>(br#"{"scopes": ["a"], "cost": 1}"#).is_ok());
    }

    // F-19: a secret in the wrong member is not repeated
    #[test]
    fn values_are_not_repeated() {
        for text in
            [r#"{"scopes": "canary"}"#, r#"{"scopes": [], "cost": "canary, expected canary"}"#, r#"{"scopes": canary}"#]
        {
            let problem = serde_json::to_string(&refused(text)).unwrap();
            assert!(!problem.contains("canary\\\""), "{problem}");
            assert!(!problem.contains("\"canary"), "{problem}");
        }
    }

    // F-24
    #[test]
    fn depth_is_limited() {
        let deep = format!(r#"{{"scopes": {}{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(refused(&deep).status, 400);
    }

    #[test]
    fn what_is_no_json_is_400_everywhere() {
        for text in ["", "{", "{} x", "\u{feff}{}", r#"{"scopes": ["#] {
            assert_eq!(
                parse::<Body>(text.as_bytes(), StatusCode::UNPROCESSABLE_ENTITY).unwrap_err().status,
                if text == "{} x" { 422 } else { 400 },
                "{text}"
            );
        }
    }
}
