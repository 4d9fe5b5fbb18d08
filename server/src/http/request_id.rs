//! The id of a request: in its answer, and in every line that is logged meanwhile.
//!
//! It is for finding a line in a log and proves nothing, so that it counts up behind a random word of the process: asking
//! the system for randomness at each request would cost more than naming it. For the same reason it goes along with the
//! task and isn't a span, which would be made, filled and taken down for the few requests that log anything.

use std::fmt;
use std::str;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::random::Random;

/// The header that carries the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    /// The request that is being answered.
    static CURRENT: RequestId;
}

/// The name of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    process: [u8; 8],
    number: u64,
}

impl RequestId {
    /// That of the request that is being answered, where one is.
    pub fn current() -> Option<Self> {
        CURRENT.try_get().ok()
    }

    /// Answers this request.
    pub fn around<F: Future>(self, answered: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, answered)
    }

    /// Does something for this request at once.
    pub fn during<R>(self, done: impl FnOnce() -> R) -> R {
        CURRENT.sync_scope(self, done)
    }

    /// For [`REQUEST_ID`].
    pub fn header(self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }
}

/// A task beside the one that answers the request, which is part of it all the same.
pub async fn along<F: Future>(id: Option<RequestId>, work: F) -> F::Output {
    match id {
        Some(id) => id.around(work).await,
        None => work.await,
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{:x}", str::from_utf8(&self.process).unwrap_or_default(), self.number)
    }
}

/// Names requests.
pub struct RequestIds {
    process: [u8; 8],
    count: AtomicU64,
}

impl RequestIds {
    /// With a new word.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 6];
        random.fill(&mut bytes);
        let mut process = [b'0'; 8];
        let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut process);
        debug_assert_eq!(written, Ok(8), "six bytes are eight characters");
        Self { process, count: AtomicU64::new(0) }
    }

    /// The next one.
    pub fn next(&self) -> RequestId {
        RequestId { process: self.process, number: self.count.fetch_add(1, Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use crate::compose::SystemRandom;

    use super::*;

    #[tokio::test]
    async fn an_id_goes_along_with_its_request() {
        let ids = RequestIds::new(&SystemRandom);
        let (one, other) = (ids.next(), ids.next());
        assert_ne!(one.to_string(), other.to_string());
        assert_eq!(one.header().unwrap(), one.to_string().as_str());
        assert_eq!(RequestId::current(), None);
        assert_eq!(one.during(RequestId::current), Some(one));
        let beside = async { tokio::spawn(along(RequestId::current(), async { RequestId::current() })).await.unwrap() };
        assert_eq!(other.around(beside).await, Some(other));
        assert_eq!(RequestId::current(), None);
    }
}
