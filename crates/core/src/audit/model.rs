use std::net::IpAddr;

use latchkey_types::{AuditId, OrgId, Timestamp};

/// Whether it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It did.
    Done,
    /// It was refused.
    Denied,
}

impl AuditOutcome {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Denied => "denied",
        }
    }
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Whose log it stands in; `None`: the installation's.
    pub org: Option<OrgId>,
    /// When.
    pub at: Timestamp,
    /// `user`, `management_key`, `command_line`, `system`, `app`, `service_account`, `initial_access_token` or `action_token`.
    pub actor_kind: String,
    /// The actor's id, where it has one.
    pub actor_id: Option<String>,
    /// What: `key.revoke`.
    pub action: String,
    /// What kind of thing it was done to: `key`.
    pub target_type: String,
    /// Which one.
    pub target_id: String,
    /// Whether it happened.
    pub outcome: AuditOutcome,
    /// From where.
    pub ip: Option<IpAddr>,
    /// What else there is to say; never a secret.
    pub detail: serde_json::Map<String, serde_json::Value>,
}

impl AuditEntry {
    /// Who did it: the actor's id, or what kind of actor where it has none.
    pub fn actor(&self) -> &str {
        self.actor_id.as_deref().unwrap_or(&self.actor_kind)
    }
}

/// Which rows to list; newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this organisation; `None`: of the whole installation.
    pub org: Option<OrgId>,
    /// Only this action, or, with a `.` at its end, all that start so (`key.`).
    pub action: Option<String>,
    /// Only by this actor id.
    pub actor: Option<String>,
    /// Only about this target id.
    pub target: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
}
