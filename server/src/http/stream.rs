//! A connection's bytes: those that were read ahead of HTTP come first, and a caller who doesn't take its answer is cut
//! off (F-26).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// How long a caller may leave an answer lying.
const WRITE_DEADLINE: Duration = Duration::from_secs(30);

/// A stream with what was read of it ahead.
pub struct Stream<S> {
    ahead: Bytes,
    inner: S,
    /// Set while nothing can be written; most writes go at once.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> Stream<S> {
    /// A stream whose first bytes are these.
    pub fn new(ahead: Bytes, inner: S) -> Self {
        Self { ahead, inner, stalled: None }
    }

    fn within_deadline<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let timer = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(WRITE_DEADLINE)));
        timer.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.inner).poll_read(context, buffer);
        }
        let length = self.ahead.len().min(buffer.remaining());
        buffer.put_slice(&self.ahead.split_to(length));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.within_deadline(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, parts);
        self.within_deadline(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.inner).poll_flush(context);
        self.within_deadline(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_was_read_ahead_comes_first() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        theirs.write_all(b"T / HTTP").await.unwrap();
        drop(theirs);
        let mut stream = Stream::new(Bytes::from_static(b"GE"), ours);
        let mut first = [0; 1];
        stream.read_exact(&mut first).await.unwrap();
        let mut rest = String::new();
        stream.read_to_string(&mut rest).await.unwrap();
        assert_eq!((first[0], rest.as_str()), (b'G', "ET / HTTP"));
    }

    // F-26
    #[tokio::test(start_paused = true)]
    async fn a_caller_who_takes_nothing_is_cut_off_after_30_seconds() {
        let (ours, mut theirs) = tokio::io::duplex(8);
        let mut stream = Stream::new(Bytes::new(), ours);
        let started = tokio::time::Instant::now();
        stream.write_all(&[0; 8]).await.unwrap();
        // who takes something at last goes on
        let (written, _) = tokio::join!(stream.write_all(&[0; 8]), async {
            tokio::time::sleep(Duration::from_secs(29)).await;
            theirs.read_exact(&mut [0; 8]).await.unwrap()
        });
        written.unwrap();
        let error = stream.write_all(&[0; 8]).await.unwrap_err();
        assert_eq!((error.kind(), started.elapsed().as_secs()), (io::ErrorKind::TimedOut, 59));
    }
}
