//! The headers that tell a browser what it may do with an answer (Q2, ASVS 3.4).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::Core;
use latchkey_core::random::Random;

use crate::http::AppState;
use crate::http::state::HttpSettings;

/// How many headers come with every answer at most: those of here, and its id.
const MOST_ADDED: usize = 7;
/// For what no browser shows.
const MACHINE_CSP: &str = "default-src 'none'; frame-ancestors 'none'";

/// What a page may use: our own files, and scripts and styles with this response's nonce.
#[derive(Clone, Debug)]
pub struct Nonce(pub String);

/// For every answer. A handler or an inner layer that set one of them keeps its own.
pub fn add_to(settings: &HttpSettings, headers: &mut HeaderMap) {
    // grown once
    headers.reserve(MOST_ADDED);
    add(headers, header::CONTENT_SECURITY_POLICY, MACHINE_CSP);
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::REFERRER_POLICY, "same-origin");
    add(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    add(
        headers,
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if settings.public_url.is_https() {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// For pages: makes the nonce, hands it in as [`Nonce`], and sends the policy that names it.
pub async fn page_policy(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = nonce(&state.core);
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let mut response = next.run(request).await;
    if is_html(response.headers())
        && let Ok(policy) = HeaderValue::from_str(&page_csp(&nonce))
    {
        response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    response
}

fn page_csp(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
}

fn nonce(core: &Core) -> String {
    let random: &dyn Random = core.random.as_ref();
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    STANDARD.encode(bytes)
}

fn is_html(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
