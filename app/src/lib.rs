//! The portal's pages: Leptos views rendered on the server, islands in the browser.
//!
//! A page is an axum GET handler: it loads what it shows through use cases of `latchkey-core` and renders a view. Every
//! change is a plain form post to `/_portal/…`, answered with 303. So everything works without JavaScript; what runs in
//! the browser is comfort ([`islands`]).

pub mod islands;

#[cfg(feature = "ssr")]
mod api;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
mod request;
#[cfg(feature = "ssr")]
mod router;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod slots;

#[cfg(feature = "ssr")]
pub use context::{PortalState, Provider, SignInError, SignedIn, Visitor};
#[cfg(feature = "ssr")]
pub use router::{route_list, router};

/// Lets the islands of this page come alive.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

#[cfg(feature = "ssr")]
#[cfg(test)]
mod gallery;
