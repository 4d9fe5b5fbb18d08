//! An app's own calls for tokens, to copy.

use latchkey_core::apps::{App, AppGrant, AuthMethod, ClientKey};
use latchkey_core::keys::GrantableApi;
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{Proof, TokenCalls, calls_view};
use crate::pages::client_keys::example_key;

/// What the calls are made of.
pub struct CallsOf<'a> {
    /// The app.
    pub app: &'a App,
    /// Its public keys.
    pub keys: &'a [ClientKey],
    /// What the organisation's credentials are for.
    pub apis: &'a [GrantableApi],
    /// The installation's URL.
    pub public_url: &'a str,
    /// Where clients with certificates come.
    pub certificate_url: &'a str,
    /// What time it is.
    pub now: Timestamp,
}

/// A curl for each grant that the app may use, in the way in which it proves who it is.
pub fn calls(of: &CallsOf<'_>) -> AnyView {
    let app = of.app;
    let audience = |grant: Option<&AppGrant>| {
        let known = grant.and_then(|grant| of.apis.iter().find(|known| known.api.id == grant.api));
        known.map_or_else(|| "https://api.example".to_owned(), |known| known.api.audience.clone())
    };
    let to = |audience| TokenCalls {
        public_url: of.public_url.to_owned(),
        certificate_url: of.certificate_url.to_owned(),
        client_id: app.id.to_string(),
        audience,
    };
    let first = to(audience(app.grants.first()));
    let (proof, title) = match app.auth_method {
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost => (Proof::Secret, "Client credentials"),
        AuthMethod::PrivateKeyJwt => (Proof::Key(example_key(of.keys, of.now)), "Client credentials, by its key"),
        AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => {
            (Proof::Certificate, "Client credentials, by its certificate")
        }
    };
    let mut list = Vec::new();
    if app.trades_secret_for_key() {
        list.push(("First: trade the secret for a key", first.bootstrap()));
    }
    list.push((title, first.client_credentials(&proof)));
    if let Some(grant) = app.grants.iter().find(|grant| !grant.exchange.is_empty()) {
        list.push(("Token exchange", to(audience(Some(grant))).token_exchange(&proof)));
    }
    calls_view("call", list)
}
