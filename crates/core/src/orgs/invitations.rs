//! Invitations by link: bound to a verified e-mail address, good for seven days and once.

use latchkey_types::secret::{SECRET_LENGTH, encode_base62, is_base62};
use latchkey_types::{InvitationId, OrgId, Role, UserId};

use super::members::may_touch;
use super::{Invitation, InvitationStatus, NewInvitation, Org};
use crate::accounts;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::plain_secret::PlainSecret;
use crate::ports::{Listed, Page, StoreError};
use crate::random;
use crate::validation;

/// How long an invitation holds, in seconds: seven days.
pub const INVITATION_SECONDS: i64 = 7 * 86_400;

/// How many invitations of an organisation may be open at once.
pub const MAX_OPEN_INVITATIONS: u32 = 200;

/// What the hashes of tokens are for.
const PURPOSE: &str = "invitation";

/// An invitation that was just made, with the token of its link, once.
#[derive(Clone, Debug)]
pub struct CreatedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// What stands at the end of `/invitations/…`.
    pub token: PlainSecret,
}

/// Invites an address, up to the caller's own role. Needs [`crate::Action::ManageMembers`]. A link for the same address that
/// is still open ends: who has lost the link, or invited with the wrong role, invites again.
///
/// # Errors
/// [`Error::Invalid`], [`Error::Forbidden`] also where an owner's link would end by an admin, [`Conflict::AlreadyMember`]
/// for the verified address of a member, [`Conflict::TooManyInvitations`] beyond [`MAX_OPEN_INVITATIONS`],
/// [`Conflict::AlreadyInvited`] where somebody else invites the address at the same moment.
pub async fn invite(
    core: &Core,
    caller: &Caller,
    org: &str,
    email: &str,
    role: Role,
) -> Result<CreatedInvitation, Error> {
    let access = core.enter(caller, org, Action::ManageMembers).await?;
    may_touch(&access, role)?;
    let email = validation::email("email", email).map_err(Error::Invalid)?;
    if core.store.is_address_of_member(&access.org.id, &email).await? {
        return Err(already_member());
    }
    let (new, token) = new_invitation(core, &access.org.id, &email, role);
    let open = core.store.open_links_for(&access.org.id, &email, new.invitation.created_at).await?;
    open.iter().try_for_each(|link| may_touch(&access, link.role))?;
    let replaced: Vec<InvitationId> = open.into_iter().map(|link| link.id).collect();
    let mut audit = core
        .audit_entry(caller, Some(&access.org.id), "invitation.create", ("invitation", new.invitation.id.as_str()))
        .with("email", email)
        .with("role", role.as_str());
    if !replaced.is_empty() {
        audit = audit.with("replaced", replaced.iter().map(InvitationId::as_str).collect::<Vec<_>>());
    }
    match core.store.insert_invitation(&new, &replaced, &audit).await {
        Ok(true) => Ok(CreatedInvitation { invitation: new.invitation, token }),
        Ok(false) => Err(Error::conflict(
            Conflict::TooManyInvitations,
            format!("there are {MAX_OPEN_INVITATIONS} open invitations, which is the most: take one back first"),
        )),
        Err(StoreError::Stale) => Err(Error::conflict(
            Conflict::AlreadyInvited,
            "somebody else has just invited this address: look at their invitation, then try again",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Invitations, newest first. Needs [`crate::Action::ManageMembers`].
pub async fn invitations(core: &Core, caller: &Caller, org: &str, page: &Page) -> Result<Listed<Invitation>, Error> {
    let org = core.enter(caller, org, Action::ManageMembers).await?.org;
    Ok(core.store.list_invitations(&org.id, page).await?)
}

/// Takes an invitation back; an owner's only by an owner.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Conflict::AlreadyDecided`] where it isn't open any more.
pub async fn revoke_invitation(core: &Core, caller: &Caller, org: &str, id: &InvitationId) -> Result<(), Error> {
    let access = core.enter(caller, org, Action::ManageMembers).await?;
    let invitation = core.store.find_invitation_of(&access.org.id, id).await?.ok_or(Error::NotFound)?;
    may_touch(&access, invitation.role)?;
    let audit = core
        .audit_entry(caller, Some(&access.org.id), "invitation.revoke", ("invitation", id.as_str()))
        .with("email", invitation.email);
    if core.store.revoke_invitation(&access.org.id, id, core.clock.now(), &audit).await? {
        return Ok(());
    }
    Err(Error::conflict(Conflict::AlreadyDecided, "this invitation isn't open any more"))
}

/// What an invitation's link says, to the person who opened it while signed in: [`Error::NotFound`] for a token that
/// isn't open any more.
pub async fn open_invitation(core: &Core, caller: &Caller, token: &str) -> Result<(Invitation, Org), Error> {
    accounts::person(caller)?;
    find_open(core, token).await
}

/// Accepts: the caller's verified address must be the invitation's, whatever the letters' case (F-32).
///
/// # Errors
/// [`Error::NotFound`] for a token that isn't open any more, [`Error::Forbidden`] for another address or one that isn't
/// verified, [`Conflict::AlreadyMember`].
pub async fn accept_invitation(core: &Core, caller: &Caller, token: &str) -> Result<Org, Error> {
    let person = accounts::person(caller)?;
    let (invitation, org) = find_open(core, token).await?;
    if !is_bound_to(core, person, &invitation).await? {
        return Err(Error::Forbidden("the person with the verified e-mail address that was invited may do this"));
    }
    let audit = core
        .audit_entry(caller, Some(&org.id), "invitation.accept", ("invitation", invitation.id.as_str()))
        .with("email", invitation.email.as_str())
        .with("role", invitation.role.as_str());
    match core.store.accept_invitation(&invitation.id, person, core.clock.now(), &audit).await {
        Ok(true) => Ok(org),
        Ok(false) => Err(Error::NotFound),
        Err(StoreError::Taken(_)) => Err(already_member()),
        Err(error) => Err(error.into()),
    }
}

/// A new invitation and the token of its link: 256 random bits.
pub(super) fn new_invitation(core: &Core, org: &OrgId, email: &str, role: Role) -> (NewInvitation, PlainSecret) {
    let token = encode_base62(&random::bits(core.random.as_ref()));
    let now = core.clock.now();
    let invitation = Invitation {
        id: random::id(core.random.as_ref()),
        org: org.clone(),
        email: email.to_owned(),
        role,
        created_at: now,
        expires_at: now.plus_seconds(INVITATION_SECONDS),
        accepted_at: None,
        revoked_at: None,
    };
    let token_hash = core.hasher.mac(PURPOSE, &token);
    (NewInvitation { invitation, token_hash, claim_at_sign_in: false }, PlainSecret::new(token))
}

async fn find_open(core: &Core, token: &str) -> Result<(Invitation, Org), Error> {
    if token.len() != SECRET_LENGTH || !is_base62(token) {
        return Err(Error::NotFound);
    }
    let mut found = core.store.find_invitation(&core.hasher.mac(PURPOSE, token)).await?;
    if found.is_none()
        && let Some(previous) = core.hasher.previous_mac(PURPOSE, token)
    {
        found = core.store.find_invitation(&previous).await?;
    }
    let now = core.clock.now();
    found.filter(|(invitation, _)| invitation.status(now) == InvitationStatus::Open).ok_or(Error::NotFound)
}

async fn is_bound_to(core: &Core, person: &UserId, invitation: &Invitation) -> Result<bool, Error> {
    let identity = core.store.find_user(person).await?.ok_or(Error::Unauthenticated)?.identity;
    Ok(identity.email_verified && is_same_address(identity.email.as_deref(), &invitation.email))
}

/// Only ASCII letters lose their case: whatever else looks alike is another address.
fn is_same_address(address: Option<&str>, invited: &str) -> bool {
    address.is_some_and(|address| address.eq_ignore_ascii_case(invited))
}

fn already_member() -> Error {
    Error::conflict(Conflict::AlreadyMember, "this person is a member already; change their role instead")
}
