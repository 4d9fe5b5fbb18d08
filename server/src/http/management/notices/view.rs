//! Notices as the management API shows them.

use latchkey_core::notices::{self, title};
use latchkey_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::http::management::words::NoticeKind;

/// Something that the organisation was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notice {
    /// `ntc_…`; the `webhook-id` of what was posted of it.
    pub id: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// What happened, in one line.
    pub title: String,
    /// What it is about.
    pub subject: NoticeSubject,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the notice was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What else there is to say.
    #[schema(value_type = Object)]
    pub detail: Map<String, Value>,
}

/// What a notice is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeSubject {
    /// What kind of thing: `key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    pub id: String,
    /// What people call it, where it is known.
    pub name: Option<String>,
}

impl From<notices::Notice> for Notice {
    fn from(notice: notices::Notice) -> Self {
        Self {
            id: notice.id.to_string(),
            kind: notice.kind.into(),
            title: title(&notice),
            subject: NoticeSubject { kind: notice.subject_type, id: notice.subject_id, name: notice.subject_name },
            at: notice.at,
            created_at: notice.created_at,
            detail: notice.detail,
        }
    }
}

/// What goes by mail.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeSettings {
    /// What is sent by mail, to each owner and admin who wants mails.
    pub email_kinds: Vec<NoticeKind>,
}

impl From<notices::NoticeSettings> for NoticeSettings {
    fn from(settings: notices::NoticeSettings) -> Self {
        Self { email_kinds: settings.email_kinds.into_iter().map(NoticeKind::from).collect() }
    }
}
