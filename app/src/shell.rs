//! The HTML document around every page.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::hydration::AutoReload;
use leptos::prelude::*;

use crate::context::{PortalState, Visitor};

/// Loads the islands of a page that has some.
const HYDRATE: &str = include_str!("shell/hydrate.js");

/// Renders a view to HTML. Nothing outlives it.
pub fn render<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    let html = owner.with(|| view().into_view().to_html());
    owner.unset_with_forced_cleanup();
    html
}

/// A whole page, ready to be sent.
pub struct Document {
    /// What the tab says, before the product's name.
    pub title: String,
    /// 200 but for errors.
    pub status: StatusCode,
    /// Whether it shows a secret: `Cache-Control: no-store`, and no referrer leaves it.
    pub secret: bool,
    /// The content of `<body>`.
    pub body: Box<dyn FnOnce() -> AnyView + Send>,
}

impl Document {
    /// A page with this content.
    pub fn new(title: impl Into<String>, body: impl FnOnce() -> AnyView + Send + 'static) -> Self {
        Self { title: title.into(), status: StatusCode::OK, secret: false, body: Box::new(body) }
    }

    /// The same page with another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same page, kept by nobody.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The response.
    pub fn respond(self, state: &PortalState, visitor: &Visitor) -> Response {
        let Self { title, status, secret, body } = self;
        let options = state.leptos_options.clone();
        let html = render(|| view! { <AutoReload options/> }.into_any());
        let page = document(&title, &visitor.nonce, &html, &render(body));
        let mut response = (status, Html(page)).into_response();
        // pages are of one person and one moment; only those with a secret may not even be kept for going back
        let cache = if secret { "no-store" } else { "private, no-cache" };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Cookie"));
        response
    }
}

/// The document as text. `head` and `body` are HTML.
pub fn document(title: &str, nonce: &str, head: &str, body: &str) -> String {
    let nonce_attribute = nonce.to_owned();
    let title = format!("{title} · Latchkey");
    // islands stand in the page as elements of this name; a page without them loads no script
    let scripts = body.contains("<leptos-island").then(|| hydration(nonce));
    let head_view = render(move || {
        view! {
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>{title}</title>
            <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
            <link rel="stylesheet" href="/pkg/latchkey.css" nonce=nonce_attribute/>
        }
    });
    let scripts = scripts.unwrap_or_default();
    format!("<!DOCTYPE html><html lang=\"en\"><head>{head_view}{scripts}{head}</head><body>{body}</body></html>")
}

/// The three tags that load the islands: two that fetch early, one that starts.
fn hydration(nonce: &str) -> String {
    let nonce = nonce.replace(|letter: char| !letter.is_ascii_alphanumeric() && !"+/=-_".contains(letter), "");
    format!(
        "<link rel=\"modulepreload\" href=\"/pkg/latchkey.js\" nonce=\"{nonce}\">\
         <link rel=\"preload\" href=\"/pkg/latchkey.wasm\" as=\"fetch\" type=\"application/wasm\" crossorigin=\"anonymous\">\
         <script type=\"module\" nonce=\"{nonce}\">{HYDRATE}</script>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // F-27
    #[test]
    fn a_title_is_text() {
        let html = document("</title><script>x</script>", "n", "", "");
        assert!(html.contains("<title>&lt;/title&gt;&lt;script&gt;x&lt;/script&gt; · Latchkey</title>"), "{html}");
    }

    // Q2: no inline style, every script has the nonce
    #[test]
    fn scripts_come_with_islands_and_carry_the_nonce() {
        assert!(!document("a", "n0nce", "", "<p>plain</p>").contains("<script"));
        let html = document("a", "n0nce", "", "<leptos-island data-component=\"x\"></leptos-island>");
        assert_eq!(html.matches("<script").count(), 1);
        assert!(html.contains("<script type=\"module\" nonce=\"n0nce\">"));
        assert!(html.contains("/pkg/latchkey.wasm"));
        assert!(!html.contains("style="));
    }
}
