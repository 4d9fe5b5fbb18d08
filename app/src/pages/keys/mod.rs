//! API keys and JWT keys: list, form, the page that shows a secret once, detail.

mod created;
mod detail;
mod form;
mod list;

pub use created::created;
pub use detail::show;
pub use form::new;
pub use list::list;

use latchkey_core::keys::{GrantableApi, grantable_apis};
use latchkey_core::{Error, apis};
use latchkey_types::CredentialKind;

use crate::request::Ctx;

/// What people call a kind of key.
pub(crate) const fn kind_text(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::ApiKey => "API key",
        CredentialKind::JwtKey => "JWT key",
        CredentialKind::AccessToken => "Access token",
        CredentialKind::App => "App",
    }
}

/// The APIs that this organisation's credentials are for: to name them on pages, also to a role that can't make any.
pub(crate) async fn named_apis(ctx: &Ctx, slug: &str) -> Result<Vec<GrantableApi>, Error> {
    match grantable_apis(ctx.core(), ctx.caller(), slug).await {
        Err(Error::Forbidden(_)) => {
            let page = latchkey_core::ports::Page { limit: 200, cursor: None };
            let own = apis::list(ctx.core(), ctx.caller(), slug, None, &page).await?;
            Ok(own.items.into_iter().map(|api| GrantableApi { scopes: api.scope_set(), api, own: true }).collect())
        }
        other => other,
    }
}

/// An API's name; its id where it isn't among these.
pub(crate) fn api_name(apis: &[GrantableApi], id: &latchkey_types::ApiId) -> String {
    apis.iter().find(|known| known.api.id == *id).map_or_else(|| id.to_string(), |known| known.api.name.clone())
}
