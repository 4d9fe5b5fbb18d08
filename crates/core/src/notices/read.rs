use latchkey_types::{NoticeId, OrgId};

use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// Unread notices are counted up to here.
pub const MOST_COUNTED: u32 = 100;

/// How many notices of an organisation, which the caller has entered, a person hasn't read: at most [`MOST_COUNTED`]. 0
/// for programs.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn unread(core: &Core, caller: &Caller, org: &OrgId) -> Result<u32, Error> {
    match &caller.actor {
        Actor::User { id, .. } => Ok(core.store.count_unread_notices(org, id, MOST_COUNTED).await?),
        _ => Ok(0),
    }
}

/// Notes that a person has read this notice and all before it. Needs [`Action::ReadCredentials`]. Nothing is noted in
/// the audit log: it changes nothing for anybody else.
///
/// # Errors
/// [`Error::NotFound`] where the notice isn't the organisation's; [`Error::Forbidden`] for programs, which read none.
pub async fn mark_read(core: &Core, caller: &Caller, org: &str, until: &NoticeId) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    let Actor::User { id, .. } = &caller.actor else {
        return Err(Error::Forbidden("a person who is signed in may do this"));
    };
    Ok(core.store.mark_notices_read(&org.id, id, until).await?)
}
