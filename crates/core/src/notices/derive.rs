//! Makes notices of rows of the audit log.
//!
//! Rows are read in the order of their instants. That isn't the order of their commits: a transaction may be slow, and the
//! clocks of replicas differ. So each round reads again what is younger than [`LATEST_COMMIT`] before the cursor, and the
//! unique source of a notice keeps each row from being told twice, whichever replicas read it at once.

use std::collections::HashMap;
use std::time::Duration;

use latchkey_types::{NoticeId, OrgId, Timestamp};

use super::publish::{Receivers, publish};
use super::text::percent;
use super::{Notice, NoticeKind};
use crate::audit::AuditEntry;
use crate::core::Core;
use crate::error::Error;
use crate::random;

/// How much later than its instant a row may be committed, and replicas' clocks may differ, in all.
pub const LATEST_COMMIT: Duration = Duration::from_secs(600);
/// Rows at once.
const BATCH: u32 = 200;
/// The least share of a limit that is told, in percent.
const LEAST_SHARE: i64 = 80;

/// Who ended a secret by showing it (`POST /v1/revoke`).
const BY_POSSESSION: &str = "holder";

/// What is told, and as what.
const TOLD: [(&str, NoticeKind); 12] = [
    ("key.revoke", NoticeKind::Revoked),
    ("app.revoke", NoticeKind::Revoked),
    ("service_account.revoke", NoticeKind::Revoked),
    ("management_key.revoke", NoticeKind::Revoked),
    ("initial_access_token.revoke", NoticeKind::Revoked),
    ("app.secret.delete", NoticeKind::Revoked),
    ("verification_key.delete", NoticeKind::Revoked),
    ("app.quota_warning", NoticeKind::Limit),
    ("quota.warning", NoticeKind::Limit),
    ("limit.warning", NoticeKind::Limit),
    ("credits.warning", NoticeKind::Limit),
    ("leak.report", NoticeKind::Leak),
];

/// Reads the audit log on from where the replicas are, and makes the notices. Every replica may run it at any time.
///
/// # Errors
/// [`Error::Unavailable`]: what wasn't told yet is told by the next round.
pub async fn derive(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    // what happened before the first start of all is history
    let cursor = core.store.notice_cursor(now).await?.min(now);
    let late = i64::try_from(LATEST_COMMIT.as_millis()).unwrap_or(i64::MAX);
    let actions = TOLD.map(|(action, _)| action);
    let mut after = (cursor.plus_millis(-late), String::new());
    let mut receivers: HashMap<OrgId, Option<Receivers>> = HashMap::new();
    loop {
        let rows = core.store.audit_without_notice(&actions, &after, BATCH).await?;
        let Some(last) = rows.last() else { return catch_up(core, cursor, now).await };
        after = (last.at, last.id.to_string());
        let count = rows.len();
        for row in rows {
            tell(core, &mut receivers, row).await?;
        }
        core.store.advance_notice_cursor(after.0.min(now)).await?;
        if count < BATCH as usize {
            return Ok(());
        }
    }
}

/// Where there is nothing to tell for long, the cursor goes along: each round would else read on from further back. What
/// is committed late is still read.
async fn catch_up(core: &Core, cursor: Timestamp, now: Timestamp) -> Result<(), Error> {
    let late = i64::try_from(LATEST_COMMIT.as_millis()).unwrap_or(i64::MAX);
    if now < cursor.plus_millis(late) { Ok(()) } else { Ok(core.store.advance_notice_cursor(now).await?) }
}

async fn tell(core: &Core, receivers: &mut HashMap<OrgId, Option<Receivers>>, row: AuditEntry) -> Result<(), Error> {
    let Some(mut notice) = notice(core, row) else { return Ok(()) };
    if !receivers.contains_key(&notice.org) {
        let loaded = Receivers::load(core, &notice.org).await?;
        receivers.insert(notice.org.clone(), loaded);
    }
    let Some(Some(to)) = receivers.get(&notice.org) else { return Ok(()) };
    notice.subject_name = name_of(core, &notice).await?;
    publish(core, to, &notice).await?;
    Ok(())
}

/// `None` for a row that nobody is told of.
fn notice(core: &Core, row: AuditEntry) -> Option<Notice> {
    let (_, kind) = TOLD.into_iter().find(|(action, _)| *action == row.action)?;
    let (mut detail, mut subject_type) = (row.detail, row.target_type);
    if matches!(row.action.as_str(), "app.secret.delete" | "verification_key.delete") {
        // tidying up is no news; that somebody who had the secret ended it is
        if row.actor_kind != BY_POSSESSION {
            return None;
        }
        subject_type = subject_type.replace("app", "app_secret");
    }
    match kind {
        NoticeKind::Limit => {
            let limit = match row.action.as_str() {
                "credits.warning" => "credits",
                "limit.warning" => "rate_limit",
                _ => "token_quota",
            };
            detail.insert("limit_kind".to_owned(), limit.into());
        }
        NoticeKind::Revoked => {
            detail.entry("by").or_insert_with(|| row.actor_id.unwrap_or(row.actor_kind).into());
        }
        NoticeKind::Expiring | NoticeKind::Leak => {}
    }
    let id: NoticeId = random::id(core.random.as_ref());
    let notice = Notice {
        id,
        org: row.org?,
        kind,
        source: row.id.to_string(),
        subject_type,
        subject_id: row.target_id,
        subject_name: None,
        at: row.at,
        created_at: core.clock.now(),
        detail,
    };
    let is_told = kind != NoticeKind::Limit || percent(&notice).is_none_or(|share| share >= LEAST_SHARE);
    is_told.then_some(notice)
}

/// What people call the subject, where it is still there.
async fn name_of(core: &Core, notice: &Notice) -> Result<Option<String>, Error> {
    let (org, id) = (&notice.org, notice.subject_id.as_str());
    Ok(match notice.subject_type.as_str() {
        "key" => match id.parse() {
            Ok(id) => core.store.find_key(org, &id).await?.map(|key| key.name),
            Err(_) => None,
        },
        "app" | "app_secret" => match id.parse() {
            Ok(id) => core.store.find_app(org, &id).await?.map(|app| app.name),
            Err(_) => None,
        },
        "service_account" => match id.parse() {
            Ok(id) => core.store.find_service_account(org, &id).await?.map(|account| account.name),
            Err(_) => None,
        },
        "management_key" => match id.parse() {
            Ok(id) => {
                let found = core.store.find_management_key(&id).await?.map(|stored| stored.key);
                found.filter(|key| key.org.as_ref() == Some(org)).map(|key| key.name)
            }
            Err(_) => None,
        },
        _ => None,
    })
}
