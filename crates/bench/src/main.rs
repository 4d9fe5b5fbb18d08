//! `make bench`: the real program, on SQLite, in a process of its own, beside a bare axum handler in another, in one run.
//!
//! Takes the program's path. Bars: verify at 0.6 of the bare handler or more, first sight of a key in 5 ms or less,
//! 80 MiB idle or less.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and stops where it can't go on")]

mod bare;
mod load;
mod program;

use std::time::Duration;

use load::{Figures, Request, percentile, run, time_one};
use program::Program;

const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 16;
const FIRST_SIGHTS: usize = 300;
const MANY_KEYS: usize = 10_000;

fn main() {
    if std::env::args().any(|argument| argument == bare::ARGUMENT) {
        return bare::serve();
    }
    let binary = std::env::args().nth(1).expect("the path of the program");
    let program = Program::start(&binary);
    println!("idle memory                  {:>8.1} MiB", program.memory_mib());

    let scene = program.scene();
    first_sight(&program, &scene);
    throughput(&program, &scene);
    many_keys(&program);
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
    let bare = bare::Bare::start(load::body_of(&answer).len());
    let bare_request = Request::post(bare.port, "/", &[], request.body());
    let (mut of_bare, mut of_verify) = (Figures::default(), Figures::default());
    for round in 1..=ROUNDS {
        of_bare.add(run(&bare_request, CONNECTIONS, ROUND));
        of_verify.add(run(&request, CONNECTIONS, ROUND));
        println!("  round {round} of {ROUNDS}: bare {:.0}/s, verify {:.0}/s", of_bare.last(), of_verify.last());
    }
    for (name, figures) in [("bare handler", &of_bare), ("verify", &of_verify)] {
        println!(
            "{name:<28} {:>8.0} requests/s, {:.3} ms median, {:.3} ms p99",
            figures.median_rate(),
            millis(figures.latency(0.5)),
            millis(figures.latency(0.99)),
        );
    }
    println!("verify to bare               {:>8.2}", of_verify.median_rate() / of_bare.median_rate());
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
