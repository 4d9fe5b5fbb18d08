//! What verification is measured against: an axum handler that reads a body and answers one of a given length.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;

/// Tells this program to be the bare handler.
pub const ARGUMENT: &str = "--as-bare-handler";

/// The bare handler in a process of its own.
pub struct Bare {
    child: Child,
    /// Where it listens on loopback.
    pub port: u16,
}

impl Bare {
    /// Starts it with answers of this many bytes.
    pub fn start(answer: usize) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args([ARGUMENT, &answer.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        output.read_line(&mut line).expect("its port");
        let port = line.trim().parse().expect("its port");
        Self { child, port }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the bare handler: axum as it comes, on the same runtime as the program.
pub fn serve() {
    let length = std::env::args().next_back().and_then(|text| text.parse().ok()).expect("the answer's length");
    let answer = Bytes::from(vec![b'x'; length]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        std::io::stdout().flush().expect("standard output");
        let handler = move |body: Bytes| {
            std::hint::black_box(&body);
            let answer = answer.clone();
            async move { ([(CONTENT_TYPE, "application/json")], answer) }
        };
        axum::serve(listener, Router::new().route("/", post(handler))).await.expect("it serves");
    });
}
