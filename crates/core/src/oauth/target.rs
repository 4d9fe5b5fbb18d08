use latchkey_types::ScopeSet;

use super::party::{Granted, Party};
use super::{TokenError, TokenRequest};
use crate::apis::Api;

/// The API that a token is asked for, and what the party may ask for there.
pub(super) struct Target<'a> {
    pub(super) api: &'a Api,
    pub(super) granted: &'a Granted,
    /// What is granted, as far as the API's owner still allows it.
    pub(super) scopes: ScopeSet,
}

/// The one API that `resource` or `audience` names; where neither is there, the only one that is granted (RFC 8707
/// section 2; contract section 10, "OAuth"). Several are refused, never reduced to one of them (I4).
pub(super) fn choose<'a>(party: &'a Party, request: &TokenRequest) -> Result<Target<'a>, TokenError> {
    let mut named = request.resource.iter().chain(&request.audience);
    let granted = match named.next() {
        Some(name) if named.all(|other| other == name) => {
            party.granted.iter().find(|granted| granted.api.audience == *name).ok_or(TokenError::InvalidTarget)?
        }
        Some(_) => return Err(TokenError::InvalidTarget),
        None => match party.granted.as_slice() {
            [only] => only,
            _ => return Err(TokenError::InvalidTarget),
        },
    };
    if !granted.is_open_to(&party.holder.id) {
        return Err(TokenError::InvalidTarget);
    }
    Ok(Target { api: &granted.api, granted, scopes: granted.scopes_open_to(&party.holder.id) })
}

/// What was asked for, all of which must be granted; where nothing was asked for, all that is (A11).
pub(super) fn choose_scopes(asked: Option<&str>, granted: &ScopeSet) -> Result<ScopeSet, TokenError> {
    let Some(asked) = asked else { return Ok(granted.clone()) };
    ScopeSet::from_parameter(asked).ok().filter(|asked| asked.is_subset(granted)).ok_or(TokenError::InvalidScope)
}
