//! For whom, and by whom: the subject token and the actor token.

use latchkey_jose::{AccessToken, Actor, AddressRules, Confirmation, Cred, MayAct, Principal};
use latchkey_types::{ScopeSet, Timestamp};

use super::parameters::{Presented, TokenKind};
use super::{actors, outside};
use crate::core::Core;
use crate::oauth::party::Party;
use crate::oauth::{TokenError, TokenRequest};
use crate::verify::{self, ActiveToken};

/// One answer for whatever is wrong with a subject token: whoever guesses learns nothing (K3).
pub(super) const BAD_SUBJECT: TokenError =
    TokenError::InvalidRequest("the subject token does not hold, or is none that this client may exchange");
const BAD_ACTOR: TokenError =
    TokenError::InvalidRequest("the actor token does not hold, or is none of an app or account of this organisation");
const NOT_HELD: TokenError = TokenError::InvalidRequest(
    "the token is bound to a key: send its DPoP proof, or come with its certificate, in this request",
);

/// For whom the new token is.
pub(super) struct Subject {
    /// `sub`.
    pub(super) sub: String,
    pub(super) principal: Principal,
    /// When the subject token ends.
    pub(super) exp: Timestamp,
    /// The most that it allows; `None`: it says nothing of our scopes.
    pub(super) scopes: Option<ScopeSet>,
    /// Who acted so far.
    pub(super) callers: Option<Actor>,
    /// Who may act from now on; `None`: anyone who may exchange it.
    pub(super) may_act: Option<MayAct>,
    /// Where the subject token may be used from.
    pub(super) addresses: Vec<AddressRules>,
}

impl Subject {
    /// Whether its `may_act` lets this actor act through this client (RFC 8693 section 4.4).
    pub(super) fn permits(&self, issuer: &str, actor: &str, client: &str) -> bool {
        self.may_act.as_ref().is_none_or(|may_act| may_act.permits(issuer, actor, client))
    }
}

/// Who is to act.
pub(super) struct Acting {
    pub(super) sub: String,
    /// When what proves it ends.
    pub(super) exp: Timestamp,
    /// Where what proves it may be used from.
    pub(super) addresses: Vec<AddressRules>,
}

/// The subject of this token: one of ours, or of an identity provider that the client's organisation trusts.
pub(super) async fn find(
    core: &Core,
    client: &Party,
    request: &TokenRequest,
    presented: &Presented<'_>,
) -> Result<Subject, TokenError> {
    let token = presented.token.expose();
    match outside::issuer(core, token) {
        Some(issuer) => outside::find(core, client, request, presented, &issuer).await,
        None if presented.kind == TokenKind::Id => Err(BAD_SUBJECT),
        None => {
            let active = verify::active_token(core, token, request.ip).await?.ok_or(BAD_SUBJECT)?;
            if !was_meant_for(client, &active) {
                return Err(BAD_SUBJECT);
            }
            of_ours(core, request, &active)
        }
    }
}

/// Whether it may be exchanged at all. What came from an action token is for its one purpose, and stays what it is.
fn may_be_handed_on(claims: &AccessToken) -> bool {
    claims.cred != Cred::ActionToken
}

/// Whether the token can have come to this client in a good way: it is for an API of the client's organisation, or of a
/// credential of it. A token of strangers for strangers was stolen.
fn was_meant_for(client: &Party, active: &ActiveToken) -> bool {
    let org = &client.holder.id;
    active.api_owner == *org || active.verified.org_id == org.as_str()
}

fn of_ours(core: &Core, request: &TokenRequest, active: &ActiveToken) -> Result<Subject, TokenError> {
    let verified = &active.verified;
    let claims = verified.token.as_deref().filter(|claims| may_be_handed_on(claims)).ok_or(BAD_SUBJECT)?;
    check_held(core, request, claims.cnf.as_ref())?;
    Ok(Subject {
        sub: claims.sub.clone(),
        principal: claims.principal,
        exp: claims.exp,
        // what is left of its scope by now
        scopes: Some(verified.scopes.clone()),
        callers: actors::so_far(claims),
        may_act: claims.may_act.clone(),
        addresses: active.addresses.clone(),
    })
}

/// The actor: the app or account that got this token for itself, of the same organisation as the client.
pub(super) async fn find_actor(
    core: &Core,
    client: &Party,
    request: &TokenRequest,
    presented: &Presented<'_>,
) -> Result<Acting, TokenError> {
    let active = verify::active_token(core, presented.token.expose(), request.ip).await?.ok_or(BAD_ACTOR)?;
    let claims = active.verified.token.as_deref().filter(|claims| may_be_handed_on(claims)).ok_or(BAD_ACTOR)?;
    let is_its_own = claims.principal == Principal::Service && claims.sub == claims.client_id && claims.act.is_none();
    if !is_its_own || claims.org != client.holder.id {
        return Err(BAD_ACTOR);
    }
    check_held(core, request, claims.cnf.as_ref())?;
    Ok(Acting { sub: claims.sub.clone(), exp: claims.exp, addresses: active.addresses.clone() })
}

/// Whoever exchanges a bound token holds its key, and shows it in the same request: who only has the token has stolen it.
pub(super) fn check_held(
    core: &Core,
    request: &TokenRequest,
    bound_to: Option<&Confirmation>,
) -> Result<(), TokenError> {
    let Some(Confirmation { jkt, x5t_s256 }) = bound_to else { return Ok(()) };
    let now = core.clock.now();
    let proof = request.dpop.as_ref().map(|proof| &proof.jkt);
    let certificate = request.certificate.as_ref().map(|presented| &presented.certificate);
    let certificate = certificate.filter(|certificate| certificate.holds_at(now)).map(|held| &held.thumbprint);
    let holds_key = jkt.is_none() || proof == jkt.as_ref();
    let holds_certificate = x5t_s256.is_none() || certificate == x5t_s256.as_ref();
    if holds_key && holds_certificate { Ok(()) } else { Err(NOT_HELD) }
}
