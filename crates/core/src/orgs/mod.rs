//! Organisations, members and invitations.

mod model;

pub use model::{Invitation, InvitationStatus, Member, NewInvitation, Org, OrgChange, OrgSettings};
