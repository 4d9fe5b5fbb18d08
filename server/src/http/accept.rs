//! The accept loop: HTTP/1.1 on hyper, with the time and size limits that `axum::serve` doesn't set (F-24, F-26).
//!
//! HTTP/1.1 alone: TLS, and with it HTTP/2, ends at the proxy in front; what isn't spoken can't be flooded (F-25).

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// A request's head has so long, from the connection's start or the answer before it.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);
const MOST_HEADERS: usize = 100;
const LARGEST_HEAD: usize = 16 * 1024;
/// Connections at one time; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 8_192;
/// How long to wait where the system has no descriptor left for a new connection.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(50);
/// How long requests that are being answered get at a stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` is done, then lets what is being answered finish.
pub async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&room).acquire_owned() => place.expect("nobody closes it"),
        };
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            connection = accept(&listener) => connection,
        };
        let connection = graceful.watch(connection(stream, peer, app.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still being answered and are cut off");
    }
}

/// The next connection. Where the system can't give one (no descriptors left), others are served meanwhile.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted now");
                tokio::time::sleep(AFTER_A_FAILED_ACCEPT).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
) -> http1::Connection<TokioIo<TcpStream>, impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send>>
{
    // an answer is one write; waiting for more would only delay it
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        app.clone().oneshot(request)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
}
