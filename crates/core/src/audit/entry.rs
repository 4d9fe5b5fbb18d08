//! Makes rows of the audit log.

use std::sync::atomic::Ordering;

use latchkey_types::{AuditId, OrgId};
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
            id: self.next_audit_id(),
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

    /// Six counting digits and ten random characters: the log is in order of time and id, and rows that one process
    /// makes within a millisecond shall stand in the order in which they were made.
    fn next_audit_id(&self) -> AuditId {
        let count = self.audit_rows.fetch_add(1, Ordering::Relaxed) % 1_000_000;
        let random: AuditId = random::id(self.random.as_ref());
        AuditId::from_random(&format!("{count:06}{}", &random.random_part()[6..])).expect("16 base62 digits")
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
        Actor::ServiceAccount { id, .. } => ("service_account", Some(id.to_string())),
        Actor::CommandLine => ("command_line", None),
        Actor::System => ("system", None),
    }
}
