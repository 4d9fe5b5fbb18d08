//! Token exchange (RFC 8693): a client that was called with a token gets one to call on with, for the same subject.
//!
//! What it may is its own grant for the target API: without one there is no exchange, and the grant says in which way
//! (K4). Never more scope than the subject token and the grant both allow, never a longer life, never from more addresses. The order in which a
//! request is judged: the client, the parameters, the target, the way, the subject token, the actor token, scopes, call
//! paths.

mod actors;
mod outside;
mod parameters;
mod subject;

use latchkey_jose::{Actor, Cred, Principal};
use latchkey_types::ScopeSet;

use self::parameters::Asked;
pub use self::parameters::ExchangeParameters;
use self::subject::{Acting, Subject};
use crate::apis::chain;
use crate::apps::Exchange;
use crate::core::Core;
use crate::oauth::issue::{Decision, Limits, issue_within};
use crate::oauth::party::{Granted, Party};
use crate::oauth::{ClientAuthentication, IssuedToken, TokenError, TokenRequest, client_authentication, target};

/// `grant_type`.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// A token for the subject of another one.
pub(in crate::oauth) async fn token(
    core: &Core,
    authentication: &ClientAuthentication,
    request: &TokenRequest,
) -> Result<IssuedToken, TokenError> {
    let client = client_authentication::admit_from(core, authentication, request.ip).await?;
    let party = &client.party;
    let asked = Asked::read(&request.exchange)?;
    let target = target::choose(party, request)?;
    let issued_type = asked.issued_type(target.api.token_format)?;
    let way = way(target.granted, asked.actor.is_some())?;
    let subject = subject::find(core, party, request, &asked.subject).await?;
    let actor = match &asked.actor {
        Some(actor) => subject::find_actor(core, party, request, actor).await?,
        None => Acting { sub: party.id.clone(), exp: subject.exp, addresses: Vec::new() },
    };
    if !subject.permits(&core.settings.issuer, &actor.sub, &party.id) {
        return Err(TokenError::InvalidRequest("may_act of the subject token does not permit this actor"));
    }
    let act = act(way, &subject, &actor, party)?;
    let scopes = scopes(request.scope.as_deref(), &target.scopes, &subject)?;
    let origin = (subject.principal == Principal::Service).then_some(subject.sub.as_str());
    if !target.api.allows_chain(&chain(&party.id, act.as_ref(), origin)) {
        return Err(TokenError::InvalidTarget);
    }
    let addresses = [subject.addresses, actor.addresses].concat();
    let limits = Limits { act, not_after: Some(subject.exp.min(actor.exp)), addresses };
    let decision = Decision {
        request,
        party,
        target: &target,
        scopes,
        subject: subject.sub,
        principal: subject.principal,
        cred: Cred::TokenExchange,
        proven_by: client.proven_by.as_deref(),
    };
    let issued = issue_within(core, decision, limits).await?;
    Ok(IssuedToken { issued_token_type: Some(issued_type), ..issued })
}

/// In which way the grant lets the client exchange: on behalf of the subject where it may, as if it were the subject
/// only where it may nothing else and names no actor.
fn way(granted: &Granted, names_actor: bool) -> Result<Exchange, TokenError> {
    let may = |way| granted.exchange.contains(&way);
    if may(Exchange::Delegation) {
        Ok(Exchange::Delegation)
    } else if may(Exchange::Impersonation) && !names_actor {
        Ok(Exchange::Impersonation)
    } else {
        Err(TokenError::UnauthorizedClient("the client is not allowed to exchange tokens for this API in this way"))
    }
}

/// `act` of the new token.
fn act(way: Exchange, subject: &Subject, actor: &Acting, party: &Party) -> Result<Option<Actor>, TokenError> {
    let act = match way {
        Exchange::Impersonation => subject.callers.clone(),
        Exchange::Delegation => actors::then(subject.callers.clone(), &subject.sub, &actor.sub, &party.id),
    };
    if actors::are_too_many(act.as_ref()) {
        return Err(TokenError::InvalidRequest("the subject token has been handed on too often"));
    }
    Ok(act)
}

/// What both the subject token and the grant allow: all of what was asked for, or nothing (K4).
fn scopes(asked: Option<&str>, granted: &ScopeSet, subject: &Subject) -> Result<ScopeSet, TokenError> {
    let most = match &subject.scopes {
        Some(of_subject) => granted.intersection(of_subject),
        None => granted.clone(),
    };
    let scopes = target::choose_scopes(asked, &most)?;
    if scopes.is_empty() { Err(TokenError::InvalidScope) } else { Ok(scopes) }
}
