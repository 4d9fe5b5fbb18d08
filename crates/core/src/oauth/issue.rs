//! Makes access tokens: the one place for every grant.

use latchkey_jose::{AccessToken, Actor, AddressRules, Confirmation, Cred, Principal};
use latchkey_types::{AppId, Outcome, ScopeSet, Timestamp};

use super::party::Party;
use super::target::Target;
use super::{IssuedToken, OpaqueToken, TokenError, TokenRequest, TokenType, binding, dpop, opaque, repeated};
use crate::apis::{Api, TokenFormat};
use crate::apps::{RepeatedRequest, take_from_quota};
use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::random::token_id;
use crate::signing::{self, SigningAlg};
use crate::tiers::SecurityTier;
use crate::usage::Counted;
use crate::verify;

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

impl Decision<'_> {
    /// The stricter tier of the holder's and the API owner's.
    fn tier(&self) -> SecurityTier {
        self.target.api.tier_for(&self.party.holder)
    }
}

/// What a token takes over from another one (RFC 8693).
#[derive(Default)]
pub(super) struct Limits {
    /// Who acts.
    pub(super) act: Option<Actor>,
    /// When it ends at the latest.
    pub(super) not_after: Option<Timestamp>,
    /// Where it may be used from.
    pub(super) addresses: Vec<AddressRules>,
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
    let cnf = bind(core, &decision).await?;
    let made = make(core, &decision, limits, cnf).await?;
    Ok(shown(&decision, made.token, made.claims))
}

/// The same as [`issue`], but for an app that is to get the same token again (`repeated_request`): while its last one for
/// this API, with these scopes and bound to this key, has half of its life left, and nothing that the token stands on has
/// changed. `ticket` was taken before the party was read.
pub(super) async fn issue_or_repeat(
    core: &Core,
    decision: Decision<'_>,
    ticket: verify::Ticket,
) -> Result<IssuedToken, TokenError> {
    if decision.party.repeated_request == RepeatedRequest::NewToken {
        return issue(core, decision).await;
    }
    let cnf = bind(core, &decision).await?;
    if decision.tier().demands().no_staleness {
        verify::look(core).await?;
    }
    let asked = repeated::digest(&decision, cnf.as_ref());
    if let Some(before) = verify::issued_before(core, &asked)
        && let Some(seconds) = repeated::seconds_left(&before, core.clock.now())
    {
        note_use(core, &decision);
        core.recorder.note_use(&decision.party.id);
        let again = shown(&decision, before.token.clone(), before.claims.clone());
        return Ok(IssuedToken { expires_in: seconds, ..again });
    }
    let made = make(core, &decision, Limits::default(), cnf).await?;
    let Target { api, .. } = decision.target;
    let holder = &decision.party.holder;
    let remembered =
        verify::Issued::new(made.token.clone(), made.claims.clone(), holder, api, made.signed_by.as_deref());
    verify::remember_issued(core, asked, ticket, remembered);
    Ok(shown(&decision, made.token, made.claims))
}

/// The key that the token is bound to; its proof is used up.
async fn bind(core: &Core, decision: &Decision<'_>) -> Result<Option<Confirmation>, TokenError> {
    // who may never call there gets no token for it either
    if !decision.target.api.principals.take(decision.principal) {
        return Err(TokenError::InvalidTarget);
    }
    let must_bind = decision.tier().demands().bound_tokens;
    let cnf = binding::confirmation(decision.party, decision.request, must_bind, core.clock.now())?;
    if let Some(proof) = &decision.request.dpop {
        dpop::use_once(core, proof).await?;
    }
    Ok(cnf)
}

/// A token that was just made.
struct MadeToken {
    token: PlainSecret,
    claims: AccessToken,
    /// The `kid` of a JWT.
    signed_by: Option<String>,
}

/// Makes and counts the token.
async fn make(
    core: &Core,
    decision: &Decision<'_>,
    limits: Limits,
    cnf: Option<Confirmation>,
) -> Result<MadeToken, TokenError> {
    let (party, api) = (decision.party, decision.target.api);
    count_in_quota(core, party).await?;
    // claims count whole seconds: from the start of this one, so that `expires_in` is never more than the token has
    let now = core.clock.now().floor_to(1);
    let most = i64::from(api.token_ttl_for(&party.holder));
    let expires_in = limits.not_after.map_or(most, |end| most.min(end.as_seconds() - now.as_seconds()));
    let mut claims = AccessToken {
        iss: core.settings.issuer.clone(),
        sub: decision.subject.clone(),
        aud: api.audience.clone(),
        exp: now.plus_seconds(expires_in),
        iat: now,
        nbf: now,
        jti: token_id(core.random.as_ref()),
        client_id: party.id.clone(),
        scope: decision.scopes.clone(),
        org: party.holder.id.clone(),
        principal: decision.principal,
        cred: decision.cred,
        act: limits.act,
        may_act: None,
        cnf,
        purpose: None,
        addresses: AddressRules::sealed(limits.addresses.iter().chain([&party.addresses])),
    };
    let written = write(core, api, &mut claims).await?;
    if let Some(opaque) = &written.to_keep {
        core.store.insert_access_token(opaque).await?;
    }
    core.recorder.count(Counted {
        credential: Some(party.id.clone()),
        generation: 0,
        holder: Some(party.holder.id.clone()),
        api: api.id.clone(),
        api_owner: api.org.clone(),
        outcome: Outcome::Issued,
    });
    note_use(core, decision);
    Ok(MadeToken { token: written.token, claims, signed_by: written.signed_by })
}

/// A token that was written.
pub(super) struct WrittenToken {
    pub(super) token: PlainSecret,
    /// The `kid` of a JWT.
    signed_by: Option<String>,
    /// An opaque one holds once this is kept.
    pub(super) to_keep: Option<OpaqueToken>,
}

/// Writes these claims in the format that the API chose. An opaque token's id becomes their `jti`.
pub(super) async fn write(core: &Core, api: &Api, claims: &mut AccessToken) -> Result<WrittenToken, TokenError> {
    match api.token_format {
        TokenFormat::Jwt => {
            let (token, signed_by) = sign(core, api.signing_alg, claims).await?;
            Ok(WrittenToken { token, signed_by, to_keep: None })
        }
        TokenFormat::Opaque => {
            let (token, to_keep) = opaque::write(core, claims);
            Ok(WrittenToken { token, signed_by: None, to_keep: Some(to_keep) })
        }
    }
}

/// Before the token is made: what was made is never more than the quota, whatever fails afterwards.
async fn count_in_quota(core: &Core, party: &Party) -> Result<(), TokenError> {
    let (Some(per_day), Ok(app)) = (party.tokens_per_day, party.id.parse::<AppId>()) else { return Ok(()) };
    take_from_quota(core, &app, &party.holder.id, per_day).await?.map_err(TokenError::QuotaUsedUp)
}

fn note_use(core: &Core, decision: &Decision<'_>) {
    if let Some(id) = decision.proven_by {
        core.recorder.note_use(id);
    }
}

fn shown(decision: &Decision<'_>, access_token: PlainSecret, claims: AccessToken) -> IssuedToken {
    let token_type = if decision.request.dpop.is_some() { TokenType::Dpop } else { TokenType::Bearer };
    let expires_in = claims.exp.as_seconds() - claims.iat.as_seconds();
    IssuedToken { access_token, token_type, expires_in, scope: claims.scope, issued_token_type: None }
}

/// A JWT of RFC 9068.
pub(super) async fn sign(
    core: &Core,
    alg: SigningAlg,
    claims: &AccessToken,
) -> Result<(PlainSecret, Option<String>), TokenError> {
    let signer = signing::signer(core, alg).await?;
    // the only thing that can be wrong with the claims is their length: too many scopes or networks for one token
    let token = claims.sign(&signer).map_err(|_| TokenError::InvalidScope)?;
    Ok((PlainSecret::new(token), Some(signer.kid().to_owned())))
}
