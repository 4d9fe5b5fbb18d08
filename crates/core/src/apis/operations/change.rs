//! Giving an API its operations: a document is looked at first, or applied at once.

use std::fmt::Write;

use latchkey_types::ApiId;
use sha2::{Digest, Sha256};

use super::diff::{self, Change, OperationDiff};
use super::document::DocumentFormat;
use super::model::{Description, OperationTable};
use super::reader;
use crate::apis::Api;
use crate::apis::read::owned;
use crate::audit::AuditEntry;
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;

/// The member that errors about a document name.
const DOCUMENT: &str = "document";

/// An `OpenAPI` document as uploaded.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// Its bytes.
    pub text: Vec<u8>,
    /// How it is written.
    pub format: DocumentFormat,
}

/// What the document would change. Nothing is stored. Needs [`Action::ManageApis`].
///
/// # Errors
/// [`Error::Invalid`] with the line and the reason of what is wrong in the document first.
pub async fn preview_operations(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
    document: NewDocument,
) -> Result<OperationDiff, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let proposed = Proposed::read(core, caller, &org, api, document).await?;
    proposed.diff(core).await
}

/// Puts the document's operations in force: it creates the scopes that the API lacks, and gives credentials that were
/// granted operations the scopes that these take now, in one transaction. Answers what changed. The document that is in
/// force already is no change. Needs [`Action::ManageApis`].
///
/// # Errors
/// As [`preview_operations`].
pub async fn set_operations(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
    document: NewDocument,
) -> Result<OperationDiff, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let proposed = Proposed::read(core, caller, &org, api, document).await?;
    proposed.apply(core, caller, &org).await
}

/// Keeps the document for somebody to look at what it would change, in place of one that was kept before. Needs
/// [`Action::ManageApis`].
///
/// # Errors
/// As [`preview_operations`].
pub async fn propose_operations(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
    document: NewDocument,
) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let proposed = Proposed::read(core, caller, &org, api, document).await?;
    let audit = proposed.audit_entry(core, caller, &org, "api.openapi.propose");
    Ok(core.store.put_operation_draft(&org.id, id, &proposed.table, &audit).await?)
}

/// The document that was kept, and what it would change now. Needs [`Action::ManageApis`].
pub async fn proposed_operations(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
) -> Result<Option<(OperationTable, OperationDiff)>, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let Some(proposed) = Proposed::kept(core, api).await? else { return Ok(None) };
    let diff = proposed.diff(core).await?;
    Ok(Some((proposed.table, diff)))
}

/// Puts the document that was kept in force, where it is the one of this digest. Needs [`Action::ManageApis`].
///
/// # Errors
/// [`Error::Invalid`] where it is another one by now, or gone: what its changes are wasn't looked at.
pub async fn apply_proposed_operations(
    core: &Core,
    caller: &Caller,
    org: &str,
    id: &ApiId,
    digest: &str,
) -> Result<OperationDiff, Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    match Proposed::kept(core, api).await?.filter(|proposed| proposed.table.digest == digest) {
        Some(proposed) => proposed.apply(core, caller, &org).await,
        None => Err(Error::invalid(
            DOCUMENT,
            "another document was uploaded meanwhile, or it was applied already: look at the changes first",
        )),
    }
}

/// Forgets the document that was kept; again is fine. Needs [`Action::ManageApis`].
pub async fn discard_proposed_operations(core: &Core, caller: &Caller, org: &str, id: &ApiId) -> Result<(), Error> {
    let org = core.enter(caller, org, Action::ManageApis).await?.org;
    let api = owned(core, &org.id, id).await?;
    let audit = core.audit_entry(caller, Some(&org.id), "api.openapi.discard", ("api", api.id.as_str()));
    Ok(core.store.delete_operation_draft(&org.id, id, &audit).await?)
}

/// A document that was read, for this API.
struct Proposed {
    api: Api,
    table: OperationTable,
}

impl Proposed {
    async fn read(core: &Core, caller: &Caller, org: &Org, api: Api, document: NewDocument) -> Result<Self, Error> {
        // a large one takes some hundred milliseconds
        let read = tokio::task::spawn_blocking(move || {
            let description = reader::read(&document.text, document.format)?;
            Ok((description, hexadecimal(&Sha256::digest(&document.text))))
        });
        let read: Result<(Description, String), _> = read.await.map_err(|error| Error::Internal(Box::new(error)))?;
        let (description, digest) =
            read.map_err(|error: super::DocumentError| Error::invalid(DOCUMENT, error.to_string()))?;
        let actor = core.audit_entry(caller, Some(&org.id), "api.openapi.set", ("api", api.id.as_str()));
        let uploaded_by = actor.actor_id.unwrap_or(actor.actor_kind);
        let table = OperationTable { description, digest, uploaded_at: core.clock.now(), uploaded_by };
        let proposed = Self { api, table };
        proposed.check_scopes()?;
        Ok(proposed)
    }

    async fn kept(core: &Core, api: Api) -> Result<Option<Self>, Error> {
        let table = core.store.find_operation_draft(&api.id).await?;
        Ok(table.map(|table| Self { api, table }))
    }

    fn check_scopes(&self) -> Result<(), Error> {
        if diff::fits(&self.api, &self.table.description) {
            return Ok(());
        }
        Err(Error::invalid(
            DOCUMENT,
            "with the scopes of this document the API would have more than 512: take some off first",
        ))
    }

    async fn diff(&self, core: &Core) -> Result<OperationDiff, Error> {
        let before = core.store.find_operation_table(&self.api.id).await?.map(|table| table.description);
        self.diff_to(core, before).await
    }

    async fn diff_to(&self, core: &Core, before: Option<Description>) -> Result<OperationDiff, Error> {
        let credentials = core.store.live_credentials(&self.api.id, core.clock.now()).await?;
        let (api, after) = (self.api.clone(), self.table.description.clone());
        let work = move || Change { api: &api, before: before.as_ref(), after: &after }.diff(&credentials);
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(Box::new(error)))
    }

    async fn apply(mut self, core: &Core, caller: &Caller, org: &Org) -> Result<OperationDiff, Error> {
        self.check_scopes()?;
        let before = core.store.find_operation_table(&self.api.id).await?;
        let is_in_force = before.as_ref().is_some_and(|before| before.description == self.table.description);
        let diff = self.diff_to(core, before.map(|before| before.description)).await?;
        if is_in_force && diff.scopes_added.is_empty() {
            return Ok(diff);
        }
        self.table.uploaded_at = core.clock.now();
        let scopes: Vec<&str> = diff.scopes_added.iter().map(|scope| scope.name.as_str()).collect();
        let audit = self
            .audit_entry(core, caller, org, "api.openapi.set")
            .with("added", diff.added.len())
            .with("removed", diff.removed.len())
            .with("changed", diff.changed.len())
            .with("scopes_added", scopes.join(" "))
            .with("credentials_newly_refused", diff.newly_refused_count);
        core.store.set_operation_table(&org.id, &self.api.id, &self.table, &audit).await?;
        Ok(diff)
    }

    fn audit_entry(&self, core: &Core, caller: &Caller, org: &Org, action: &str) -> AuditEntry {
        core.audit_entry(caller, Some(&org.id), action, ("api", self.api.id.as_str()))
            .with("title", self.table.description.title.as_str())
            .with("version", self.table.description.version.as_str())
            .with("digest", self.table.digest.as_str())
            .with("operations", self.table.description.operations.len())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
