//! API keys and JWT keys: list, form, the page that shows a secret once, detail.

pub(crate) mod created;
pub(crate) mod detail;
pub(crate) mod form;
pub(crate) mod list;

pub use created::created;
pub use detail::show;
pub use form::new;
pub use list::list;

use latchkey_core::keys::GrantableApi;
use latchkey_types::CredentialKind;

/// What people call a kind of key.
pub(crate) const fn kind_text(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "API key",
        CredentialKind::JwtKey => "JWT key",
        CredentialKind::AccessToken => "Access token",
        CredentialKind::App => "App",
        CredentialKind::ServiceAccount => "Service account",
    }
}

/// An API's name; its id where it isn't among these.
pub(crate) fn api_name(apis: &[GrantableApi], id: &latchkey_types::ApiId) -> String {
    apis.iter().find(|known| known.api.id == *id).map_or_else(|| id.to_string(), |known| known.api.name.clone())
}
