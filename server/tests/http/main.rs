//! The application over HTTP, in modules as the URLs. Whoever adds a file adds its `mod` here.

#[path = "../app/mod.rs"]
mod app;

mod headers;
mod health;
mod host;
mod limits;
mod origin;
mod session;
mod sign_in;
mod management;
mod oauth;
mod v1;
mod well_known;
mod world;
