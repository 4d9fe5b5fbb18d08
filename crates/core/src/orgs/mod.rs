//! Organisations, members and invitations.

mod model;

pub use model::{Invitation, InvitationStatus, Member, NewInvitation, Org, OrgChange, OrgSettings};

use latchkey_types::{InvitationId, Role, UserId};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::ports::{Listed, Membership, Page};

/// An invitation that was just made, with the token of its link, once.
#[derive(Clone, Debug)]
pub struct CreatedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// What stands at the end of `/invitations/…`.
    pub token: PlainSecret,
}

/// Makes an organisation; a person who makes one owns it. At the command line `owner_email` names the owner, who
/// becomes one at their next sign-in with that verified address.
pub async fn create(_core: &Core, _caller: &Caller, _name: &str, _slug: &str, _owner_email: Option<&str>) -> Result<Org, Error> {
    todo!()
}

/// Whether this caller may make organisations.
pub fn may_create(_core: &Core, _caller: &Caller) -> bool {
    todo!()
}

/// The organisations that the caller sees: a person's own, a key's one; for an operator's key or the command line all.
pub async fn list(_core: &Core, _caller: &Caller, _page: &Page) -> Result<Listed<Membership>, Error> {
    todo!()
}

/// One organisation and the caller's role in it.
pub async fn get(_core: &Core, _caller: &Caller, _org: &str) -> Result<Membership, Error> {
    todo!()
}

/// Renames or changes settings. Needs [`crate::Action::ManageSettings`].
pub async fn update(_core: &Core, _caller: &Caller, _org: &str, _change: OrgChange) -> Result<Org, Error> {
    todo!()
}

/// Members by name.
pub async fn members(_core: &Core, _caller: &Caller, _org: &str) -> Result<Vec<Member>, Error> {
    todo!()
}

/// Gives a member another role: an admin up to admin, an owner any; never leaves the organisation without an owner.
pub async fn set_role(_core: &Core, _caller: &Caller, _org: &str, _user: &UserId, _role: Role) -> Result<(), Error> {
    todo!()
}

/// Removes a member; anybody may remove themselves, but not the last owner.
pub async fn remove_member(_core: &Core, _caller: &Caller, _org: &str, _user: &UserId) -> Result<(), Error> {
    todo!()
}

/// Invites an address, up to the caller's own role; the link holds seven days and once.
pub async fn invite(_core: &Core, _caller: &Caller, _org: &str, _email: &str, _role: Role) -> Result<CreatedInvitation, Error> {
    todo!()
}

/// Invitations, newest first.
pub async fn invitations(_core: &Core, _caller: &Caller, _org: &str) -> Result<Vec<Invitation>, Error> {
    todo!()
}

/// Takes an invitation back.
pub async fn revoke_invitation(_core: &Core, _caller: &Caller, _org: &str, _id: &InvitationId) -> Result<(), Error> {
    todo!()
}

/// What an invitation's link says, to the person who opened it while signed in: [`Error::NotFound`] for a token that
/// isn't open any more.
pub async fn open_invitation(_core: &Core, _caller: &Caller, _token: &str) -> Result<(Invitation, Org), Error> {
    todo!()
}

/// Accepts: the caller's verified address must be the invitation's, else [`Error::Forbidden`].
pub async fn accept_invitation(_core: &Core, _caller: &Caller, _token: &str) -> Result<Org, Error> {
    todo!()
}
