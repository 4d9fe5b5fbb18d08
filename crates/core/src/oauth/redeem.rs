//! Action tokens are swapped here, each once.

use std::net::IpAddr;

use latchkey_jose::{AccessToken, Cred, Principal};
use latchkey_types::Outcome;

use super::party::{Granted, Party};
use super::{IssuedToken, TokenError, TokenType, issue};
use crate::action_tokens::{self, ActionToken, ActionTokenStatus, VerifiableActionToken};
use crate::apis::Api;
use crate::audit::{AuditEntry, AuditOutcome};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::orgs::Org;
use crate::random::token_id;
use crate::usage::Counted;

/// Swaps an action token for its access token. Whoever has it may: nobody is asked who they are. The access token says
/// what it is for, and never lives longer than the action token's maker and the API's owner both allow. `ip` is from
/// where.
///
/// # Errors
/// [`TokenError::InvalidGrant`] for one that is unknown, over, revoked or swapped already, whose organisation is suspended
/// or no longer let in by the API's owner, or that was to allow a scope which its organisation may no longer give: all
/// alike, and it isn't used up. [`TokenError::Unavailable`].
pub async fn redeem(core: &Core, presented: &str, ip: Option<IpAddr>) -> Result<IssuedToken, TokenError> {
    let found = action_tokens::prove(core, presented).await?.ok_or(TokenError::InvalidGrant)?;
    let token = found.token.clone();
    if let Some(issued) = swap(core, found, ip).await? {
        return Ok(issued);
    }
    note_refusal(core, &token, ip).await?;
    Err(TokenError::InvalidGrant)
}

/// `None` where it may not be swapped: then it wasn't.
async fn swap(
    core: &Core,
    found: VerifiableActionToken,
    ip: Option<IpAddr>,
) -> Result<Option<IssuedToken>, TokenError> {
    let token = found.token.clone();
    let party = Party::from(found);
    let [granted] = party.granted.as_slice() else { return Ok(None) };
    let is_pending = token.status(core.clock.now()) == ActionTokenStatus::Pending;
    if !is_pending || !party.is_active() || !may_still_give(&party, granted) {
        return Ok(None);
    }
    // written first: where that fails, the action token can still be swapped
    let mut claims = claims(core, &token, &granted.api, &party.holder);
    let written = issue::write(core, &granted.api, &mut claims).await?;
    let audit = audit(core, &token, ip).with("jti", claims.jti.as_str());
    if !core.store.redeem_action_token(&token.id, core.clock.now(), written.to_keep.as_ref(), &audit).await? {
        return Ok(None);
    }
    count(core, &party, granted);
    Ok(Some(IssuedToken {
        access_token: written.token,
        token_type: TokenType::Bearer,
        expires_in: claims.exp.as_seconds() - claims.iat.as_seconds(),
        scope: claims.scope,
        issued_token_type: None,
    }))
}

/// Whether its maker's organisation may hold all of this for the API, now.
fn may_still_give(party: &Party, granted: &Granted) -> bool {
    let holder = &party.holder.id;
    granted.is_open_to(holder) && granted.scopes.is_subset(&granted.scopes_open_to(holder))
}

fn claims(core: &Core, token: &ActionToken, api: &Api, holder: &Org) -> AccessToken {
    let now = core.clock.now().floor_to(1);
    let life = token.max_access_seconds.min(api.token_ttl_for(holder));
    AccessToken {
        iss: core.settings.issuer.clone(),
        sub: token.id.to_string(),
        aud: api.audience.clone(),
        exp: now.plus_seconds(i64::from(life)),
        iat: now,
        nbf: now,
        jti: token_id(core.random.as_ref()),
        client_id: token.id.to_string(),
        scope: token.scopes.clone(),
        org: token.org.clone(),
        principal: Principal::Service,
        cred: Cred::ActionToken,
        act: None,
        may_act: None,
        cnf: None,
        purpose: Some(token.purpose.clone()),
        addresses: Vec::new(),
    }
}

/// The second half of an action token's story: whoever had it did this.
fn audit(core: &Core, token: &ActionToken, ip: Option<IpAddr>) -> AuditEntry {
    let system = Caller { actor: Actor::System, ip };
    let entry = core
        .audit_entry(&system, Some(&token.org), "action_token.redeem", ("action_token", token.id.as_str()))
        .with("api", token.api.as_str())
        .with("purpose", token.purpose.as_str());
    AuditEntry { actor_kind: "action_token".to_owned(), actor_id: Some(token.id.to_string()), ..entry }
}

/// Somebody has a token that is good no more: perhaps a second one who has the link, which its maker wants to know. Noted
/// as often as wrong secrets are checked, so that nobody fills the log with one link.
async fn note_refusal(core: &Core, token: &ActionToken, ip: Option<IpAddr>) -> Result<(), TokenError> {
    let now = core.clock.monotonic();
    if core.wrong_secrets.wait(token.id.as_str(), now).is_none() {
        core.wrong_secrets.failed(token.id.as_str(), now);
        let entry = AuditEntry { outcome: AuditOutcome::Denied, ..audit(core, token, ip) };
        core.store.insert_audit(&entry).await?;
    }
    Ok(())
}

fn count(core: &Core, party: &Party, granted: &Granted) {
    core.recorder.count(Counted {
        credential: Some(party.id.clone()),
        generation: 0,
        holder: Some(party.holder.id.clone()),
        api: granted.api.id.clone(),
        api_owner: granted.api.org.clone(),
        outcome: Outcome::Issued,
    });
}
