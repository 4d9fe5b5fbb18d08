//! The token endpoint and introspection.

use crate::bare::{self, Bare};
use crate::compare::{ROUNDS, compare};
use crate::jwt::Signer;
use crate::load::{self, Request, Supply};
use crate::program::{Clients, Program, Scene};

/// More than the program answers in a round.
const ASSERTIONS: usize = 6_000;

/// Each as a ratio to a handler that parses the form, and signs or verifies once.
pub fn measure(program: &Program, scene: &Scene) {
    let clients = program.clients();
    token_by_secret(program, &clients);
    token_by_assertion(program, &clients);
    introspection(program, "introspect a JWT", &scene.verification_key, &issued(program, &clients, false));
    introspection(
        program,
        "introspect an opaque token",
        &clients.opaque_verification_key,
        &issued(program, &clients, true),
    );
}

/// An access token.
fn issued(program: &Program, clients: &Clients, opaque: bool) -> String {
    let answer = load::once(&program.token_request(clients, opaque));
    let body: serde_json::Value = serde_json::from_slice(load::body_of(&answer)).expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

/// How long the claims of a JWT are.
fn claims_length(token: &str) -> usize {
    token.split('.').nth(1).map_or(0, |part| part.len() * 3 / 4)
}

fn token_by_secret(program: &Program, clients: &Clients) {
    let request = program.token_request(clients, false);
    let bare = Bare::start(0, claims_length(&issued(program, clients, false)));
    let bare_request = Request::form(bare.port, bare::SIGN, &[], &request.text());
    compare("token by secret", &bare, program, |_| (Supply::Again(&bare_request), Supply::Again(&request)));
}

fn token_by_assertion(program: &Program, clients: &Clients) {
    let rounds: Vec<Vec<Request>> =
        (0..ROUNDS).map(|round| program.assertion_requests(clients, round, ASSERTIONS)).collect();
    let bare = Bare::start(0, claims_length(&issued(program, clients, false)));
    let bare_request = Request::form(bare.port, bare::VERIFY_AND_SIGN, &[], &rounds[0][0].text());
    compare("token by private_key_jwt", &bare, program, |round| {
        (Supply::Again(&bare_request), Supply::Once(&rounds[round]))
    });
}

/// A JWT is measured against a handler that verifies one, an opaque token against one that parses the form alone.
fn introspection(program: &Program, name: &str, verification_key: &str, token: &str) {
    let authorization = format!("Bearer {verification_key}");
    let body = format!("token={token}");
    let headers = [("authorization", authorization.as_str())];
    let request = Request::form(program.port, "/oauth/introspect", &headers, &body);
    let answer = load::once(&request);
    let active = load::body_of(&answer).windows(13).any(|part| part == b"\"active\":true");
    assert!(active, "{}", String::from_utf8_lossy(&answer));

    let length = load::body_of(&answer).len();
    let is_jwt = token.contains('.');
    let bare = Bare::start(length, 0);
    let bare_request = if is_jwt {
        let claims = serde_json::json!({ "claims": "x".repeat(claims_length(token)) });
        let body = format!("token={}", Signer::new().sign("at+jwt", &claims));
        Request::form(bare.port, bare::VERIFY, &headers, &body)
    } else {
        Request::form(bare.port, bare::PARSE, &headers, &body)
    };
    compare(name, &bare, program, |_| (Supply::Again(&bare_request), Supply::Again(&request)));
}
