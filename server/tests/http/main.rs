//! The application over HTTP, in modules as the URLs. Whoever adds a file adds its `mod` here.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../app/mod.rs"]
mod app;

mod accept;
mod headers;
mod health;
mod host;
mod limits;
mod management;
mod notices;
mod oauth;
mod operations;
mod origin;
mod portal;
#[path = "../../../crates/core/tests/usecases/prover.rs"]
mod prover;
mod session;
mod sign_in;
mod v1;
mod well_known;
mod world;
