use latchkey_types::ScopeSet;

use super::{TokenError, TokenRequest};
use crate::apis::{Api, Visibility};
use crate::apps::VerifiableApp;

/// The API that a token is asked for, and what the client may ask for there.
pub(super) struct Target<'a> {
    pub(super) api: &'a Api,
    /// What is granted, as far as the API's owner still allows it.
    pub(super) scopes: ScopeSet,
}

/// The one API that `resource` or `audience` names; where neither is there, the only one that is granted (RFC 8707
/// section 2; contract section 10, "OAuth"). Several are refused, never reduced to one of them (I4).
pub(super) fn choose<'a>(row: &'a VerifiableApp, request: &TokenRequest) -> Result<Target<'a>, TokenError> {
    let mut named = request.resource.iter().chain(&request.audience);
    let granted = row.app.grants.iter().zip(&row.apis);
    let (grant, (api, policy)) = match named.next() {
        Some(name) if named.all(|other| other == name) => {
            granted.into_iter().find(|(_, (api, _))| api.audience == *name).ok_or(TokenError::InvalidTarget)?
        }
        Some(_) => return Err(TokenError::InvalidTarget),
        None => {
            let mut granted = granted.into_iter();
            match (granted.next(), granted.next()) {
                (Some(only), None) => only,
                _ => return Err(TokenError::InvalidTarget),
            }
        }
    };
    let own = api.org == row.holder.id;
    if policy.blocked_at.is_some() || !(own || api.visibility == Visibility::Public) {
        return Err(TokenError::InvalidTarget);
    }
    Ok(Target { api, scopes: grant.scopes.intersection(&api.scopes_open_to(&row.holder.id, policy)) })
}

/// What was asked for, all of which must be granted; where nothing was asked for, all that is (A11).
pub(super) fn choose_scopes(asked: Option<&str>, target: &Target<'_>) -> Result<ScopeSet, TokenError> {
    let Some(asked) = asked else { return Ok(target.scopes.clone()) };
    ScopeSet::from_parameter(asked).ok().filter(|asked| asked.is_subset(&target.scopes)).ok_or(TokenError::InvalidScope)
}
