//! What the operations take out of a request: who calls, the path, the query, a body that may be missing.

use std::fmt;
use std::ops::Deref;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use latchkey_core::Caller;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::http::{Problem, json};

/// Who calls: the guard found out before any operation runs.
#[derive(Clone, Debug)]
pub struct By(pub Caller);

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::unauthenticated)
    }
}

/// The path's parts. One that can't be an id names nothing: 404, as for what is missing.
#[derive(Clone, Copy, Debug)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        Ok(Self(path.0))
    }
}

/// A word of the path that is looked up as it stands: a slug, a `kid`, a credential's id. Without control
/// characters, which no such word has and PostgreSQL's text can't hold (F-27).
#[derive(Clone, PartialEq, Eq)]
pub struct Word(String);

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(D::Error::custom("empty, or with control characters"));
        }
        Ok(Self(text))
    }
}

/// The query's parameters. An unknown, doubled or unreadable one is 422 and named.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if let Some((name, _)) = url::form_urlencoded::parse(query.as_bytes()).find(|(_, value)| value.contains('\0')) {
            return Err(invalid(&name, "holds the character NUL"));
        }
        let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(reader).map(Self).map_err(|error| {
            let name = error.path().to_string();
            let detail: String = error.inner().to_string().chars().take(200).collect();
            let doubled = detail.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`'));
            invalid(if name == "." { doubled.unwrap_or_default() } else { &name }, &detail)
        })
    }
}

/// 422 that names one member or parameter.
pub fn invalid(name: &str, detail: &str) -> Problem {
    let name: String = name.chars().take(100).collect();
    let pointer = if name.is_empty() { name } else { format!("/{name}") };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some of the input is not good").error(pointer, detail)
}

/// A JSON body, or none at all, which says as much as `{}`.
#[derive(Clone, Copy, Debug)]
pub struct MaybeFields<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeFields<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = json::is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| json::unreadable(&rejection))?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        if !is_json {
            return Err(json::not_json());
        }
        json::parse_fields(&bytes).map(Self)
    }
}

/// A body that holds nothing.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A member that may be left out, and is never `null`: with `#[serde(default, deserialize_with = "given")]`. A `null` that
/// emptied nothing would be a change that its author believes in.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Tells `null` from a member that isn't there: with `#[serde(default, deserialize_with = "present")]`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}
