//! `/sign-in`: choose a provider. Links, not forms: `form-action` would forbid the redirect to the provider.

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::*;

use crate::components::bare_layout;
use crate::context::{PortalState, Provider, SignInError, Visitor};
use crate::request::{PageError, query_of};
use crate::routes;
use crate::shell::Document;

/// The page.
pub async fn sign_in(State(state): State<PortalState>, parts: Parts) -> Result<Response, PageError> {
    let visitor = parts.extensions.get::<Visitor>().cloned();
    let Some(visitor) = visitor else {
        return Err(latchkey_core::Error::Internal("the session layer is missing".into()).into());
    };
    if visitor.signed_in.is_some() {
        return Ok(Redirect::to(routes::HOME).into_response());
    }
    let query = query_of(&parts);
    let error = query.get("error").and_then(|code| SignInError::from_code(code));
    let to = query.get("to").cloned().unwrap_or_default();
    let (providers, dev) = (state.providers.clone(), state.dev);
    Ok(Document::new("Sign in", move || bare_layout(content(&providers, &to, error, dev))).respond(&state, &visitor))
}

pub(crate) fn content(providers: &[Provider], to: &str, error: Option<SignInError>, dev: bool) -> AnyView {
    let error = error.map(|error| view! { <p class="notice bad" role="alert">{error.text()}</p> });
    let links = providers
        .iter()
        .map(|provider| {
            let href = routes::sign_in_with(&provider.id, to);
            view! { <li><a class="button wide" href=href>"Continue with "{provider.name.clone()}</a></li> }
        })
        .collect_view();
    let none = providers.is_empty().then(|| {
        view! { <p class="notice">"No sign-in provider is configured. The operator adds one under [[oidc]] in latchkey.toml."</p> }
    });
    let dev = dev.then(|| {
        view! { <p class="hint">"This is a development server: its built-in provider has two demo users and asks for no password."</p> }
    });
    view! {
        <div class="panel">
            <h1>"Sign in"</h1>
            {error}
            {none}
            <ul class="stack">{links}</ul>
            {dev}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::render;

    fn providers() -> Vec<Provider> {
        vec![Provider { id: "dev".to_owned(), name: "<b>Dev</b>".to_owned() }]
    }

    #[test]
    fn each_provider_is_a_link_that_leads_back() {
        let html = render(|| content(&providers(), "/orgs/acme?a=b&c", None, false));
        assert!(html.contains("href=\"/sign-in/dev?to=%2Forgs%2Facme%3Fa%3Db%26c\""), "{html}");
        assert!(!html.contains("<b>"), "{html}");
        assert!(!html.contains("<form"), "{html}");
    }

    #[test]
    fn every_error_has_words() {
        for error in SignInError::ALL {
            assert_eq!(SignInError::from_code(error.code()), Some(error));
            let html = render(move || content(&[], "", Some(error), false));
            assert!(html.contains("role=\"alert\""), "{html}");
        }
        assert_eq!(SignInError::from_code("<script>"), None);
    }
}
