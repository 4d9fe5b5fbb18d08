//! Making organisations.

use latchkey_types::{OrgId, Role};

use super::invitations::new_invitation;
use super::{Org, OrgSettings, slug_taken};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::random;
use crate::settings::OrgCreation;
use crate::tiers::SecurityTier;
use crate::validation::{self, Checks};

/// Makes an organisation; a person who makes one owns it. Where no person makes it, at the command line or by an
/// operator's key, `owner_email` names the owner, who becomes one at their next sign-in with that verified address.
///
/// # Errors
/// [`Error::Forbidden`] where [`may_create`] says no, [`Error::Invalid`], [`crate::Conflict::SlugTaken`].
pub async fn create(
    core: &Core,
    caller: &Caller,
    name: &str,
    slug: &str,
    owner_email: Option<&str>,
) -> Result<Org, Error> {
    if !may_create(core, caller) {
        return Err(Error::Forbidden("the operator of this installation may make organisations"));
    }
    let owner = match &caller.actor {
        Actor::User { id, .. } => Some(id),
        _ => None,
    };
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", name));
    let slug = checks.take(validation::slug("slug", slug));
    let owner_email = checks.take_some(owner_email.map(|email| validation::email("owner_email", email)));
    if owner.is_some() && owner_email.is_some() {
        checks.note("owner_email", "leave it out: the person who makes an organisation owns it");
    }
    checks.finish()?;

    let id: OrgId = random::id(core.random.as_ref());
    let settings = OrgSettings::default();
    let org = Org {
        id,
        slug,
        name,
        suspended_at: None,
        settings,
        security_tier: SecurityTier::default(),
        created_at: core.clock.now(),
    };
    let invitation = owner_email.as_deref().map(|email| {
        let (mut new, _token) = new_invitation(core, &org.id, email, Role::Owner);
        new.claim_at_sign_in = true;
        new
    });
    let mut audit = core
        .audit_entry(caller, Some(&org.id), "org.create", ("org", org.id.as_str()))
        .with("name", org.name.as_str())
        .with("slug", org.slug.as_str());
    if let Some(email) = owner_email {
        audit = audit.with("owner_email", email);
    }
    core.store.insert_org(&org, owner, invitation.as_ref(), &audit).await.map_err(slug_taken)?;
    Ok(org)
}

/// Whether this caller may make organisations: operators, or every person where `LATCHKEY_ORG_CREATION` says so. A key
/// of one organisation never makes another.
pub fn may_create(core: &Core, caller: &Caller) -> bool {
    match &caller.actor {
        Actor::User { operator, .. } => *operator || core.settings.org_creation == OrgCreation::Anyone,
        Actor::ManagementKey { org, role, .. } => org.is_none() && *role >= Role::Admin,
        Actor::ServiceAccount { .. } => false,
        Actor::CommandLine | Actor::System => true,
    }
}
