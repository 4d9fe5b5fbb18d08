//! Seeing organisations.

use latchkey_types::{OrgId, Role, UserId};

use crate::caller::{Action, Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Listed, Membership, Page, StoreError};

/// The organisations that the caller sees: a person's own, a key's one; for an operator's key or the command line all.
pub async fn list(core: &Core, caller: &Caller, page: &Page) -> Result<Listed<Membership>, Error> {
    match &caller.actor {
        Actor::User { id, .. } => own(core, id, page).await,
        Actor::ManagementKey { org: Some(_), .. } | Actor::ServiceAccount { .. } if page.cursor.is_some() => {
            // a list of one has no second page
            Err(StoreError::BadCursor.into())
        }
        Actor::ManagementKey { org: Some(org), role, .. } | Actor::ServiceAccount { org, role, .. } => {
            let org = core.store.find_org_by_id(org).await?;
            Ok(Listed {
                items: org.map(|org| Membership { org, role: *role }).into_iter().collect(),
                next_cursor: None,
            })
        }
        Actor::ManagementKey { org: None, role, .. } => all(core, *role, page).await,
        Actor::CommandLine | Actor::System => all(core, Role::Owner, page).await,
    }
}

/// One organisation and the caller's role in it.
pub async fn get(core: &Core, caller: &Caller, org: &str) -> Result<Membership, Error> {
    let access = core.enter(caller, org, Action::ReadApis).await?;
    Ok(Membership { org: access.org, role: access.role })
}

async fn all(core: &Core, role: Role, page: &Page) -> Result<Listed<Membership>, Error> {
    Ok(core.store.list_orgs(None, page).await?.map(|org| Membership { org, role }))
}

/// A person's memberships are few and read at once; a page's cursor is the id of its last organisation.
async fn own(core: &Core, user: &UserId, page: &Page) -> Result<Listed<Membership>, Error> {
    let mut memberships = core.store.memberships(user).await?;
    if let Some(cursor) = &page.cursor {
        let last: OrgId = cursor.parse().map_err(|_| StoreError::BadCursor)?;
        let shown = memberships.iter().position(|membership| membership.org.id == last).ok_or(StoreError::BadCursor)?;
        memberships.drain(..=shown);
    }
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let more = memberships.len() > limit;
    memberships.truncate(limit);
    let next_cursor = memberships.last().filter(|_| more).map(|membership| membership.org.id.to_string());
    Ok(Listed { items: memberships, next_cursor })
}
