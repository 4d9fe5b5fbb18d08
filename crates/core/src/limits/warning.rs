//! Warnings at shares of a limit or of credits: noted by the calls that reach them, written by the job.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use latchkey_types::{ApiId, OrgId};

use crate::apps::day_of;
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// Shares of a limit or of credits that are warned of, in percent.
pub const LIMIT_WARNINGS: [i64; 2] = [80, 100];
/// The most warnings that wait. One that isn't taken is noted by a later call.
const MOST_WAITING: usize = 10_000;
/// More than any share.
const SHARES: i64 = 128;

/// Whom a warning is about.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// In whose log it stands.
    pub(crate) org: OrgId,
    /// `key`, `app`, `service_account` or `org`.
    pub(crate) target_type: &'static str,
    /// Its id.
    pub(crate) target_id: String,
    /// For which API.
    pub(crate) api: ApiId,
}

/// Watches one limit, or credits.
#[derive(Debug)]
pub(super) struct Watch {
    /// The limit's row, or `credits` and the pool's subject.
    id: String,
    /// What a limit is called; `None`: credits.
    name: Option<Arc<str>>,
    about: About,
    /// The day and the share that were noted last.
    noted: AtomicI64,
}

impl Watch {
    pub(super) fn new(id: String, name: Option<Arc<str>>, about: About) -> Self {
        Self { id, name, about, noted: AtomicI64::new(0) }
    }
}

/// Warnings that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Warnings(Mutex<Vec<Warning>>);

#[derive(Debug)]
struct Warning {
    watch: Arc<Watch>,
    day: i64,
    percent: i64,
    used: i64,
    of: i64,
}

impl Warnings {
    /// So much of it is used on this day. Most calls compare two numbers and go on.
    pub(super) fn note(&self, watch: &Arc<Watch>, day: i64, used: i64, of: i64) {
        let Some(percent) = LIMIT_WARNINGS.into_iter().rev().find(|percent| used * 100 >= percent * of) else { return };
        let mark = day * SHARES + percent;
        if watch.noted.load(Ordering::Relaxed) >= mark {
            return;
        }
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING && watch.noted.fetch_max(mark, Ordering::Relaxed) < mark {
            waiting.push(Warning { watch: Arc::clone(watch), day, percent, used, of });
        }
    }

    fn take(&self) -> Vec<Warning> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes the warnings that wait, each once a day.
pub(super) async fn write(core: &Core) -> Result<(), Error> {
    for Warning { watch, day, percent, used, of } in core.limits.warnings.take() {
        let about = &watch.about;
        let system = Caller { actor: Actor::System, ip: None };
        let action = if watch.name.is_some() { "limit.warning" } else { "credits.warning" };
        let mut audit = core
            .audit_entry(&system, Some(&about.org), action, (about.target_type, &about.target_id))
            .with("api", about.api.as_str())
            .with("percent", percent)
            .with("used", used)
            .with("of", of);
        if let Some(name) = &watch.name {
            audit = audit.with("limit", &**name);
        }
        if let Err(error) = core.store.note_limit_warning(&watch.id, day, percent, &audit).await {
            // the next call that reaches the share notes it again
            watch.noted.store(0, Ordering::Relaxed);
            return Err(error.into());
        }
    }
    Ok(())
}

/// Days since 1970-01-01 (UTC).
pub(super) fn today(core: &Core) -> i64 {
    day_of(core.clock.now())
}
