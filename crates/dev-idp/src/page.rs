//! The few pages, and what every answer carries.

use std::fmt::Write;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use crate::users::User;

const HEADERS: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

const STYLE: &str = include_str!("style.css");

/// Adds the headers to every answer, errors included.
pub async fn add_security_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// `GET /style.css`.
pub async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE)
}

/// `GET /`.
pub async fn home() -> Html<String> {
    layout(
        "Demo sign-in",
        "<p>This is the built-in identity provider for development. Applications send people here to sign in.</p>",
    )
}

/// The page to pick a user. `query` is the authorization request, which the links carry on.
pub fn choose_user(client_id: &str, users: &[User], query: &str) -> Response {
    let mut list = String::new();
    for user in users {
        let _ = write!(
            list,
            r#"<li><a href="/authorize/{subject}?{query}"><span class="initial" aria-hidden="true">{initial}</span><span><strong>{name}</strong><small>{email}, {description}</small></span></a></li>"#,
            subject = escape(user.subject),
            query = escape(query),
            initial = escape(&user.name[..1]),
            name = escape(user.name),
            email = escape(user.email),
            description = escape(user.description),
        );
    }
    let body = format!(
        r#"<p>Who do you want to be in <strong>{}</strong>?</p><ul class="users">{list}</ul><p class="note">This provider is for development: it has no passwords and answers on this machine only.</p>"#,
        escape(client_id)
    );
    layout("Demo sign-in", &body).into_response()
}

/// The end of a sign-out that leads nowhere else.
pub fn signed_out() -> Response {
    layout("Signed out", "<p>You are signed out. You can close this page.</p>").into_response()
}

/// A request that can't be answered, nor sent back.
pub fn problem(text: &str) -> Response {
    let body = format!("<p>{}</p><p>Go back to the application and start again.</p>", escape(text));
    (StatusCode::BAD_REQUEST, layout("This can\u{2019}t be done", &body)).into_response()
}

fn layout(title: &str, body: &str) -> Html<String> {
    let title = escape(title);
    Html(format!(
        r#"<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title><link rel="stylesheet" href="/style.css"></head><body><main><h1>{title}</h1>{body}</main></body></html>"#
    ))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    // F-27
    #[test]
    fn markup_is_inert() {
        assert_eq!(escape(r#"<a href='x'>"&"</a>"#), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
    }
}
