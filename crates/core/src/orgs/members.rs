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

/// Members by name. Needs [`crate::Action::ReadMembers`].
pub async fn members(core: &Core, caller: &Caller, org: &str) -> Result<Vec<Member>, Error> {
    let org = core.enter(caller, org, Action::ReadMembers).await?.org;
    Ok(core.store.list_members(&org.id).await?)
}

/// Gives a member another role: an admin up to admin, an owner any.
///
/// # Errors
/// [`Error::NotFound`] for no such member, [`Error::Forbidden`], [`Conflict::LastOwner`].
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
    if core.store.set_member_role(&access.org.id, user, role, &audit).await? { Ok(()) } else { Err(last_owner()) }
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
    if core.store.remove_member(&access.org.id, user, &audit).await? { Ok(()) } else { Err(last_owner()) }
}

/// Whether the caller may give, change or end this role.
pub(super) fn may_touch(access: &Access, role: Role) -> Result<(), Error> {
    if role == Role::Owner && access.role < Action::ManageOwners.least_role() {
        return Err(Error::Forbidden(Action::ManageOwners.who_may()));
    }
    Ok(())
}

async fn find(core: &Core, access: &Access, user: &UserId) -> Result<Member, Error> {
    let members = core.store.list_members(&access.org.id).await?;
    members.into_iter().find(|member| member.user == *user).ok_or(Error::NotFound)
}

fn last_owner() -> Error {
    Error::conflict(Conflict::LastOwner, "an organisation needs an owner: make somebody else an owner first")
}
