//! Error pages. A handler's error becomes one here, in a layer around the router, which knows the visitor.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use leptos::prelude::*;

use crate::components::{Section, bare_layout, plain_layout};
use crate::context::{PortalState, Visitor};
use crate::request::ErrorPage;
use crate::routes;
use crate::shell::Document;

/// Puts an error page in the place of every error that isn't one yet.
pub async fn render(State(state): State<PortalState>, request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let response = next.run(request).await;
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    if !is_error || is_page {
        return response;
    }
    let visitor = visitor.unwrap_or(Visitor { signed_in: None, nonce: String::new() });
    let wanted = response.extensions().get::<ErrorPage>().copied();
    let mut page =
        error_page(&state, &visitor, response.status(), wanted.map(|wanted| wanted.detail).unwrap_or_default());
    keep(response.headers(), &mut page, &[header::ALLOW, header::RETRY_AFTER]);
    page
}

fn keep(from: &HeaderMap, page: &mut Response, names: &[header::HeaderName]) {
    for name in names {
        if let Some(value) = from.get(name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
}

/// What an error page says: title, text.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::FORBIDDEN => {
            ("You may not do this", "Your role in this organisation doesn't allow it. Ask an admin or owner.")
        }
        StatusCode::NOT_FOUND => (
            "There is nothing here",
            "The address is wrong, what stood here was deleted, or you are not a member of its organisation.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("This address takes no such request", "Go back and use the form on the page.")
        }
        StatusCode::CONFLICT => {
            ("That doesn't go together", "Something was changed meanwhile. Go back and look again.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("That was too much", "The form is larger than we take. Shorten what you typed.")
        }
        StatusCode::TOO_MANY_REQUESTS => ("Too many attempts", "Wait a minute, then try again."),
        StatusCode::SERVICE_UNAVAILABLE => (
            "We can't answer right now",
            "The database doesn't answer. Nothing was changed by this request; try again in a few seconds.",
        ),
        status if status.is_server_error() => (
            "Something went wrong on our side",
            "The operator finds the cause in the log. Try again; if it stays so, tell them when it happened.",
        ),
        _ => ("That request could not be read", "Go back and try again."),
    }
}

/// A page for an error status.
pub fn error_page(state: &PortalState, visitor: &Visitor, status: StatusCode, detail: &'static str) -> Response {
    let person = visitor.signed_in.clone();
    let (title, _) = words(status);
    Document::new(title, move || match person {
        Some(person) => plain_layout(&person, Section::Other, None, content(status, detail, true)),
        None => bare_layout(content(status, detail, false)),
    })
    .status(status)
    .respond(state, visitor)
}

pub(crate) fn content(status: StatusCode, detail: &'static str, signed_in: bool) -> AnyView {
    let (title, text) = words(status);
    let detail = (!detail.is_empty()).then(|| {
        let mut sentence = detail.to_owned();
        if let Some(first) = sentence.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if !sentence.ends_with('.') {
            sentence.push('.');
        }
        view! { <p>{sentence}</p> }
    });
    let (label, href) =
        if signed_in { ("To your organisations", "/?all") } else { ("To the start page", routes::HOME) };
    view! {
        <p class="error-code">{format!("Error {}", status.as_u16())}</p>
        <h1>{title}</h1>
        <p>{text}</p>
        {detail}
        <p><a class="button" href=href>{label}</a></p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_to_do() {
        for code in [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 502, 503] {
            let status = StatusCode::from_u16(code).unwrap();
            let html = crate::shell::render(move || content(status, "an owner may do this", true));
            assert!(html.contains(&format!("Error {code}")) && html.contains("An owner may do this."), "{html}");
        }
    }
}
