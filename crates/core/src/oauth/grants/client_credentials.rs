//! The `client_credentials` grant (RFC 6749 section 4.4).

use latchkey_jose::{Cred, Principal};

use crate::core::Core;
use crate::oauth::issue::{Decision, issue_or_repeat};
use crate::oauth::{ClientAuthentication, IssuedToken, TokenError, TokenRequest, client_authentication, target};

/// `grant_type`.
pub const GRANT_TYPE: &str = "client_credentials";

/// A token for the client itself.
pub(in crate::oauth) async fn token(
    core: &Core,
    authentication: &ClientAuthentication,
    request: &TokenRequest,
) -> Result<IssuedToken, TokenError> {
    let ticket = core.verifier.ticket();
    let client = client_authentication::admit_from(core, authentication, request.ip).await?;
    let target = target::choose(&client.party, request)?;
    let scopes = target::choose_scopes(request.scope.as_deref(), &target.scopes)?;
    let decision = Decision {
        request,
        party: &client.party,
        target: &target,
        scopes,
        subject: client.party.id.clone(),
        principal: Principal::Service,
        cred: Cred::ClientCredentials,
        proven_by: client.proven_by.as_deref(),
    };
    issue_or_repeat(core, decision, ticket).await
}
