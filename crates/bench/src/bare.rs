//! What the program is measured against: axum handlers that do the one thing that can't be left out, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Router};
use serde::Deserialize;

use crate::jwt::Signer;

/// Tells this program to be the bare handlers.
pub const ARGUMENT: &str = "--as-bare-handler";

/// Reads a body of any kind and answers as many bytes as the program does.
pub const READ: &str = "/read";
/// Parses the form.
pub const PARSE: &str = "/parse";
/// Parses the form and signs once.
pub const SIGN: &str = "/sign";
/// Parses the form, verifies `client_assertion` and signs once.
pub const VERIFY_AND_SIGN: &str = "/verify-and-sign";
/// Parses the form and verifies `token`.
pub const VERIFY: &str = "/verify";

/// The bare handlers in a process of their own.
pub struct Bare {
    child: Child,
    /// Where they listen on loopback.
    pub port: u16,
}

impl Bare {
    /// Starts them with answers, and claims of what is signed, of this many bytes.
    pub fn start(answer: usize, claims: usize) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args([ARGUMENT, &answer.to_string(), &claims.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        output.read_line(&mut line).expect("its port");
        let port = line.trim().parse().expect("its port");
        Self { child, port }
    }

    /// Its process' id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the handlers need.
struct Given {
    answer: Bytes,
    claims: serde_json::Value,
    signer: Signer,
}

#[derive(Deserialize)]
struct TokenForm {
    #[serde(rename = "grant_type")]
    _grant_type: String,
    client_assertion: Option<String>,
}

#[derive(Deserialize)]
struct IntrospectionForm {
    token: String,
}

/// Is the bare handlers: axum as it comes, on the same runtime as the program.
pub fn serve() {
    let numbers: Vec<usize> = std::env::args().skip(2).map(|text| text.parse().expect("a number")).collect();
    let [answer, claims] = numbers[..] else { panic!("the lengths of the answer and of the claims") };
    let given = Arc::new(Given {
        answer: Bytes::from(vec![b'x'; answer]),
        claims: serde_json::json!({ "claims": "x".repeat(claims.saturating_sub(r#"{"claims":""}"#.len())) }),
        signer: Signer::new(),
    });
    let router = Router::new()
        .route(READ, post(read))
        .route(PARSE, post(parse))
        .route(SIGN, post(sign))
        .route(VERIFY_AND_SIGN, post(verify_and_sign))
        .route(VERIFY, post(verify))
        .with_state(given);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address").port());
        std::io::stdout().flush().expect("standard output");
        axum::serve(listener, router).await.expect("it serves");
    });
}

async fn read(State(given): State<Arc<Given>>, body: Bytes) -> Response {
    std::hint::black_box(&body);
    ([(CONTENT_TYPE, "application/json")], given.answer.clone()).into_response()
}

async fn parse(State(given): State<Arc<Given>>, Form(form): Form<IntrospectionForm>) -> Response {
    std::hint::black_box(&form.token);
    ([(CONTENT_TYPE, "application/json")], given.answer.clone()).into_response()
}

async fn sign(State(given): State<Arc<Given>>, Form(form): Form<TokenForm>) -> Response {
    std::hint::black_box(&form.client_assertion);
    issue(&given)
}

async fn verify_and_sign(State(given): State<Arc<Given>>, Form(form): Form<TokenForm>) -> Response {
    if !form.client_assertion.is_some_and(|assertion| given.signer.verifies(&assertion)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    issue(&given)
}

async fn verify(State(given): State<Arc<Given>>, Form(form): Form<IntrospectionForm>) -> Response {
    if !given.signer.verifies(&form.token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    ([(CONTENT_TYPE, "application/json")], given.answer.clone()).into_response()
}

fn issue(given: &Given) -> Response {
    let token = given.signer.sign("at+jwt", &given.claims);
    let body = serde_json::json!({ "access_token": token, "token_type": "Bearer", "expires_in": 300 });
    ([(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
