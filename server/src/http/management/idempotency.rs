//! `Idempotency-Key` on every POST (contract section 10, "Management"; F-38): the same call again gets the stored
//! answer; where that held a secret, 409 with the id of what was made; of parallel calls one wins.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use latchkey_core::ports::{IdempotencyRecord, IdempotencyStart};
use latchkey_core::{Actor, Conflict, Core, Error};
use sha2::{Digest, Sha256};

use super::answer::HoldsSecret;
use super::extract::By;
use crate::http::problem::Chain;
use crate::http::request_id::{self, RequestId};
use crate::http::{Problem, json};

/// The longest key, in characters.
const LONGEST_KEY: usize = 255;
/// The largest answer that is kept, in bytes.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Around every operation; does its work for a POST with the header.
pub async fn layer(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key("idempotency-key") {
        return next.run(request).await;
    }
    once(core, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn once(core: Arc<Core>, request: Request, next: Next) -> Result<Response, Problem> {
    let key = key_of(request.headers())?;
    let caller = caller_of(&request)?;
    let (parts, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(parts.clone(), body), &())
        .await
        .map_err(|rejection| json::unreadable(&rejection))?;
    // keyed: a body may hold secrets that somebody could guess from a plain hash of it
    let hash = core.hasher.mac("idempotent-request", request_hash(&parts.method, parts.uri.path(), &body));
    let start = core.store.start_idempotent(&caller, &key, &hash, core.clock.now()).await.map_err(Error::from)?;
    match start {
        IdempotencyStart::Again(record) => Ok(again(record)),
        IdempotencyStart::OtherRequest => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "This `Idempotency-Key` was used for another request",
        )
        .detail("Take a new key for a new request.")),
        IdempotencyStart::First => {
            let request = Request::from_parts(parts, Body::from(body));
            // a task of its own: a client that hangs up must not leave the key taken and the answer unknown
            let work = async move { first(&core, &caller, &key, request, next).await };
            let work = tokio::spawn(request_id::along(RequestId::current(), work));
            work.await.map_err(|error| Problem::internal(&error))?
        }
    }
}

fn key_of(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let key = values.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
    if values.next().is_some() || key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::bad_request("`Idempotency-Key` is one header of 1 to 255 ASCII characters."));
    }
    Ok(key.to_owned())
}

fn caller_of(request: &Request) -> Result<String, Problem> {
    match request.extensions().get::<By>().map(|by| &by.0.actor) {
        Some(Actor::ManagementKey { id, .. }) => Ok(id.to_string()),
        Some(Actor::ServiceAccount { id, .. }) => Ok(id.to_string()),
        _ => Err(Problem::unauthenticated()),
    }
}

/// Where the call goes and what it says; lengths keep the parts apart.
fn request_hash(method: &Method, path: &str, body: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn again(record: IdempotencyRecord) -> Response {
    let conflict = |detail: &str| Problem::from(Error::conflict(Conflict::Idempotency, detail));
    match record {
        IdempotencyRecord::Answered { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
            let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
            (status, json, body).into_response()
        }
        IdempotencyRecord::MadeSecret { id } => {
            conflict("This was done already; its secret was shown once and is not kept. `id` is what was made.")
                .member("id", id)
                .into_response()
        }
        IdempotencyRecord::InProgress => conflict(
            "A call with this key is at work, or was cut off. Look at whether it was done; if not, take a new key.",
        )
        .into_response(),
    }
}

/// Does the work and notes the answer. A refusal did nothing: the key is given back. After a fault of ours nobody knows
/// whether it was done, perhaps only the answer of the commit was lost: the key stays taken, so that nothing is made
/// twice.
async fn first(core: &Core, caller: &str, key: &str, request: Request, next: Next) -> Result<Response, Problem> {
    let (parts, body) = next.run(request).await.into_parts();
    let body = to_bytes(body, LARGEST_ANSWER).await.map_err(|error| Problem::internal(&error))?;
    let noted = if parts.status.is_server_error() {
        Ok(())
    } else if !parts.status.is_success() {
        core.store.abandon_idempotent(caller, key).await
    } else if let Some(HoldsSecret(id)) = parts.extensions.get::<HoldsSecret>() {
        core.store.finish_idempotent(caller, key, &IdempotencyRecord::MadeSecret { id: id.clone() }).await
    } else {
        let body = String::from_utf8_lossy(&body).into_owned();
        core.store
            .finish_idempotent(caller, key, &IdempotencyRecord::Answered { status: parts.status.as_u16(), body })
            .await
    };
    if let Err(error) = noted {
        // the work is done: the answer goes out, and a repeated call gets 409
        tracing::error!(error = %Chain(&error), "the answer of an idempotent call could not be noted");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU16, Ordering};

    use axum::{Extension, Router, middleware, routing};
    use latchkey_core::Caller;
    use latchkey_core::management_keys::{self, NewKey};
    use latchkey_types::Role;
    use tower::ServiceExt;

    use super::*;

    const COMMAND_LINE: Caller = Caller { actor: Actor::CommandLine, ip: None };

    #[test]
    fn another_place_method_or_body_is_another_request() {
        let one = request_hash(&Method::POST, "/a", b"b");
        for other in [
            request_hash(&Method::PUT, "/a", b"b"),
            request_hash(&Method::POST, "/ab", b""),
            request_hash(&Method::POST, "/", b"ab"),
        ] {
            assert_ne!(one, other);
        }
        assert_eq!(one, request_hash(&Method::POST, "/a", b"b"));
    }

    // F-38: a refusal gives the key back, a fault doesn't: what it stopped may have been done
    #[tokio::test]
    async fn what_may_have_been_done_is_not_done_again() {
        for (status, done_again) in [(422, true), (429, true), (500, false), (503, false)] {
            let calls = Arc::new(AtomicU16::new(0));
            let counted = Arc::clone(&calls);
            let handler = async move || {
                counted.fetch_add(1, Ordering::Relaxed);
                StatusCode::from_u16(status).unwrap()
            };
            let core = crate::compose::tests::core().await;
            let new = NewKey { name: "test".to_owned(), role: Role::Owner, expires_at: None };
            let id = management_keys::create(&core, &COMMAND_LINE, None, new).await.unwrap().key.id;
            let actor = Actor::ManagementKey { id, org: None, role: Role::Owner };
            let app = Router::new()
                .route("/", routing::post(handler))
                .layer(middleware::from_fn_with_state(core, layer))
                .layer(Extension(By(Caller { actor, ip: None })));
            let mut answers = Vec::new();
            for _ in 0..2 {
                let request = Request::post("/").header("idempotency-key", "one").body(Body::empty()).unwrap();
                answers.push(app.clone().oneshot(request).await.unwrap().status().as_u16());
            }
            let (again, times) = if done_again { (status, 2) } else { (409, 1) };
            assert_eq!((answers, calls.load(Ordering::Relaxed)), (vec![status, again], times), "{status}");
        }
    }

    #[test]
    fn keys_have_a_form() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("idempotency-key", value.parse().unwrap());
            }
            key_of(&headers).map_err(|problem| problem.status)
        };
        assert_eq!(read(&["abc"]), Ok("abc".to_owned()));
        for bad in [&[][..], &[""], &["a", "b"], &[&"x".repeat(256)]] {
            assert_eq!(read(bad), Err(400), "{bad:?}");
        }
    }
}
