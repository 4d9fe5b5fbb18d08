use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{ManagementKeyId, Role, Timestamp};

use super::{ManagementKey, NewManagementKey, enter};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::random::{bits, id};
use crate::validation::{self, Checks};

/// What a new management key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What people call it.
    pub name: String,
    /// What it may do; at most the caller's own role.
    pub role: Role,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
}

/// A management key that was just made, with its secret, once.
#[derive(Clone, Debug)]
pub struct CreatedManagementKey {
    /// The key.
    pub key: ManagementKey,
    /// Its secret.
    pub secret: PlainSecret,
}

/// Makes a management key; `org: None` makes an operator's, which only operators may. Needs
/// [`crate::Action::ManageManagementKeys`].
///
/// # Errors
/// [`Error::Forbidden`] for a role above the caller's own; [`Error::Invalid`] with every bad member.
pub async fn create(
    core: &Core,
    caller: &Caller,
    org: Option<&str>,
    new: NewKey,
) -> Result<CreatedManagementKey, Error> {
    let place = enter(core, caller, org).await?;
    if new.role > place.role {
        return Err(Error::Forbidden("a management key has at most the role of who makes it"));
    }
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let expires_at = checks.take(validation::expiry("expires_at", new.expires_at, core.clock.now(), None));
    checks.finish()?;

    let random = core.random.as_ref();
    let id: ManagementKeyId = id(random);
    let secret = PlainSecret::new(compose(&core.settings.brand, SecretKind::Manage, id.random_part(), &bits(random)));
    let hash = core.hasher.hash(&secret, random).await?;
    let org = place.org.map(|org| org.id);
    let audit = core
        .audit_entry(caller, org.as_ref(), "management_key.create", ("management_key", id.as_str()))
        .with("name", name.as_str())
        .with("role", new.role.as_str())
        .with("expires_at", expires_at.map(|end| end.to_string()));
    let key = ManagementKey {
        id,
        org,
        name,
        role: new.role,
        created_at: core.clock.now(),
        expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let stored = NewManagementKey { key, hash };
    core.store.insert_management_key(&stored, &audit).await?;
    Ok(CreatedManagementKey { key: stored.key, secret })
}
