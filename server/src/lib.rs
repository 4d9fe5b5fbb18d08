//! The `latchkey` program: HTTP, the command line, settings and background jobs around `latchkey-core`.

pub mod cli;
pub mod compose;
pub mod config;
pub mod fetcher;
pub mod http;
pub mod jobs;
pub mod mailer;
pub mod sessions;
pub mod sign_in;
