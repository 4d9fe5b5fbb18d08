//! `POST /v1/leaks`: reports of leaked secrets, as GitHub's secret scanning sends them to its partners
//! (docs.github.com, "Secret scanning partner program").

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use latchkey_core::leaks::{self, Feedback, Sighting};
use latchkey_core::{Core, Error, PlainSecret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::{ClientIp, Problem, json};

/// Names the key.
const KEY_IDENTIFIER: &str = "github-public-key-identifier";
/// Signs the raw body.
const SIGNATURE: &str = "github-public-key-signature";

/// A secret that was seen. Reporters may say more: what isn't known is left alone.
#[derive(Deserialize)]
struct Item {
    token: String,
    #[serde(default, rename = "type")]
    token_type: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    source: Option<String>,
    /// With it serde takes objects alone: members have names.
    #[serde(flatten)]
    _more: Map<String, Value>,
}

/// What the reporter is told. The secret itself is not sent back.
#[derive(Serialize)]
struct Answer {
    token_hash: String,
    token_type: String,
    label: &'static str,
}

/// Takes a signed report.
pub async fn leaks(
    State(core): State<Arc<Core>>,
    ip: ClientIp,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let body = body.map_err(|rejection| json::unreadable(&rejection))?;
    let (key_identifier, signature) = (one(&headers, KEY_IDENTIFIER)?, one(&headers, SIGNATURE)?);
    let reporter = leaks::authenticate(&core, key_identifier, signature, &body).map_err(|error| match error {
        Error::Unauthenticated => unsigned("The report is not signed by a reporter that this installation knows."),
        error => error.into(),
    })?;
    let sightings = read(&body)?;
    let feedback = leaks::report(&core, &reporter, sightings, ip.0).await?;
    let answer: Vec<Answer> = feedback.into_iter().map(Answer::from).collect();
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(answer)).into_response())
}

/// A header that stands there once.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Problem> {
    let mut values = headers.get_all(name).iter();
    match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(unsigned("Sign the report: one Github-Public-Key-Identifier and one Github-Public-Key-Signature.")),
    }
}

fn unsigned(detail: &'static str) -> Problem {
    Problem::unauthenticated().detail(detail)
}

fn read(body: &[u8]) -> Result<Vec<Sighting>, Problem> {
    let items: Vec<Item> = serde_json::from_slice(body).map_err(|error| {
        // never the value, which may be a secret
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::bad_request(format!("The body must be an array of {{token, type, url, source}}: {place}."))
    })?;
    Ok(items.into_iter().map(Sighting::from).collect())
}

impl From<Item> for Sighting {
    fn from(item: Item) -> Self {
        Self {
            token: PlainSecret::new(item.token),
            token_type: item.token_type.unwrap_or_default(),
            url: item.url.unwrap_or_default(),
            source: item.source.unwrap_or_default(),
        }
    }
}

impl From<Feedback> for Answer {
    fn from(feedback: Feedback) -> Self {
        let hex = |text: String, byte: &u8| text + &format!("{byte:02x}");
        Self {
            token_hash: feedback.token_hash.iter().fold(String::new(), hex),
            token_type: feedback.token_type,
            label: if feedback.is_ours { "true_positive" } else { "false_positive" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_an_array_of_tokens() {
        let sample = br#"[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]"#;
        let read_back = read(sample).unwrap_or_else(|problem| panic!("{}", problem.status));
        assert_eq!((read_back[0].token.expose(), read_back[0].source.as_str()), ("some_token", "commit"));
        assert!(read(b"[]").is_ok_and(|none| none.is_empty()));
        assert!(read(br#"[{"token":"x","url":null,"more":[1]}]"#).is_ok());
        for bad in
            ["", "{}", "[1]", r#"[{"type":"x"}]"#, r#"[{"token":1}]"#, "[{\"token\":\"canary\"", "[[\"canary\"]]"]
        {
            let problem = read(bad.as_bytes()).expect_err(bad);
            assert_eq!(problem.status, 400, "{bad}");
            assert!(!serde_json::to_string(&problem).unwrap().contains("canary"), "{bad}");
        }
    }
}
