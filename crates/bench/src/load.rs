//! A small HTTP/1.1 client: requests are bytes made beforehand, connections are kept, answers are read to their length.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A request, ready to be sent.
#[derive(Clone)]
pub struct Request {
    port: u16,
    bytes: Vec<u8>,
    head: usize,
}

impl Request {
    /// A form by POST.
    pub fn form(port: u16, path: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let mut all = headers.to_vec();
        all.push(("content-type", "application/x-www-form-urlencoded"));
        Self::new(port, "POST", path, &all, body.as_bytes())
    }

    /// A JSON body by POST.
    pub fn post(port: u16, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut all = headers.to_vec();
        all.push(("content-type", "application/json"));
        Self::new(port, "POST", path, &all, body)
    }

    /// Any method.
    pub fn new(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut text =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        let head = text.len();
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        Self { port, bytes, head }
    }

    /// What is sent after the head.
    pub fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }

    /// The same as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.body()).into_owned()
    }
}

/// A kept connection.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a TCP socket");
        Self { stream, buffer: vec![0; 1 << 20] }
    }

    /// Sends and reads the whole answer. Also says when its first byte came.
    fn ask(&mut self, request: &Request) -> (&[u8], Instant) {
        self.stream.write_all(&request.bytes).expect("the server reads");
        let mut filled = self.stream.read(&mut self.buffer).expect("the server answers");
        let first_byte = Instant::now();
        loop {
            if let Some(end) = complete(&self.buffer[..filled]) {
                assert_eq!(end, filled, "one answer for one request");
                return (&self.buffer[..filled], first_byte);
            }
            let more = self.stream.read(&mut self.buffer[filled..]).expect("the rest of the answer");
            assert!(more > 0, "the connection ended early: {}", String::from_utf8_lossy(&self.buffer[..filled]));
            filled += more;
        }
    }
}

/// Where the answer ends, if all of it is there.
fn complete(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?.to_ascii_lowercase();
    if let Some(length) = text.split("content-length: ").nth(1) {
        let length: usize = length.split("\r\n").next()?.parse().ok()?;
        return (bytes.len() >= head + length).then_some(head + length);
    }
    if text.contains("transfer-encoding: chunked") {
        return bytes.ends_with(b"0\r\n\r\n").then_some(bytes.len());
    }
    Some(head)
}

/// The body of an answer.
pub fn body_of(answer: &[u8]) -> &[u8] {
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole answer") + 4;
    &answer[head..]
}

/// One request on a connection of its own; the whole answer.
pub fn once(request: &Request) -> Vec<u8> {
    Connection::open(request.port).ask(request).0.to_vec()
}

/// The time to the first byte of the answer, which must hold `expected`.
pub fn time_one(request: &Request, expected: &[u8]) -> Duration {
    let mut connection = Connection::open(request.port);
    let from = Instant::now();
    let (answer, first_byte) = connection.ask(request);
    let found = answer.windows(expected.len()).any(|part| part == expected);
    assert!(found, "not what was expected: {}", String::from_utf8_lossy(answer));
    first_byte - from
}

/// What is asked.
#[derive(Clone, Copy)]
pub enum Supply<'a> {
    /// The same again and again.
    Again(&'a Request),
    /// Each of these once.
    Once(&'a [Request]),
}

impl<'a> Supply<'a> {
    fn get(self, number: usize) -> Option<&'a Request> {
        match self {
            Self::Again(request) => Some(request),
            Self::Once(requests) => requests.get(number),
        }
    }
}

/// Asks as fast as the answers come, on this many connections, for so long or as long as the supply lasts. Each answer's
/// time.
pub fn run(supply: Supply<'_>, connections: usize, duration: Duration) -> (Duration, Vec<Duration>) {
    let from = Instant::now();
    let asked = AtomicUsize::new(0);
    let ask = || {
        let mut connection = None;
        let mut times = Vec::new();
        while from.elapsed() < duration
            && let Some(request) = supply.get(asked.fetch_add(1, Ordering::Relaxed))
        {
            let connection = connection.get_or_insert_with(|| Connection::open(request.port));
            let sent = Instant::now();
            let (answer, first_byte) = connection.ask(request);
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
            times.push(first_byte - sent);
        }
        times
    };
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no thread failed")).collect()
    });
    (from.elapsed(), times)
}

/// What several rounds gave.
#[derive(Default)]
pub struct Figures {
    rates: Vec<f64>,
    times: Vec<Duration>,
}

impl Figures {
    /// One round more.
    pub fn add(&mut self, (took, times): (Duration, Vec<Duration>)) {
        #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
        self.rates.push(times.len() as f64 / took.as_secs_f64());
        self.times.extend(times);
        self.times.sort_unstable();
    }

    /// How many answers came.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// Requests per second in the last round.
    pub fn last(&self) -> f64 {
        self.rates.last().copied().unwrap_or_default()
    }

    /// Requests per second in the median round.
    pub fn median_rate(&self) -> f64 {
        let mut rates = self.rates.clone();
        rates.sort_unstable_by(f64::total_cmp);
        rates[rates.len() / 2]
    }

    /// The time that this share of the answers came within.
    pub fn latency(&self, share: f64) -> Duration {
        percentile(&self.times, share)
    }
}

/// Of times in order, the one that this share lies below.
pub fn percentile(times: &[Duration], share: f64) -> Duration {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = ((times.len() as f64 - 1.0) * share) as usize;
    times[index]
}
