//! A small OpenID provider on loopback with two demo users, for `serve --dev` and for tests.
//!
//! It is a real one (discovery, JWKS, authorization code with PKCE, ID token, userinfo, RP-initiated logout), so that
//! sign-in in development runs the same code as in production. But whoever reaches it may be either user: it has no
//! passwords, and so it serves on loopback only.

mod authorize;
mod codes;
mod discovery;
mod logout;
mod page;
mod parameters;
mod token;
mod userinfo;
mod users;

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::{get, post};
use latchkey_jose::SigningKey;

use crate::codes::Codes;
pub use crate::users::{USERS, User};

/// The longest body that is read, in bytes.
const MAX_BODY_LENGTH: usize = 64 * 1024;

/// A relying party that may use the provider.
#[derive(Clone)]
pub struct Client {
    /// Its public name.
    pub client_id: String,
    /// Its secret. Compared whole, never printed.
    pub client_secret: String,
    /// Where a code may be sent to, compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Where a browser may be sent to after signing out, compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
}

/// What a provider is made of.
#[derive(Clone)]
pub struct Config {
    /// Its base URL without path or trailing slash, and the `iss` of its ID tokens: `http://localhost:3001`.
    pub issuer: String,
    /// Who may use it.
    pub clients: Vec<Client>,
    /// 32 random bytes that nobody can guess, anew at each call: for the signing key and the codes.
    pub random: Arc<dyn Fn() -> [u8; 32] + Send + Sync>,
    /// Seconds since 1970.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
}

/// What the handlers share.
struct Provider {
    config: Config,
    key: SigningKey,
    codes: Mutex<Codes>,
}

impl Provider {
    fn client(&self, client_id: &str) -> Option<&Client> {
        self.config.clients.iter().find(|client| client.client_id == client_id)
    }

    fn now(&self) -> i64 {
        (self.config.clock)()
    }
}

/// The provider as a router. Makes a new signing key. The caller sees to it that only loopback reaches it; [`serve`] does.
pub fn router(config: Config) -> Router {
    let provider =
        Arc::new(Provider { key: SigningKey::from_seed(&(config.random)()), codes: Mutex::default(), config });
    Router::new()
        .route("/", get(page::home))
        .route("/style.css", get(page::style))
        .route("/.well-known/openid-configuration", get(discovery::metadata))
        .route("/jwks.json", get(discovery::jwks))
        .route("/authorize", get(authorize::choose_user))
        .route("/authorize/{user}", get(authorize::issue_code))
        .route("/token", post(token::exchange_code))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/logout", get(logout::by_link).post(logout::by_form))
        .layer(map_response(page::add_security_headers))
        .layer(DefaultBodyLimit::max(MAX_BODY_LENGTH))
        .with_state(provider)
}

/// Serves the provider until the future is dropped.
///
/// # Errors
/// `PermissionDenied` where the listener isn't on loopback, for anyone who reached it could sign in; else what the
/// socket says.
pub async fn serve(listener: tokio::net::TcpListener, config: Config) -> io::Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        let message =
            format!("the built-in identity provider has no passwords and serves on loopback only, not on {address}");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
    }
    axum::serve(listener, router(config)).await
}
