//! Over real sockets: a server on loopback, which `--dev` may ask.

use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A server that answers every connection with `answer`; its port.
async fn serve<F, A>(answer: F) -> u16
where
    F: Fn(TcpStream) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            tokio::spawn(answer(stream));
        }
    });
    port
}

async fn respond(mut stream: TcpStream, head: &str, body: Vec<u8>) {
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(&body).await;
    let _ = stream.shutdown().await;
}

async fn get(fetcher: &OutsideFetcher, url: &str) -> Result<Vec<u8>, FetchError> {
    fetcher.get(&Url::parse(url).unwrap()).await
}

// F-30
#[tokio::test]
async fn a_document_of_any_type_is_handed_over_as_bytes() {
    let port = serve(|stream| respond(stream, "200 OK\r\nContent-Type: text/html", b"<html>".to_vec())).await;
    for host in ["127.0.0.1", "localhost"] {
        let fetched = get(&OutsideFetcher::new(true), &format!("http://{host}:{port}/jwks")).await;
        assert_eq!(fetched.unwrap(), b"<html>", "{host}");
    }
}

// F-30
#[tokio::test]
async fn other_statuses_and_redirects_are_no_answer() {
    let target = serve(|stream| respond(stream, "200 OK", b"{}".to_vec())).await;
    for (status, location) in [
        ("302 Found", format!("http://127.0.0.1:{target}/")),
        ("301 Moved Permanently", "http://169.254.169.254/latest/meta-data".to_owned()),
        ("307 Temporary Redirect", "/elsewhere".to_owned()),
        ("404 Not Found", String::new()),
        ("500 Internal Server Error", String::new()),
        ("204 No Content", String::new()),
    ] {
        let head = format!("{status}\r\nLocation: {location}");
        let port = serve(move |stream| {
            let head = head.clone();
            async move { respond(stream, &head, b"{}".to_vec()).await }
        })
        .await;
        let fetched = get(&OutsideFetcher::new(true), &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(fetched, Err(FetchError::Refused), "{status}");
    }
}

// F-30: whatever length it says, or none at all
#[tokio::test]
async fn the_answer_is_cut_off_at_256_kib() {
    for (length, said, expected) in [
        (256 * 1024, None, Ok(256 * 1024)),
        (256 * 1024 + 1, None, Err(FetchError::TooLarge)),
        (256 * 1024 + 1, Some(256 * 1024 + 1), Err(FetchError::TooLarge)),
        (8 * 1024 * 1024, None, Err(FetchError::TooLarge)),
    ] {
        let head = said.map_or_else(|| "200 OK".to_owned(), |said: usize| format!("200 OK\r\nContent-Length: {said}"));
        let port = serve(move |stream| {
            let head = head.clone();
            async move { respond(stream, &head, vec![b' '; length]).await }
        })
        .await;
        let fetched = get(&OutsideFetcher::new(true), &format!("http://127.0.0.1:{port}/")).await;
        assert_eq!(fetched.map(|body| body.len()), expected, "{length}");
    }
}

// F-30: silent, and one that says a byte now and then
#[tokio::test]
async fn the_deadline_is_for_the_whole_answer() {
    let silent = serve(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let slow = serve(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        let mut ticks = tokio::time::interval(Duration::from_millis(200));
        loop {
            ticks.tick().await;
            if stream.write_all(b" ").await.is_err() {
                break;
            }
        }
    })
    .await;
    let fetcher = OutsideFetcher::new(true);
    let started = Instant::now();
    let (silent, slow) = (format!("http://127.0.0.1:{silent}/"), format!("http://127.0.0.1:{slow}/"));
    let (silent, slow) = tokio::join!(get(&fetcher, &silent), get(&fetcher, &slow));
    assert_eq!((silent, slow), (Err(FetchError::NoAnswer), Err(FetchError::NoAnswer)));
    let took = started.elapsed();
    assert!(took >= DEADLINE && took < DEADLINE * 3, "{took:?}");
}

// F-30, API7: nobody is even connected to
#[tokio::test]
async fn addresses_of_this_machine_are_not_asked_in_production() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fetcher = OutsideFetcher::new(false);
    for url in [
        format!("https://127.0.0.1:{port}/"),
        // a name is resolved first
        format!("https://localhost:{port}/"),
        format!("https://0x7f000001:{port}/"),
        format!("https://[::1]:{port}/"),
        format!("https://[::ffff:127.0.0.1]:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/".to_owned(),
    ] {
        assert_eq!(get(&fetcher, &url).await, Err(FetchError::NotAllowed), "{url}");
    }
    let accepted = tokio::select! {
        biased;
        accepted = listener.accept() => Some(accepted),
        () = std::future::ready(()) => None,
    };
    assert!(accepted.is_none());
}

// F-30
#[tokio::test]
async fn only_https_without_a_password_and_http_on_loopback_in_dev() {
    for (url, in_production, in_dev) in [
        ("https://keys.example/jwks", true, true),
        ("https://1.1.1.1/jwks", true, true),
        ("http://keys.example/jwks", false, false),
        ("http://1.1.1.1/jwks", false, false),
        ("http://127.0.0.1:3000/jwks", false, true),
        ("http://localhost/jwks", false, true),
        ("http://localhost.evil.example/jwks", false, false),
        ("http://[::1]/jwks", false, true),
        ("https://10.0.0.1/jwks", false, false),
        ("https://user@keys.example/jwks", false, false),
        ("https://:password@keys.example/jwks", false, false),
        ("ftp://keys.example/jwks", false, false),
        ("file:///etc/passwd", false, false),
        ("data:,x", false, false),
    ] {
        let url = Url::parse(url).unwrap();
        assert_eq!(OutsideFetcher::new(false).check(&url).is_ok(), in_production, "{url}");
        assert_eq!(OutsideFetcher::new(true).check(&url).is_ok(), in_dev, "{url}");
    }
}

async fn post(fetcher: &OutsideFetcher, url: &str) -> Result<Posted, FetchError> {
    let headers = [("webhook-id", "ntc_1".to_owned()), ("content-type", "application/json".to_owned())];
    fetcher.post(&Url::parse(url).unwrap(), &headers, b"{}".to_vec()).await
}

// F-30, API7: a redirect is an answer like any other, and nothing of the body is waited for
#[tokio::test]
async fn what_is_posted_gets_the_status_alone() {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = asked.clone();
    let target = serve(move |stream| {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        respond(stream, "200 OK", Vec::new())
    })
    .await;
    for (head, status, retry_after) in [
        ("204 No Content".to_owned(), 204, None),
        (format!("302 Found\r\nLocation: http://127.0.0.1:{target}/"), 302, None),
        (format!("307 Temporary Redirect\r\nLocation: http://127.0.0.1:{target}/"), 307, None),
        ("429 Too Many Requests\r\nRetry-After: 17".to_owned(), 429, Some(17)),
        ("503 Service Unavailable\r\nRetry-After: Fri, 15 Jan 2027 08:00:00 GMT".to_owned(), 503, None),
        ("410 Gone".to_owned(), 410, None),
    ] {
        let port = serve(move |stream| {
            let head = head.clone();
            // more than anybody would read
            async move { respond(stream, &head, vec![b' '; 8 * 1024 * 1024]).await }
        })
        .await;
        let posted = post(&OutsideFetcher::new(true), &format!("http://127.0.0.1:{port}/hook")).await;
        assert_eq!(posted, Ok(Posted { status, retry_after }));
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 0);
}

// F-30, API7
#[tokio::test]
async fn nothing_is_posted_to_this_machine_in_production() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for url in [
        format!("https://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("https://localhost:{port}/"),
        format!("https://[::1]:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/".to_owned(),
    ] {
        assert_eq!(post(&OutsideFetcher::new(false), &url).await, Err(FetchError::NotAllowed), "{url}");
    }
    let connected = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
    assert!(connected.is_err(), "somebody was connected to");
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_up() {
    let silent = serve(|stream| async move {
        let _open = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let started = Instant::now();
    assert_eq!(
        post(&OutsideFetcher::new(true), &format!("http://127.0.0.1:{silent}/")).await,
        Err(FetchError::NoAnswer)
    );
    let took = started.elapsed();
    assert!(took >= POST_DEADLINE && took < POST_DEADLINE * 2, "{took:?}");
}
