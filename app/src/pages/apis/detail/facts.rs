//! What an API is: its figures and its scopes.

use latchkey_core::apis::{Api, ScopeGrant, TokenFormat, TwoToken, Visibility};
use leptos::prelude::*;

use crate::components::{Column, Tone, badge, copyable, definitions, moment, table};
use crate::pages::limits;

/// The figures.
pub(super) fn facts(api: &Api) -> AnyView {
    let visibility = match api.visibility {
        Visibility::Public => badge(Tone::Good, "Public"),
        Visibility::Private => badge(Tone::Neutral, "Private"),
    };
    definitions(vec![
        ("Audience", copyable("audience", api.audience.clone())),
        ("Id", copyable("api-id", api.id.to_string())),
        ("Visibility", visibility),
        ("Access tokens", tokens(api)),
        ("Calls with two tokens", two_tokens(api)),
        ("Plans", limits::plans_fact(&api.plans)),
        ("Created", moment(api.created_at)),
    ])
}

/// Where a required scope must be.
fn two_tokens(api: &Api) -> AnyView {
    match api.two_token {
        TwoToken::Either => "A scope in one of them is enough",
        TwoToken::Both => "A scope must be in both",
    }
    .into_any()
}

/// Its scopes.
pub(super) fn scopes(api: &Api) -> AnyView {
    let body = if api.scopes.is_empty() {
        view! { <p class="quiet">"No scopes: a credential for this API may all or nothing. Edit the API to add some."</p> }.into_any()
    } else {
        let rows = api
            .scopes
            .iter()
            .map(|scope| {
                vec![
                    view! { <code class="scope">{scope.name.to_string()}</code> }.into_any(),
                    scope.description.clone().into_any(),
                    match scope.grant {
                        ScopeGrant::SelfService => badge(Tone::Neutral, "Self-service"),
                        ScopeGrant::Approval => badge(Tone::Warning, "By approval"),
                    },
                ]
            })
            .collect();
        table(
            "Scopes",
            &[Column::text("Scope"), Column::text("What it allows"), Column::text("For other organisations")],
            rows,
        )
    };
    view! { <section class="section"><h2>"Scopes"</h2>{body}</section> }.into_any()
}

/// How its tokens look, what signs them, how long they live.
fn tokens(api: &Api) -> AnyView {
    let format = match api.token_format {
        TokenFormat::Jwt => format!("JWT, {}", api.signing_alg.as_str()),
        TokenFormat::Opaque => "Opaque".to_owned(),
    };
    format!("{format}, {} seconds", api.token_ttl_seconds).into_any()
}
