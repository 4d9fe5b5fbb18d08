//! What the portal's pages are given at start.

use std::sync::Arc;

use latchkey_app::{PortalState, Provider};
use leptos::config::LeptosOptions;

use super::{AppState, management};

/// For `latchkey_app::router`.
pub(super) fn state(state: &AppState) -> PortalState {
    let providers = state
        .providers
        .iter()
        .map(|provider| Provider { id: provider.id().to_owned(), name: provider.name().to_owned() });
    PortalState {
        core: Arc::clone(&state.core),
        leptos_options: LeptosOptions::builder().output_name("latchkey").build(),
        providers: providers.collect(),
        dev: state.settings.dev,
        certificate_url: state.settings.client_certificates.public_url.as_ref().map(|url| Arc::from(url.as_str())),
        openapi: Arc::new(serde_json::to_value(management::document()).unwrap_or_default()),
    }
}
