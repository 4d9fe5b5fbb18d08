//! Organisations, members and invitations.

mod create;
mod invitations;
mod members;
mod model;
mod read;
mod update;

pub use create::{create, may_create};
pub use invitations::{
    CreatedInvitation, INVITATION_SECONDS, MAX_OPEN_INVITATIONS, accept_invitation, invitations, invite,
    open_invitation, revoke_invitation,
};
pub use members::{member, members, remove_member, set_role};
pub use model::{
    Invitation, InvitationStatus, Member, NewInvitation, Org, OrgChange, OrgSettings, OrgSettingsChange, TierChange,
};
pub use read::{get, list};
pub use update::{MAX_KEY_LIFETIME_DAYS, update};

use crate::error::{Conflict, Error};
use crate::ports::StoreError;

/// What a write of an organisation's row may run into.
fn slug_taken(error: StoreError) -> Error {
    match error {
        StoreError::Taken(_) => {
            Error::conflict(Conflict::SlugTaken, "another organisation has this slug; choose another one")
        }
        error => error.into(),
    }
}
