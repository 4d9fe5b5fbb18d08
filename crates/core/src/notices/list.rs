use super::{Notice, ReadPosition};
use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Page};

/// Notices, and up to where the person who asks has read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeList {
    /// Newest first.
    pub listed: Listed<Notice>,
    /// `None` for a program, and for a person who has read none.
    pub read_until: Option<ReadPosition>,
}

/// An organisation's notices, newest first. Needs [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn list(core: &Core, caller: &Caller, org: &str, page: &Page) -> Result<NoticeList, Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    let listed = core.store.list_notices(&org.id, page).await?;
    let read_until = match &caller.actor {
        Actor::User { id, .. } => core.store.notices_read(&org.id, id).await?,
        _ => None,
    };
    Ok(NoticeList { listed, read_until })
}
