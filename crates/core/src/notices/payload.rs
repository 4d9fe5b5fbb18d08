//! What a webhook carries: <https://www.standardwebhooks.com>, "Payload structure".

use latchkey_types::Timestamp;
use serde_json::{Value, json};

use super::{Notice, title};
use crate::orgs::Org;

/// The `type` of a test event.
pub const TEST_EVENT: &str = "webhook.test";

/// The body of a notice.
pub(super) fn payload(notice: &Notice, org: &Org, portal: &str) -> String {
    body(
        notice.kind.as_str(),
        notice.at,
        &json!({
            "id": notice.id,
            "organisation": { "id": org.id, "slug": org.slug },
            "subject": { "type": notice.subject_type, "id": notice.subject_id, "name": notice.subject_name },
            "title": title(notice),
            "detail": notice.detail,
            "url": format!("{portal}/orgs/{}/notices", org.slug),
        }),
    )
}

/// The body of a test event.
pub fn test_payload(org: &Org, now: Timestamp) -> String {
    body(
        TEST_EVENT,
        now,
        &json!({
            "organisation": { "id": org.id, "slug": org.slug },
            "title": "A test: nothing happened",
        }),
    )
}

fn body(kind: &str, at: Timestamp, data: &Value) -> String {
    json!({ "type": kind, "timestamp": at, "data": data }).to_string()
}
