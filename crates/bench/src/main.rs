//! `make bench`: the real program, on SQLite, in a process of its own, beside a bare axum handler in another, in one run.
//!
//! Takes the program's path, and what to measure where it isn't all: `verify`, `oauth`, `operations`, `limits`,
//! `forward-auth`, `gateway` or `pages`. Bars: verify at 0.6 of the bare handler or more, with an operation and a `local`
//! limit at 0.9 of verify without them, a token by secret at 0.5, introspection at 0.6, first sight of a key in 5 ms or less,
//! 80 MiB idle or less.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and stops where it can't go on")]

mod bare;
mod compare;
mod forward_auth;
mod gateway;
mod jwt;
mod limits;
mod load;
mod oauth;
mod operations;
mod program;

use std::time::Duration;

use bare::Bare;
use compare::compare;
use load::{Request, Supply, percentile, time_one};
use program::Program;

const FIRST_SIGHTS: usize = 300;
const MANY_KEYS: usize = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        return bare::serve();
    }
    let binary = std::env::args().nth(1).expect("the path of the program");
    let program = Program::start(&binary);
    println!("idle memory                  {:>8.1} MiB", program.memory_mib());

    let only = std::env::args().nth(2);
    let wanted = |what: &str| only.as_deref().is_none_or(|only| only == what);
    let scene = program.scene();
    if wanted("verify") {
        first_sight(&program, &scene);
        throughput(&program, &scene);
    }
    if wanted("oauth") {
        oauth::measure(&program, &scene);
    }
    if wanted("operations") {
        operations::measure(&program, &scene);
    }
    if wanted("forward-auth") {
        forward_auth::measure(&program, &scene);
    }
    if wanted("gateway") {
        gateway::measure(&program, &scene);
    }
    if wanted("limits") {
        limits::measure(&program, &scene);
    }
    if wanted("pages") {
        many_keys(&program);
    }
    println!("memory after all of it       {:>8.1} MiB", program.memory_mib());
}

/// How long the first verification of a key takes, and the second.
fn first_sight(program: &Program, scene: &program::Scene) {
    let requests: Vec<Request> =
        (0..FIRST_SIGHTS).map(|_| verify(program, &scene.verification_key, &program.new_key(scene))).collect();
    for name in ["first sight of a key", "second sight of a key"] {
        let mut times: Vec<Duration> = requests.iter().map(|request| time_one(request, b"\"VALID\"")).collect();
        times.sort_unstable();
        println!(
            "{name:<28} {:>8.3} ms median, {:.3} ms p99",
            millis(percentile(&times, 0.5)),
            millis(percentile(&times, 0.99)),
        );
    }
}

/// Verification against a bare handler that reads and writes as many bytes, taking turns.
fn throughput(program: &Program, scene: &program::Scene) {
    let request = verify(program, &scene.verification_key, &scene.key);
    let answer = load::once(&request);
    let bare = Bare::start(load::body_of(&answer).len(), 0);
    let bare_request = Request::post(bare.port, bare::READ, &[], request.body());
    compare("verify", &bare, program, |_| (Supply::Again(&bare_request), Supply::Again(&request)));
}

/// Time to the first byte of the list of keys in an organisation with many of them.
fn many_keys(program: &Program) {
    program.add_keys(MANY_KEYS);
    let page = program.signed_in_request("/orgs/bench/keys");
    let mut times: Vec<Duration> = (0..50).map(|_| time_one(&page, b"HTTP/1.1 200")).collect();
    times.sort_unstable();
    println!(
        "list page, {MANY_KEYS} keys        {:>8.3} ms median to the first byte, {:.3} ms p99",
        millis(percentile(&times, 0.5)),
        millis(percentile(&times, 0.99)),
    );
}

fn verify(program: &Program, verification_key: &str, key: &str) -> Request {
    let body = format!("{{\"credential\":\"{key}\",\"scopes\":[\"orders:read\"]}}");
    Request::post(
        program.port,
        "/v1/verify",
        &[("authorization", &format!("Bearer {verification_key}"))],
        body.as_bytes(),
    )
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
