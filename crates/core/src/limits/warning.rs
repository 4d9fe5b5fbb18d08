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

    fn take(&self) -> Vec<Unwritten> {
        let waiting = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        waiting.into_iter().map(|warning| Unwritten { warning, is_written: false }).collect()
    }
}

/// A warning on its way. Dropped before it is written, it is noted again by the next call that reaches the share.
struct Unwritten {
    warning: Warning,
    is_written: bool,
}

impl Drop for Unwritten {
    fn drop(&mut self) {
        if !self.is_written {
            self.warning.watch.noted.store(0, Ordering::Relaxed);
        }
    }
}

/// Writes the warnings that wait, each once a day. One that can't be written keeps no other one back.
pub(super) async fn write(core: &Core) -> Result<(), Error> {
    let mut written = Ok(());
    for mut waiting in core.limits.warnings.take() {
        match write_one(core, &waiting.warning).await {
            Ok(()) => waiting.is_written = true,
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Err(error) => written = Err(error),
        }
    }
    written
}

async fn write_one(core: &Core, warning: &Warning) -> Result<(), Error> {
    let Warning { watch, day, percent, used, of } = warning;
    let about = &watch.about;
    let system = Caller { actor: Actor::System, ip: None };
    let action = if watch.name.is_some() { "limit.warning" } else { "credits.warning" };
    let mut audit = core
        .audit_entry(&system, Some(&about.org), action, (about.target_type, &about.target_id))
        .with("api", about.api.as_str())
        .with("percent", *percent)
        .with("used", *used)
        .with("of", *of);
    if let Some(name) = &watch.name {
        audit = audit.with("limit", &**name);
    }
    core.store.note_limit_warning(&watch.id, *day, *percent, &audit).await?;
    Ok(())
}

/// Days since 1970-01-01 (UTC).
pub(super) fn today(core: &Core) -> i64 {
    day_of(core.clock.now())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(id: &str) -> Arc<Watch> {
        let about = About {
            org: "org_0000000000000001".parse().unwrap(),
            target_type: "key",
            target_id: "key_0000000000000001".to_owned(),
            api: "api_0000000000000001".parse().unwrap(),
        };
        Arc::new(Watch::new(id.to_owned(), None, about))
    }

    // F-06: the database was out of sight for a moment
    #[test]
    fn what_could_not_be_written_is_noted_by_the_next_call() {
        let (warnings, watches) = (Warnings::default(), ["a", "b", "c"].map(watch));
        let call = || {
            for watch in &watches {
                warnings.note(watch, 7, 80, 100);
            }
            warnings.take()
        };
        let mut first = call();
        assert_eq!(first.len(), 3);
        assert!(call().is_empty(), "they wait");
        first[0].is_written = true;
        drop(first);
        let again: Vec<String> = call().iter().map(|waiting| waiting.warning.watch.id.clone()).collect();
        assert_eq!(again, ["b", "c"]);
    }
}
