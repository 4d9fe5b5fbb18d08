//! A request's body has 30 seconds in all (contract section 10, "Limits"; F-26).

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

/// How long a body may take.
pub const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// The body wasn't there in time.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body didn't come within its time")]
pub struct BodyTooSlow;

/// Lets the body fail with [`BodyTooSlow`] when its time is over.
pub fn timed<B>(body: B) -> Body
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<axum::BoxError>,
{
    if body.is_end_stream() { Body::empty() } else { Body::new(Timed { body, timer: None }) }
}

struct Timed<B> {
    body: B,
    /// Set when the body first lets us wait; most bodies are there at once.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<B> HttpBody for Timed<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(BODY_DEADLINE)));
        timer.as_mut().poll(context).map(|()| Some(Err(BodyTooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_fails_after_30_seconds() {
        let endless = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let started = tokio::time::Instant::now();
        let error = Timed { body: endless, timer: None }.collect().await.unwrap_err();
        assert!(error.is::<BodyTooSlow>());
        assert_eq!(started.elapsed().as_secs(), 30);
    }
}
