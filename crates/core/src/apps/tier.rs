//! What the security tier demands of apps.

use super::{App, AuthMethod, TokenBinding};
use crate::tiers::{Misfit, SecurityTier};
use crate::validation::Checks;

/// Where tokens must be bound, the app's must always be.
pub(super) fn check(tier: SecurityTier, auth_method: AuthMethod, binding: TokenBinding, checks: &mut Checks) {
    if tier.demands().bound_tokens && !App::binds(auth_method, binding) {
        checks.note(
            "token_binding",
            format!("dpop or certificate: in the {} security tier every token is bound to a key", tier.as_str()),
        );
    }
}

impl App {
    /// Whether tokens of such an app are bound to a key whatever its requests bring: to what `token_binding` names, or to
    /// the certificate by which it authenticates.
    pub const fn binds(auth_method: AuthMethod, binding: TokenBinding) -> bool {
        let by_certificate = matches!(auth_method, AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth);
        !matches!(binding, TokenBinding::None) || by_certificate
    }

    /// What this tier doesn't take of it.
    pub fn misfit(&self, tier: SecurityTier) -> Option<Misfit> {
        let fits = !tier.demands().bound_tokens || Self::binds(self.auth_method, self.token_binding);
        (!fits).then_some(Misfit::UnboundTokens)
    }
}
