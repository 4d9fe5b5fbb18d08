//! Who belongs to an organisation, and as what.
//!
//! An admin changes and removes members up to admin; only owners make, unmake or remove owners; an organisation never
//! loses its last owner, which the store holds in the same transaction as the change (F-16).

use latchkey_types::{Role, UserId};
use serde_json::json;

use super::Member;
use crate::caller::{Action, Actor, Caller};
use crate::core::{Access, Core};
use crate::error::{Conflict, Error};
use crate::ports::{Listed, Page, StoreError};

/// Members by name. Needs [`crate::Action::ReadMembers`].
pub async fn members(core: &Core, caller: &Caller, org: &str, page: &Page) -> Result<Listed<Member>, Error> {
    let org = core.enter(caller, org, Action::ReadMembers).await?.org;
    Ok(core.store.list_members(&org.id, page).await?)
}

/// One of them. Needs [`crate::Action::ReadMembers`].
///
/// # Errors
/// [`Error::NotFound`] for no such member.
pub async fn member(core: &Core, caller: &Caller, org: &str, user: &UserId) -> Result<Member, Error> {
    let access = core.enter(caller, org, Action::ReadMembers).await?;
    find(core, &access, user).await
}

/// Gives a member another role: an admin up to admin, an owner any.
///
/// # Errors
/// [`Error::NotFound`] for no such member, [`Error::Forbidden`], [`Conflict::LastOwner`], [`Conflict::RoleChanged`]
/// where somebody else changed the role meanwhile.
pub async fn set_role(core: &Core, caller: &Caller, org: &str, user: &UserId, role: Role) -> Result<(), Error> {
    let access = core.enter(caller, org, Action::ManageMembers).await?;
    let member = find(core, &access, user).await?;
    may_touch(&access, member.role)?;
    may_touch(&access, role)?;
    if member.role == role {
        return Ok(());
    }
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "member.set_role", ("user", user.as_str()))
        .with("role", json!({ "from": member.role, "to": role }));
    written(core.store.set_member_role(&access.org.id, user, member.role, role, &audit).await)
}

/// Removes a member; anybody may remove themselves, but not the last owner.
///
/// # Errors
/// As [`set_role`].
pub async fn remove_member(core: &Core, caller: &Caller, org: &str, user: &UserId) -> Result<(), Error> {
    let is_self = matches!(&caller.actor, Actor::User { id, .. } if id == user);
    let access = core.enter(caller, org, if is_self { Action::ReadApis } else { Action::ManageMembers }).await?;
    let member = find(core, &access, user).await?;
    if !is_self {
        may_touch(&access, member.role)?;
    }
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "member.remove", ("user", user.as_str()))
        .with("role", member.role.as_str());
    written(core.store.remove_member(&access.org.id, user, member.role, &audit).await)
}

/// Whether the caller may give, change or end this role.
pub(super) fn may_touch(access: &Access, role: Role) -> Result<(), Error> {
    if role == Role::Owner && access.role < Action::ManageOwners.least_role() {
        return Err(Error::Forbidden(Action::ManageOwners.who_may()));
    }
    Ok(())
}

async fn find(core: &Core, access: &Access, user: &UserId) -> Result<Member, Error> {
    core.store.find_member(&access.org.id, user).await?.ok_or(Error::NotFound)
}

/// What the write came to. It holds for the role that was judged and no other: an admin who acts on an admin must not
/// hit an owner, whom another owner made of them meanwhile.
fn written(change: Result<bool, StoreError>) -> Result<(), Error> {
    match change {
        Ok(true) => Ok(()),
        Ok(false) => {
            let detail = "an organisation needs an owner: make somebody else an owner first";
            Err(Error::conflict(Conflict::LastOwner, detail))
        }
        Err(StoreError::Stale) => {
            let detail = "somebody else has just changed this member's role: look at it, then try again";
            Err(Error::conflict(Conflict::RoleChanged, detail))
        }
        Err(error) => Err(error.into()),
    }
}
