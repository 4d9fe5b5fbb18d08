use latchkey_types::{NoticeId, OrgId, Timestamp};
use serde_json::{Map, Value};

use super::NoticeKind;

/// Something that an organisation is told, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id, and the `webhook-id` of what is sent of it.
    pub id: NoticeId,
    /// Who is told.
    pub org: OrgId,
    /// What it is about.
    pub kind: NoticeKind,
    /// Where it comes from, unique: the id of a row of the audit log, or `expiry/<id>/<days>/<end in milliseconds>`.
    /// However many replicas see the same thing, one notice comes of it.
    pub source: String,
    /// What kind of thing it is about: `key`, `app`, `service_account`, `management_key`, `app_key`, …
    pub subject_type: String,
    /// Which one.
    pub subject_id: String,
    /// What people call it, where it was found.
    pub subject_name: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// When the notice was made.
    pub created_at: Timestamp,
    /// What else there is to say; never a secret.
    pub detail: Map<String, Value>,
}

/// What an organisation chose about mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeSettings {
    /// What is sent by mail, to each owner and admin who wants mails.
    pub email_kinds: Vec<NoticeKind>,
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self { email_kinds: NoticeKind::ALL.to_vec() }
    }
}

/// Up to where a person has read: this notice and all before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPosition {
    /// When the notice was made.
    pub at: Timestamp,
    /// Which one.
    pub id: NoticeId,
}

impl ReadPosition {
    /// Whether the person has read this notice.
    pub fn covers(&self, notice: &Notice) -> bool {
        (notice.created_at, &notice.id) <= (self.at, &self.id)
    }
}

/// A credential that expires soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Whose.
    pub org: OrgId,
    /// `key`, `management_key`, `app_key` or `service_account_key`.
    pub subject_type: String,
    /// Which one.
    pub subject_id: String,
    /// What people call it.
    pub name: String,
    /// Of a public key: the app or account that it proves.
    pub holder: Option<String>,
    /// When it ends.
    pub expires_at: Timestamp,
}
