//! `/signed-out`: the end of a sign-out. Where the provider offers a logout the server answers this path first.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::bare_layout;
use crate::context::{PortalState, Visitor};
use crate::routes;
use crate::shell::Document;

/// The page.
pub async fn signed_out(State(state): State<PortalState>, Extension(visitor): Extension<Visitor>) -> Response {
    Document::new("Signed out", || {
        bare_layout(
            view! {
                <div class="panel">
                    <h1>"You are signed out"</h1>
                    <p>"This session has ended here. At your sign-in provider you may still be signed in."</p>
                    <p><a class="button" href=routes::SIGN_IN>"Sign in again"</a></p>
                </div>
            }
            .into_any(),
        )
    })
    .respond(&state, &visitor)
}
