//! Somebody who calls the application: a browser with its cookies, or a program with its key.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// Who calls. Keeps cookies as a browser does; sends `Origin` and `Sec-Fetch-Site` with forms as one does.
#[derive(Clone)]
pub struct Client {
    router: Router,
    origin: String,
    headers: Vec<(String, String)>,
    /// The cookies that it has.
    pub cookies: BTreeMap<String, String>,
    /// From where it calls.
    pub peer: SocketAddr,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// A header.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}: {} {:?}", self.status, self.headers))
            .to_str()
            .unwrap()
    }

    /// Where it redirects to.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The `Set-Cookie` of this cookie.
    pub fn set_cookie(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        all.rfind(|cookie| cookie.starts_with(&format!("{name}=")))
    }
}

impl Client {
    pub(super) fn new(router: Router, origin: &str) -> Self {
        let peer = SocketAddr::from(([203, 0, 113, 9], 40_000));
        Self { router, origin: origin.to_owned(), headers: Vec::new(), cookies: BTreeMap::new(), peer }
    }

    /// The same, sending this header each time, in the place of one of this name.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// GET.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    /// DELETE.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], Body::empty()).await
    }

    /// POST of JSON.
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    /// PATCH with JSON.
    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.json(Method::PATCH, path, body).await
    }

    /// PUT of JSON.
    pub async fn put(&mut self, path: &str, body: Value) -> Answer {
        self.json(Method::PUT, path, body).await
    }

    async fn json(&mut self, method: Method, path: &str, body: Value) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], Body::from(body.to_string())).await
    }

    /// A form of a page of ours, sent by a browser.
    pub async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let origin = self.origin.clone();
        self.form_from(path, fields, &[("origin", &origin), ("sec-fetch-site", "same-origin")]).await
    }

    /// A form, with what the browser says of where it comes from.
    pub async fn form_from(&mut self, path: &str, fields: &[(&str, &str)], from: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers: Vec<_> =
            from.iter().copied().chain([("content-type", "application/x-www-form-urlencoded")]).collect();
        self.send(Method::POST, path, &headers, Body::from(body)).await
    }

    /// Any request.
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let host = self.origin.split_once("://").unwrap().1;
        let mut request = Request::builder().method(method).uri(path);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = own.chain(headers.iter().copied()).collect();
        if !all.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, host);
        }
        for (name, value) in all {
            request = request.header(name, value);
        }
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.keep_cookies(&parts.headers);
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(header::SET_COOKIE) {
            let text = value.to_str().unwrap();
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
