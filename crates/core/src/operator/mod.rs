//! The operator desk: every credential of the installation.

mod model;

pub use model::CredentialSummary;

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;
use crate::ports::{Listed, Page};

/// Credentials whose id, name or organisation's slug starts with `search`. Operators only, else [`Error::NotFound`].
pub async fn credentials(_core: &Core, _caller: &Caller, _search: &str, _page: &Page) -> Result<Listed<CredentialSummary>, Error> {
    todo!()
}

/// Organisations whose slug or name starts with `search`.
pub async fn orgs(_core: &Core, _caller: &Caller, _search: Option<&str>, _page: &Page) -> Result<Listed<Org>, Error> {
    todo!()
}

/// Suspends or unsuspends an organisation.
pub async fn set_suspended(_core: &Core, _caller: &Caller, _slug: &str, _suspended: bool) -> Result<Org, Error> {
    todo!()
}

/// Revokes any key or app of the installation, by id.
pub async fn revoke_credential(_core: &Core, _caller: &Caller, _id: &str, _reason: Option<String>) -> Result<CredentialSummary, Error> {
    todo!()
}

/// Revokes every credential made or changed since an instant: after a restored backup. Answers how many.
pub async fn revoke_since(_core: &Core, _caller: &Caller, _since: latchkey_types::Timestamp) -> Result<u64, Error> {
    todo!()
}
