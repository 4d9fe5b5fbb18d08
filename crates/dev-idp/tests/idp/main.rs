//! The provider, asked as a browser and a relying party would.

#![expect(clippy::unwrap_used, reason = "tests stop at the first thing that isn't so")]

mod authorize;
mod code_flow;
mod logout;
mod loopback;
mod pages;
mod token;
mod userinfo;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use latchkey_dev_idp::{Client, Config, router};
use serde_json::Value;
use tower::ServiceExt;
use url::{Url, form_urlencoded};

const ISSUER: &str = "http://localhost:3001";
const CALLBACK: &str = "http://localhost:3000/sign-in/demo/callback";
const SIGNED_OUT: &str = "http://localhost:3000/signed-out";
/// With characters that form-urlencoding changes.
const SECRET: &str = "a b+/%:&=~";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// So far ahead that tokens hold for a client that reads its own clock.
const NOW: i64 = 4_000_000_000;

/// A provider with a clock that stands still.
struct Provider {
    router: Router,
    now: Arc<AtomicI64>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Where the redirect leads to.
    fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.header(LOCATION).parse().unwrap()
    }

    /// A parameter of the redirect's query.
    fn parameter(&self, name: &str) -> Option<String> {
        let location = self.location();
        let mut values = location.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let value = values.next();
        assert_eq!(values.next(), None, "{name} comes twice");
        value
    }
}

/// A configuration whose random bytes count up from `first_draw`, and its clock.
fn config(first_draw: u64) -> (Config, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(NOW));
    let clock = Arc::clone(&now);
    let draws = AtomicU64::new(first_draw);
    let client = |client_id: &str, secret: &str| Client {
        client_id: client_id.into(),
        client_secret: secret.into(),
        redirect_uris: vec![CALLBACK.into(), format!("{CALLBACK}?x=1")],
        post_logout_redirect_uris: vec![SIGNED_OUT.into()],
    };
    let config = Config {
        issuer: ISSUER.into(),
        clients: vec![client("portal", SECRET), client("other", "other secret")],
        random: Arc::new(move || {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&draws.fetch_add(1, Ordering::SeqCst).to_le_bytes());
            bytes
        }),
        clock: Arc::new(move || clock.load(Ordering::SeqCst)),
    };
    (config, now)
}

impl Provider {
    fn new() -> Self {
        Self::with_key(0)
    }

    /// A provider whose signing key is made of this draw.
    fn with_key(first_draw: u64) -> Self {
        let (config, now) = config(first_draw);
        Self { router: router(config), now }
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes().into() }
    }

    async fn get(&self, target: &str) -> Answer {
        self.send(Request::get(target).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, target: &str, parameters: &[(&str, &str)]) -> Answer {
        let request = Request::post(target).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(encode(parameters).into()).unwrap()).await
    }

    /// A code for Ada.
    async fn code(&self) -> String {
        let answer = self.get(&format!("/authorize/ada?{}", encode(&authorization_request()))).await;
        answer.parameter("code").unwrap()
    }
}

fn encode(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

fn authorization_request() -> Vec<(&'static str, &'static str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "portal"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid profile email"),
        ("state", "a&b <c>"),
        ("nonce", "once"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
}

fn token_request(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
        ("client_id", "portal"),
        ("client_secret", SECRET),
    ]
}

/// The parameters with one set anew, or left out.
fn with<'a>(mut parameters: Vec<(&'a str, &'a str)>, name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    parameters.retain(|(key, _)| *key != name);
    parameters.extend(value.map(|value| (name, value)));
    parameters
}
