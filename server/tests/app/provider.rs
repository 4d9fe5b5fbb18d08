//! An identity provider on loopback, and the person who clicks there.

use std::sync::Arc;

use latchkey::config::{ProviderSettings, SecretText};
use latchkey_core::clock::Clock;
use latchkey_core::random::bits;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::clock::{SeededRandom, TestClock};

/// `crates/dev-idp` on a free port, gone when dropped.
pub struct IdentityProvider {
    /// The application's name for it.
    pub id: String,
    /// Its issuer.
    pub issuer: String,
    task: JoinHandle<()>,
}

const SECRET: &str = "a b+/%:&=~"; // A4: a secret that needs RFC 6749 appendix B

impl IdentityProvider {
    pub(super) async fn start(id: &str, public_url: &str, clock: &Arc<TestClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let random = SeededRandom::new(u64::from(listener.local_addr().unwrap().port()));
        let clock = Arc::clone(clock);
        let config = latchkey_dev_idp::Config {
            issuer: issuer.clone(),
            clients: vec![latchkey_dev_idp::Client {
                client_id: "latchkey".to_owned(),
                client_secret: SECRET.to_owned(),
                redirect_uris: vec![format!("{public_url}/sign-in/{id}/callback")],
                post_logout_redirect_uris: vec![format!("{public_url}/signed-out")],
            }],
            random: Arc::new(move || bits(&random)),
            clock: Arc::new(move || clock.now().as_seconds()),
        };
        let task = tokio::spawn(async move { latchkey_dev_idp::serve(listener, config).await.unwrap() });
        Self { id: id.to_owned(), issuer, task }
    }

    pub(super) fn settings(&self) -> ProviderSettings {
        ProviderSettings {
            id: self.id.clone(),
            name: self.id.clone(),
            issuer: self.issuer.clone(),
            client_id: "latchkey".to_owned(),
            client_secret: Some(SecretText::new("test", Zeroizing::new(SECRET.to_owned())).unwrap()),
            trust_email: true,
            allowed_domains: Vec::new(),
        }
    }

    /// The person follows the redirect, clicks on a user, and is sent back: answers where to.
    pub async fn approve(&self, authorization_url: &str, user: &str) -> String {
        let (path, query) = authorization_url.split_once('?').unwrap();
        assert_eq!(path, format!("{}/authorize", self.issuer));
        let answer = get(&format!("{path}/{user}?{query}")).await;
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Nobody answers there any more.
    pub fn stop(&self) {
        self.task.abort();
    }
}

/// A GET in the person's browser, without following a redirect.
pub async fn get(url: &str) -> reqwest::Response {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    client.get(url).send().await.unwrap()
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}
