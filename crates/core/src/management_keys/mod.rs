//! Management keys: what drives the management API.

mod authenticate;
mod create;
mod list;
mod model;
mod revoke;

pub use authenticate::authenticate;
pub use create::{CreatedManagementKey, NewKey, create};
pub use list::list;
pub use model::{ManagementKey, NewManagementKey};
pub use revoke::revoke;

use latchkey_types::Role;

use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;

/// Where management keys belong, and as what the caller acts there.
struct Place {
    /// `None`: the whole installation.
    org: Option<Org>,
    role: Role,
}

/// The organisation of this slug, or the installation, which only operators enter.
async fn enter(core: &Core, caller: &Caller, org: Option<&str>) -> Result<Place, Error> {
    let action = Action::ManageManagementKeys;
    if let Some(slug) = org {
        let access = core.enter(caller, slug, action).await?;
        return Ok(Place { org: Some(access.org), role: access.role });
    }
    if !caller.actor.is_operator() {
        return Err(Error::NotFound);
    }
    let role = match caller.actor {
        Actor::ManagementKey { role, .. } | Actor::ServiceAccount { role, .. } => role,
        Actor::User { .. } | Actor::CommandLine | Actor::System => Role::Owner,
    };
    if role < action.least_role() {
        return Err(Error::Forbidden(action.who_may()));
    }
    Ok(Place { org: None, role })
}
