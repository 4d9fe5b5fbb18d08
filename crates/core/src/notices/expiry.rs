//! Tells of credentials that are about to expire.

use std::collections::HashMap;

use latchkey_types::{NoticeId, OrgId};
use serde_json::{Map, Value};

use super::publish::{Receivers, publish};
use super::{Expiring, Notice, NoticeKind};
use crate::core::Core;
use crate::error::Error;
use crate::random;

/// How many days before its end a credential is told of. One that was made later than that isn't: its maker knows.
pub const EXPIRY_DAYS: [i64; 3] = [30, 7, 1];
const DAY_SECONDS: i64 = 86_400;
/// Credentials at once.
const BATCH: u32 = 200;

/// Makes a notice for each credential and number of days that is reached. Every replica may run it at any time.
///
/// # Errors
/// [`Error::Unavailable`]: what wasn't told yet is told by the next round.
pub async fn expiring(core: &Core) -> Result<(), Error> {
    let now = core.clock.now();
    let mut receivers: HashMap<OrgId, Option<Receivers>> = HashMap::new();
    for (position, days) in EXPIRY_DAYS.into_iter().enumerate() {
        let nearer = EXPIRY_DAYS.get(position + 1).copied().unwrap_or_default();
        let (after, until) = (now.plus_seconds(nearer * DAY_SECONDS), now.plus_seconds(days * DAY_SECONDS));
        loop {
            // those that are told of are not found again
            let found = core.store.expiring_without_notice(days, after, until, BATCH).await?;
            let count = found.len();
            let mut told = 0;
            for credential in found {
                if !receivers.contains_key(&credential.org) {
                    let loaded = Receivers::load(core, &credential.org).await?;
                    receivers.insert(credential.org.clone(), loaded);
                }
                if let Some(Some(to)) = receivers.get(&credential.org) {
                    publish(core, to, &notice(core, days, credential)).await?;
                    told += 1;
                }
            }
            // who can't be told stays
            if count < BATCH as usize || told == 0 {
                break;
            }
        }
    }
    Ok(())
}

fn notice(core: &Core, days: i64, credential: Expiring) -> Notice {
    let Expiring { org, subject_type, subject_id, name, holder, expires_at } = credential;
    let id: NoticeId = random::id(core.random.as_ref());
    let mut detail = Map::new();
    detail.insert("days".to_owned(), days.into());
    detail.insert("expires_at".to_owned(), expires_at.to_string().into());
    if let Some(holder) = holder {
        detail.insert("holder".to_owned(), Value::String(holder));
    }
    Notice {
        id,
        org,
        kind: NoticeKind::Expiring,
        source: source(&subject_id, days, expires_at.as_millis()),
        subject_type,
        subject_id,
        subject_name: Some(name),
        at: core.clock.now(),
        created_at: core.clock.now(),
        detail,
    }
}

/// Another end of the same credential is another thing to tell. The store's query makes the same text.
fn source(id: &str, days: i64, end: i64) -> String {
    format!("expiry/{id}/{days}/{end}")
}
