//! The token of the caller itself beside the original user's (contract section 10, "Two tokens").

use latchkey_types::{Outcome, ScopeSet};

use super::VerifyRequest;
use super::api_caller::ApiCaller;
use crate::core::Core;
use crate::error::Error;

/// Who came with the scope token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its `sub`.
    pub subject: String,
    /// The client that it was issued to.
    pub client_id: String,
}

/// A scope token that holds.
pub(super) struct Beside {
    /// Who came with it.
    pub(super) actor: Actor,
    scopes: ScopeSet,
}

impl Beside {
    /// Whether a scope is held, where the original credential holds `own`.
    pub(super) fn holds(&self, own: &ScopeSet, scope: &str) -> bool {
        self.scopes.contains(scope) || own.contains(scope)
    }
}

/// Proves a scope token for this API and judges it.
pub(super) async fn recognise(
    _core: &Core,
    _api: &ApiCaller,
    _token: &str,
    _request: &VerifyRequest<'_>,
) -> Result<Result<Beside, Outcome>, Error> {
    Ok(Err(Outcome::BadSignature))
}
