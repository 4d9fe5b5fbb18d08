//! A notice in words, the same in the portal, in mails and in webhooks.

use serde_json::Value;

use super::{Notice, NoticeKind};

/// The most characters of a text from outside that are shown.
const MAX_TEXT: usize = 300;

/// What happened, in one line.
pub fn title(notice: &Notice) -> String {
    let subject = subject(notice);
    match notice.kind {
        NoticeKind::Expiring => format!("{subject} expires within {}", days(notice)),
        NoticeKind::Revoked => format!("{subject} was revoked"),
        NoticeKind::Limit if percent(notice) >= Some(100) => format!("{subject} has used up {}", limit(notice)),
        NoticeKind::Limit => {
            format!("{subject} has used {} % of {}", percent(notice).unwrap_or_default(), limit(notice))
        }
        NoticeKind::Leak => format!("A leak of {} was reported", lower_first(&subject)),
    }
}

/// What else there is to say: names and values.
pub fn details(notice: &Notice) -> Vec<(String, String)> {
    let of_limit = |name: &str| matches!(name, "percent" | "limit" | "limit_kind");
    let hidden = |name: &str| name == "days" || (notice.kind == NoticeKind::Limit && of_limit(name));
    notice
        .detail
        .iter()
        .filter(|(name, value)| !hidden(name) && !value.is_null())
        .map(|(name, value)| (clean(&name.replace('_', " ")), plain(value)))
        .collect()
}

/// A text that stands on one line wherever it is put: without control characters and marks that turn the direction of
/// writing, and not too long.
pub fn clean(text: &str) -> String {
    let turns = |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    text.chars()
        .map(|character| if character.is_control() || turns(character) { ' ' } else { character })
        .take(MAX_TEXT)
        .collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => clean(text),
        other => clean(&other.to_string()),
    }
}

fn subject(notice: &Notice) -> String {
    let kind = match notice.subject_type.as_str() {
        "key" => "Key".to_owned(),
        "app" => "App".to_owned(),
        "service_account" => "Service account".to_owned(),
        "management_key" => "Management key".to_owned(),
        "app_secret" => "A secret of app".to_owned(),
        "verification_key" => "Verification key".to_owned(),
        "initial_access_token" => "Initial access token".to_owned(),
        "app_key" => "Public key of an app".to_owned(),
        "service_account_key" => "Public key of a service account".to_owned(),
        other => upper_first(&clean(&other.replace('_', " "))),
    };
    match &notice.subject_name {
        Some(name) => format!("{kind} “{}”", clean(name)),
        None => format!("{kind} {}", clean(&notice.subject_id)),
    }
}

fn limit(notice: &Notice) -> String {
    let name = notice.detail.get("limit").and_then(Value::as_str);
    match (notice.detail.get("limit_kind").and_then(Value::as_str), name) {
        (Some("token_quota"), _) => "its tokens of the day".to_owned(),
        (Some("credits"), _) => "its credits".to_owned(),
        (_, Some(name)) => format!("its limit “{}”", clean(name)),
        (_, None) => "its limit".to_owned(),
    }
}

fn days(notice: &Notice) -> String {
    match notice.detail.get("days").and_then(Value::as_i64) {
        Some(1) | None => "a day".to_owned(),
        Some(days) => format!("{days} days"),
    }
}

pub(super) fn percent(notice: &Notice) -> Option<i64> {
    notice.detail.get("percent").and_then(Value::as_i64)
}

fn upper_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

fn lower_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use latchkey_types::Timestamp;
    use serde_json::json;

    use super::*;

    fn notice(kind: NoticeKind, detail: Value) -> Notice {
        let Value::Object(detail) = detail else { panic!("not an object") };
        Notice {
            id: "ntc_0000000000000001".parse().unwrap(),
            org: "org_0000000000000001".parse().unwrap(),
            kind,
            source: "s".to_owned(),
            subject_type: "key".to_owned(),
            subject_id: "key_0000000000000001".to_owned(),
            subject_name: Some("checkout".to_owned()),
            at: Timestamp::from_seconds(0),
            created_at: Timestamp::from_seconds(0),
            detail,
        }
    }

    #[test]
    fn titles_say_what_happened() {
        for (kind, detail, expected) in [
            (NoticeKind::Expiring, json!({ "days": 7 }), "Key “checkout” expires within 7 days"),
            (NoticeKind::Expiring, json!({ "days": 1 }), "Key “checkout” expires within a day"),
            (NoticeKind::Revoked, json!({}), "Key “checkout” was revoked"),
            (NoticeKind::Limit, json!({ "percent": 80 }), "Key “checkout” has used 80 % of its limit"),
            (
                NoticeKind::Limit,
                json!({ "percent": 100, "limit_kind": "credits" }),
                "Key “checkout” has used up its credits",
            ),
            (
                NoticeKind::Limit,
                json!({ "percent": 100, "limit": "per minute", "limit_kind": "rate_limit" }),
                "Key “checkout” has used up its limit “per minute”",
            ),
            (NoticeKind::Leak, json!({}), "A leak of key “checkout” was reported"),
        ] {
            assert_eq!(title(&notice(kind, detail)), expected);
        }
        let unnamed = Notice { subject_name: None, ..notice(NoticeKind::Revoked, json!({})) };
        assert_eq!(title(&unnamed), "Key key_0000000000000001 was revoked");
    }

    // F-28: a line break in a name would begin a header of the mail
    #[test]
    fn hostile_texts_stay_on_their_line() {
        let hostile = "a\r\nBcc: x@example.com\u{202e}\u{2028}";
        let notice = Notice {
            subject_name: Some(hostile.to_owned()),
            ..notice(NoticeKind::Leak, json!({ hostile: hostile, "where": [hostile] }))
        };
        let texts = details(&notice).into_iter().flat_map(|(name, value)| [name, value]).chain([title(&notice)]);
        for text in texts {
            assert!(!text.chars().any(|character| character.is_control() || character == '\u{202e}'), "{text:?}");
        }
        assert_eq!(clean(&"x".repeat(1_000)).len(), MAX_TEXT);
    }
}
