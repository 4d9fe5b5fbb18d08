//! Small labels for states.

use latchkey_types::{CredentialStatus, Environment, Role, ScopeSet};
use leptos::prelude::*;

/// What a label's colour says; the text says it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    Neutral,
    /// It works.
    Good,
    /// Look at it.
    Warning,
    /// It doesn't work.
    Bad,
}

impl Tone {
    /// The class that carries the colour.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "badge",
            Self::Good => "badge good",
            Self::Warning => "badge warning",
            Self::Bad => "badge bad",
        }
    }
}

/// A label.
pub fn badge(tone: Tone, text: impl Into<String>) -> AnyView {
    let text = text.into();
    view! { <span class=tone.class()>{text}</span> }.into_any()
}

/// Where a credential stands.
pub fn status_badge(status: CredentialStatus) -> AnyView {
    let (tone, text) = match status {
        CredentialStatus::Active => (Tone::Good, "Active"),
        CredentialStatus::Disabled => (Tone::Warning, "Disabled"),
        CredentialStatus::Revoked => (Tone::Bad, "Revoked"),
        CredentialStatus::Expired => (Tone::Neutral, "Expired"),
    };
    badge(tone, text)
}

/// Live or test.
pub fn environment_badge(environment: Environment) -> AnyView {
    match environment {
        Environment::Live => badge(Tone::Neutral, "Live"),
        Environment::Test => badge(Tone::Warning, "Test"),
    }
}

/// What people call a role.
pub const fn role_text(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Developer => "Developer",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

/// Scopes, each in a box.
pub fn scope_list(scopes: &ScopeSet) -> AnyView {
    if scopes.is_empty() {
        return view! { <span class="quiet">"None"</span> }.into_any();
    }
    let items = scopes.iter().map(|scope| view! { <code class="scope">{scope.to_string()}</code> }).collect_view();
    view! { <span class="scopes">{items}</span> }.into_any()
}
