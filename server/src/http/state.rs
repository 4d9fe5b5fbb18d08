//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use latchkey_core::Core;
use latchkey_core::attempts::Attempts;

use super::metrics::Metrics;
use super::request_id::RequestIds;
use crate::config::{ClientCertificates, PublicUrl, SessionLimits, TrustedProxies};
use crate::sign_in::Providers;

/// What every handler can reach: `State<AppState>`, `State<Arc<Core>>`, `State<Arc<HttpSettings>>` and so on.
/// One count up to clone: axum copies it several times a request.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// What stands in [`AppState`].
pub struct Shared {
    /// The use cases.
    pub core: Arc<Core>,
    /// What the operator decided about HTTP.
    pub settings: Arc<HttpSettings>,
    /// The sign-in providers.
    pub providers: Arc<Providers>,
    /// What `/metrics` tells.
    pub metrics: Arc<Metrics>,
    /// Names requests.
    pub request_ids: RequestIds,
    /// Sign-ins by network.
    pub sign_ins: Attempts,
    /// What gateways are found to do wrong, so that the log says it once in a while.
    pub gateway_faults: Attempts,
}

impl AppState {
    /// Shares all of it.
    pub fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// What the operator decided about HTTP.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// `LATCHKEY_PUBLIC_URL`.
    pub public_url: PublicUrl,
    /// `LATCHKEY_TRUSTED_PROXIES`.
    pub trusted_proxies: TrustedProxies,
    /// How certificates of clients come here.
    pub client_certificates: ClientCertificates,
    /// How long a browser stays signed in.
    pub sessions: SessionLimits,
    /// Whether this is `serve --dev`.
    pub dev: bool,
}

impl FromRef<AppState> for Arc<Core> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.core)
    }
}

impl FromRef<AppState> for Arc<HttpSettings> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.settings)
    }
}

impl FromRef<AppState> for Arc<Providers> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.providers)
    }
}

impl FromRef<AppState> for Arc<Metrics> {
    fn from_ref(state: &AppState) -> Self {
        Self::clone(&state.metrics)
    }
}
