use latchkey_types::Role;

use crate::core::Access;
use crate::error::Error;
use crate::validation::{Checked, wrong};

/// Roles as typed: at least one, each once, from the least to the most.
pub(super) fn check(field: &str, typed: &[Role]) -> Checked<Vec<Role>> {
    let mut roles = typed.to_vec();
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return wrong(field, "give at least one of viewer, developer, admin and owner");
    }
    Ok(roles)
}

/// Nobody gives more than they have.
pub(super) fn refuse_higher(access: &Access, roles: &[Role]) -> Result<(), Error> {
    if roles.iter().any(|role| *role > access.role) {
        return Err(Error::Forbidden("a service account has at most the role of who makes it"));
    }
    Ok(())
}
