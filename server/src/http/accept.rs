//! The accept loop: HTTP/1.1 on hyper, with the time and size limits that `axum::serve` doesn't set (F-24, F-26).
//!
//! Where a trusted proxy says by the PROXY protocol from where a connection came, that is the caller's address
//! (contract section 2, `LATCHKEY_TRUSTED_PROXIES`).
//!
//! HTTP/1.1 alone: HTTP/2 ends at the proxy in front; what isn't spoken can't be flooded (F-25). TLS ends there too,
//! but for clients with certificates, who may come to a listener of their own.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use latchkey_wire::proxy_protocol::{self, Start};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

use super::ClientCertificate;
use super::body_deadline::timed;
use super::stream::Stream;
use super::tls::Tls;
use crate::config::TrustedProxies;

/// A request's head has so long, from the connection's start or the answer before it; a PROXY protocol header and a TLS
/// handshake too.
const HEADER_DEADLINE: Duration = Duration::from_secs(10);
const MOST_HEADERS: usize = 100;
const LARGEST_HEAD: usize = 16 * 1024;
/// Connections at one time; more wait in the system's queue.
const MOST_CONNECTIONS: usize = 8_192;
/// How long to wait where the system has no descriptor left for a new connection.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(50);
/// How long, after the listener is closed, those who came before that get to send what they came for.
const LINGER: Duration = Duration::from_millis(500);
/// How long requests that are being answered get at a stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` is done, then lets what is being answered finish.
pub async fn serve(listener: TcpListener, app: Router, trusted: TrustedProxies, stop: impl Future<Output = ()>) {
    serve_as(listener, app, trusted, None, stop).await;
}

/// The same by TLS; [`ClientCertificate`] is in each request.
pub async fn serve_tls(
    listener: TcpListener,
    app: Router,
    trusted: TrustedProxies,
    tls: Tls,
    stop: impl Future<Output = ()>,
) {
    serve_as(listener, app, trusted, Some(tls), stop).await;
}

async fn serve_as(
    listener: TcpListener,
    app: Router,
    trusted: TrustedProxies,
    tls: Option<Tls>,
    stop: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let (stopping, _) = watch::channel(());
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let trusted = Arc::new(trusted);
    let mut stop = std::pin::pin!(stop);
    let begin = |(stream, peer): (TcpStream, SocketAddr), place: OwnedSemaphorePermit| {
        let (app, trusted, tls, watcher) = (app.clone(), Arc::clone(&trusted), tls.clone(), graceful.watcher());
        let mut stopping = stopping.subscribe();
        tokio::spawn(async move {
            let opened = tokio::select! {
                // who hasn't begun to speak has nothing to be answered
                _ = stopping.changed() => return,
                opened = open(stream, peer, &trusted, tls.as_ref()) => opened,
            };
            match opened {
                Ok(opened) => {
                    if let Err(error) = watcher.watch(connection(opened, app)).await {
                        tracing::debug!(%error, "a connection ended early");
                    }
                }
                Err(error) => tracing::debug!(%error, %peer, "a connection was closed before HTTP began"),
            }
            drop(place);
        });
    };
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&room).acquire_owned() => place.expect("nobody closes it"),
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener) => accepted,
        };
        begin(accepted, place);
    }
    begin_those_in_the_queue(listener, &room, begin);
    tokio::time::sleep(LINGER).await;
    drop(stopping);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were still being answered and are cut off");
    }
}

/// Begins those who stand in the system's queue: they came before the stop, and would be cut off with the listener. The
/// system itself is asked, since the runtime may not have heard of them yet.
fn begin_those_in_the_queue(
    listener: TcpListener,
    room: &Arc<Semaphore>,
    begin: impl Fn((TcpStream, SocketAddr), OwnedSemaphorePermit),
) {
    let Ok(listener) = listener.into_std() else { return };
    while let Ok(place) = Arc::clone(room).try_acquire_owned() {
        match listener.accept().and_then(|(stream, peer)| Ok((without_waiting(stream)?, peer))) {
            Ok(accepted) => begin(accepted, place),
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => return,
        }
    }
}

fn without_waiting(stream: std::net::TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
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

/// A connection on which HTTP may begin.
struct Opened {
    stream: Box<dyn ByteStream>,
    /// From where it came.
    peer: SocketAddr,
    /// On a TLS listener: what the client showed.
    certificate: Option<ClientCertificate>,
}

/// Bytes in and out, with or without TLS.
trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for S {}

/// Reads the PROXY protocol header that a trusted proxy may send, and does the TLS handshake where there is one.
async fn open(stream: TcpStream, peer: SocketAddr, trusted: &TrustedProxies, tls: Option<&Tls>) -> io::Result<Opened> {
    // an answer is one write; waiting for more would only delay it
    let _ = stream.set_nodelay(true);
    let (stream, peer) = behind_proxy(stream, peer, trusted).await?;
    let Some(tls) = tls else { return Ok(Opened { stream: Box::new(stream), peer, certificate: None }) };
    let (stream, certificate) = tokio::time::timeout(HEADER_DEADLINE, tls.handshake(stream)).await??;
    Ok(Opened { stream: Box::new(stream), peer, certificate: Some(certificate) })
}

/// The stream behind a PROXY protocol header, and from where it came: what a trusted proxy says, else the peer. Anybody
/// else's header is left for TLS or HTTP, which refuse it.
async fn behind_proxy(
    mut stream: TcpStream,
    peer: SocketAddr,
    trusted: &TrustedProxies,
) -> io::Result<(Stream<TcpStream>, SocketAddr)> {
    if !trusted.contain(peer.ip().to_canonical()) {
        return Ok((Stream::new(Bytes::new(), stream), peer));
    }
    let (ahead, source) = tokio::time::timeout(HEADER_DEADLINE, read_start(&mut stream)).await??;
    Ok((Stream::new(ahead, stream), source.unwrap_or(peer)))
}

/// Reads until it is certain whether there is a header: what was read behind it, and the address that it gives.
async fn read_start(stream: &mut TcpStream) -> io::Result<(Bytes, Option<SocketAddr>)> {
    let mut read = Vec::new();
    loop {
        match proxy_protocol::start(&read).map_err(io::Error::other)? {
            Start::Header { length, source } => return Ok((Bytes::from(read).slice(length..), source)),
            Start::Absent => return Ok((Bytes::from(read), None)),
            Start::Incomplete if stream.read_buf(&mut read).await? == 0 => {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Start::Incomplete => {}
        }
    }
}

fn connection(
    opened: Opened,
    app: Router,
) -> http1::Connection<
    TokioIo<Box<dyn ByteStream>>,
    impl HttpService<Incoming, ResBody = Body, Error = Infallible, Future: Send>,
> {
    let Opened { stream, peer, certificate } = opened;
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(timed);
        request.extensions_mut().insert(ConnectInfo(peer));
        if let Some(certificate) = &certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        // a length beside it is dropped by now: what a proxy may have taken for the body's rest must not be read as another
        // request (RFC 9112 section 6.3)
        let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
        let answered = app.clone().oneshot(request);
        async move {
            let mut response = answered.await?;
            if is_chunked {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
}
