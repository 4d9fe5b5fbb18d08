use latchkey_types::{OrgId, UserId};

use super::{NoticeKind, NoticeSettings};
use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// What an organisation chose about mails. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn settings(core: &Core, caller: &Caller, org: &str) -> Result<NoticeSettings, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    Ok(core.store.notice_settings(&org.id).await?)
}

/// Chooses what goes by mail, to the owners and admins who want mails; none is fine. Needs [`Action::ManageSettings`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn set_email_kinds(
    core: &Core,
    caller: &Caller,
    org: &str,
    mut kinds: Vec<NoticeKind>,
) -> Result<NoticeSettings, Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    kinds.sort_unstable();
    kinds.dedup();
    let words: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    let audit = core
        .audit_entry(caller, Some(&org.id), "notice_settings.update", ("org", org.id.as_str()))
        .with("email_kinds", words);
    let settings = NoticeSettings { email_kinds: kinds };
    core.store.set_notice_settings(&org.id, &settings, &audit).await?;
    Ok(settings)
}

/// Whether a person, who has entered the organisation, wants its notices by mail.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn wants_mail(core: &Core, org: &OrgId, user: &UserId) -> Result<bool, Error> {
    Ok(core.store.wants_mail(org, user).await?)
}

/// Says whether the person who asks wants the organisation's notices by mail. Needs [`Action::ManageSettings`]: mails go
/// to owners and admins.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], for programs too, which have no address.
pub async fn set_wants_mail(core: &Core, caller: &Caller, org: &str, wants: bool) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageSettings).await?.org;
    let Actor::User { id, .. } = &caller.actor else {
        return Err(Error::Forbidden("a person who is signed in may do this"));
    };
    let audit = core.audit_entry(caller, Some(&org.id), "notice.mail", ("user", id.as_str())).with("wants", wants);
    Ok(core.store.set_wants_mail(&org.id, id, wants, &audit).await?)
}
