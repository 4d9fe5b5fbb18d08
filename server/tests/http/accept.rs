//! The listener, over real TCP: the PROXY protocol (contract section 2), and who says nothing (F-26).

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use latchkey::http::accept;
use latchkey::http::layers::around::Around;
use latchkey_core::audit::{self, AuditQuery};
use latchkey_core::ports::Page;
use latchkey_types::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::app::{COMMAND_LINE, Options, TestApp};

/// A listener, stopped when told.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start(app: Router, trusted: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let trusted = trusted.parse().unwrap();
        let serving = tokio::spawn(accept::serve(listener, app, trusted, async {
            let _ = stopped.await;
        }));
        Self { address, stop, serving }
    }

    /// One that answers with the caller's address.
    async fn echo(trusted: &str) -> Self {
        let echo = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string();
        Self::start(Router::new().route("/", get(echo)), trusted).await
    }

    /// Sends these bytes and answers all that comes back.
    async fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // a connection that is closed with something unread is reset
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    }
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const KEPT: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const V1: &[u8] = b"PROXY TCP4 203.0.113.77 192.0.2.1 40000 443\r\n";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x4d\xc0\0\x02\x01\x9c\x40\x01\xbb";
const LOCAL: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

#[tokio::test]
async fn a_trusted_proxy_says_from_where_a_connection_came() {
    let server = Server::echo("127.0.0.0/8").await;
    for header in [V1, V2] {
        let answer = server.send(&[header, KEPT, REQUEST].concat()).await;
        assert_eq!(answer.matches("203.0.113.77:40000").count(), 2, "each request of the connection: {answer}");
    }
    for header in [LOCAL, b"PROXY UNKNOWN\r\n", b""] {
        let answer = server.send(&[header, REQUEST].concat()).await;
        assert!(
            answer.ends_with(|last: char| last.is_ascii_digit()) && answer.contains("\r\n\r\n127.0.0.1:"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_header_may_come_in_pieces() {
    let server = Server::echo("127.0.0.1").await;
    for header in [V1, V2] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for byte in [header, REQUEST].concat() {
            stream.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("203.0.113.77:40000"), "{answer}");
    }
}

#[tokio::test]
async fn a_malformed_header_is_not_answered() {
    let server = Server::echo("127.0.0.1").await;
    for header in [
        &b"PROXY TCP4 203.0.113.77 192.0.2.1 40000\r\n"[..],
        b"PROXY TCP4 203.0.113.77 192.0.2.1 40000 443\n",
        b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\0",
    ] {
        assert_eq!(server.send(&[header, REQUEST].concat()).await, "", "{header:?}");
    }
    // a second header is no HTTP
    assert!(server.send(&[V1, V1, REQUEST].concat()).await.starts_with("HTTP/1.1 400"));
}

// C10: nobody outside of the configured proxies decides where they come from
#[tokio::test]
async fn a_strangers_header_is_bad_http() {
    for trusted in ["", "10.0.0.0/8"] {
        let server = Server::echo(trusted).await;
        for header in [V1, V2] {
            let answer = server.send(&[header, REQUEST].concat()).await;
            assert!(answer.starts_with("HTTP/1.1 400") && !answer.contains("203.0.113.77"), "{answer}");
        }
        assert!(server.send(REQUEST).await.contains("127.0.0.1:"));
    }
}

// the audit log, and with it everything else, takes the address that the proxy gave; what that caller says of itself in
// X-Forwarded-For isn't believed
#[tokio::test]
async fn the_application_sees_the_address() {
    let app =
        TestApp::with(Options { providers: Vec::new(), trusted_proxies: "127.0.0.1", ..Options::default() }).await;
    app.org("acme").await;
    let key = latchkey_core::management_keys::NewKey { name: "ci".to_owned(), role: Role::Viewer, expires_at: None };
    let key = latchkey_core::management_keys::create(&app.core, &COMMAND_LINE, Some("acme"), key).await.unwrap();
    let server = Server::start(app.router(), "127.0.0.1").await;
    let request = format!(
        "POST /api/v1/orgs/acme/apis/api_7Gk2mPq9XzRtA1b2/verification-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         X-Forwarded-For: 198.51.100.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: 12\r\n\r\n{{\"name\":\"x\"}}",
        key.secret.expose()
    );
    let answer = server.send(&[V2, request.as_bytes()].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    let page = Page { limit: 1, cursor: None };
    let rows = audit::list(&app.core, &COMMAND_LINE, "acme", AuditQuery::default(), &page).await.unwrap().items;
    assert_eq!(rows[0].ip, Some("203.0.113.77".parse().unwrap()), "{rows:?}");
}

// F-26: silence, and half a header of either kind
#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_cut_off_after_10_seconds() {
    for trusted in ["127.0.0.1", ""] {
        let server = Server::echo(trusted).await;
        for bytes in [&b""[..], b"PROXY TCP4 203.0", b"GET / HTTP/1.1\r\nHost: l"] {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
    }
}

// F-04: connections on which nothing was asked don't hold up a stop
#[tokio::test]
async fn idle_connections_do_not_hold_up_a_stop() {
    let server = Server::echo("127.0.0.1").await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut begun = TcpStream::connect(server.address).await.unwrap();
    begun.write_all(&V1[..9]).await.unwrap();
    // both are accepted by now: this one came after them
    assert!(server.send(REQUEST).await.contains("127.0.0.1:"));
    server.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.serving).await.expect("stops at once").unwrap();
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(begun.read(&mut [0; 1]).await.unwrap_or(0), 0);
}

// F-04: who stands in the system's queue when the stop comes is answered, and not cut off
#[tokio::test]
async fn who_came_before_the_stop_is_answered() {
    use std::io::{Read, Write};
    for round in 0..20 {
        let server = Server::echo("203.0.113.9").await;
        // nothing is awaited in between: nobody has accepted them yet
        let mut queued: Vec<std::net::TcpStream> =
            (0..5).map(|_| std::net::TcpStream::connect(server.address).unwrap()).collect();
        for stream in &mut queued {
            stream.write_all(REQUEST).unwrap();
        }
        server.stop.send(()).unwrap();
        server.serving.await.unwrap();
        for stream in &mut queued {
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{round}: {answer}");
        }
        assert!(std::net::TcpStream::connect(server.address).is_err());
    }
}

// F-28: what one proxy takes for the rest of a body is not another request here (RFC 9112 section 6.3)
#[tokio::test]
async fn a_length_beside_chunks_smuggles_nothing() {
    let server = Server::echo("203.0.113.9").await;
    let (length, chunked) = ("Content-Length: 60", "Transfer-Encoding: chunked");
    for (one, other) in [(length, chunked), (chunked, length), (chunked, "X-Nothing: 1")] {
        let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{one}\r\n{other}\r\n\r\n0\r\n\r\n");
        let answer = server.send(&[request.as_bytes(), REQUEST].concat()).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{one}, {other}: {answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
}

// F-25: HTTP/2 isn't spoken, so its floods are bad HTTP/1.1
#[tokio::test]
async fn http_2_is_not_spoken() {
    let server = Server::echo("203.0.113.9").await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let mut flooding = TcpStream::connect(server.address).await.unwrap();
    flooding.write_all(&[&preface[..], settings].concat()).await.unwrap();
    let mut answer = Vec::new();
    let _ = flooding.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:?}");
    // nor is it changed to on the way
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\
                   HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n";
    assert!(server.send(upgrade.as_bytes()).await.starts_with("HTTP/1.1 200"));
}

// F-36: a handler that panics is one 500, which doesn't say why; the next caller is served
#[tokio::test]
async fn a_panic_is_one_500() {
    let app = TestApp::new().await;
    let panicking = async || -> &'static str { panic!("canary") };
    let router = Router::new()
        .route("/panic", get(panicking))
        .route("/", get(async || "served"))
        .layer(Around::new(app.state.clone()));
    let server = Server::start(router, "203.0.113.9").await;
    for _ in 0..2 {
        let answer = server.send(b"GET /panic HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("application/problem+json"), "{answer}");
        assert!(!answer.contains("canary"), "{answer}");
        assert!(server.send(REQUEST).await.ends_with("served"));
    }
}
