//! Makes rows of the audit log.

use latchkey_types::OrgId;
use serde_json::Value;

use super::{AuditEntry, AuditOutcome};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::random;

impl Core {
    /// A row for what the caller is about to do: `action` like `key.revoke`, `target` the kind of thing and its id.
    /// `org` is whose log it stands in; `None` is the installation's.
    pub(crate) fn audit_entry(
        &self,
        caller: &Caller,
        org: Option<&OrgId>,
        action: &str,
        target: (&str, &str),
    ) -> AuditEntry {
        let (actor_kind, actor_id) = describe(&caller.actor);
        AuditEntry {
            id: random::id(self.random.as_ref()),
            org: org.cloned(),
            at: self.clock.now(),
            actor_kind: actor_kind.to_owned(),
            actor_id,
            action: action.to_owned(),
            target_type: target.0.to_owned(),
            target_id: target.1.to_owned(),
            outcome: AuditOutcome::Done,
            ip: caller.ip,
            detail: serde_json::Map::new(),
        }
    }
}

impl AuditEntry {
    /// The row with one more thing to say. Never a secret.
    #[must_use]
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(key.to_owned(), value.into());
        self
    }
}

fn describe(actor: &Actor) -> (&'static str, Option<String>) {
    match actor {
        Actor::User { id, .. } => ("user", Some(id.to_string())),
        Actor::ManagementKey { id, .. } => ("management_key", Some(id.to_string())),
        Actor::CommandLine => ("command_line", None),
        Actor::System => ("system", None),
    }
}
