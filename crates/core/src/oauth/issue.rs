//! Makes access tokens: the one place for every grant.

use latchkey_jose::{AccessToken, Actor, Cred, Principal};
use latchkey_types::{Outcome, ScopeSet, Timestamp};

use super::party::Party;
use super::target::Target;
use super::{IssuedToken, TokenError, TokenRequest, TokenType, binding, dpop, opaque};
use crate::apis::TokenFormat;
use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::random::token_id;
use crate::signing::{self, SigningAlg};
use crate::usage::Counted;

/// What a grant decided.
pub(super) struct Decision<'a> {
    /// Asked by what: how the token is bound.
    pub(super) request: &'a TokenRequest,
    /// Who gets the token.
    pub(super) party: &'a Party,
    /// For which API.
    pub(super) target: &'a Target<'a>,
    /// What it allows.
    pub(super) scopes: ScopeSet,
    /// `sub`.
    pub(super) subject: String,
    /// For whom it acts.
    pub(super) principal: Principal,
    /// By which grant.
    pub(super) cred: Cred,
    /// What proved the party, for its last use: `sec_…`, `pk_…`.
    pub(super) proven_by: Option<&'a str>,
}

/// What a token takes over from another one (RFC 8693).
#[derive(Default)]
pub(super) struct Limits {
    /// Who acts.
    pub(super) act: Option<Actor>,
    /// When it ends at the latest.
    pub(super) not_after: Option<Timestamp>,
}

/// Issues the token in the format that the API chose, and counts it.
pub(super) async fn issue(core: &Core, decision: Decision<'_>) -> Result<IssuedToken, TokenError> {
    issue_within(core, decision, Limits::default()).await
}

/// The same, within the limits of another token.
pub(super) async fn issue_within(
    core: &Core,
    decision: Decision<'_>,
    limits: Limits,
) -> Result<IssuedToken, TokenError> {
    let cnf = binding::confirmation(decision.party, decision.request, core.clock.now())?;
    if let Some(proof) = &decision.request.dpop {
        dpop::use_once(core, proof).await?;
    }
    // claims count whole seconds: from the start of this one, so that `expires_in` is never more than the token has
    let now = core.clock.now().floor_to(1);
    let most = i64::from(decision.target.api.token_ttl_seconds);
    let expires_in = limits.not_after.map_or(most, |end| most.min(end.as_seconds() - now.as_seconds()));
    let mut claims = AccessToken {
        iss: core.settings.issuer.clone(),
        sub: decision.subject,
        aud: decision.target.api.audience.clone(),
        exp: now.plus_seconds(expires_in),
        iat: now,
        nbf: now,
        jti: token_id(core.random.as_ref()),
        client_id: decision.party.id.clone(),
        scope: decision.scopes,
        org: decision.party.holder.id.clone(),
        principal: decision.principal,
        cred: decision.cred,
        act: limits.act,
        may_act: None,
        cnf,
    };
    let token = match decision.target.api.token_format {
        TokenFormat::Jwt => sign(core, decision.target.api.signing_alg, &claims).await?,
        TokenFormat::Opaque => opaque::keep(core, &mut claims).await?,
    };
    core.recorder.count(Counted {
        credential: Some(decision.party.id.clone()),
        generation: 0,
        holder: Some(decision.party.holder.id.clone()),
        api: decision.target.api.id.clone(),
        api_owner: decision.target.api.org.clone(),
        outcome: Outcome::Issued,
    });
    if let Some(id) = decision.proven_by {
        core.recorder.note_use(id);
    }
    let token_type = if decision.request.dpop.is_some() { TokenType::Dpop } else { TokenType::Bearer };
    Ok(IssuedToken { access_token: token, token_type, expires_in, scope: claims.scope, issued_token_type: None })
}

/// A JWT of RFC 9068.
async fn sign(core: &Core, alg: SigningAlg, claims: &AccessToken) -> Result<PlainSecret, TokenError> {
    let signer = signing::signer(core, alg).await?;
    // the only thing that can be wrong with the claims is their length: too many scopes for one token
    claims.sign(&signer).map(PlainSecret::new).map_err(|_| TokenError::InvalidScope)
}
