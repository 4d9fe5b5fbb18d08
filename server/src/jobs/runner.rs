//! Runs a job again and again. A job that fails, panics or hangs is logged when it begins to fail and when it works again,
//! and is tried again at its next time; the others don't notice.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use latchkey_core::{Core, Error};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::http::layers::panic::message;

/// More than any statement may take. A connection that died without a word would else hold a job up until the system
/// gives it up, a quarter of an hour later; what a round had to write is written, or tried again.
const LONGEST_ROUND: Duration = Duration::from_secs(15);

pub(super) struct Runner {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Runner {
    pub(super) fn new() -> Self {
        Self { stop: watch::Sender::new(false), tasks: JoinSet::new() }
    }

    /// Runs the job now and then in this rhythm.
    pub(super) fn every(&mut self, name: &'static str, period: Duration, core: &Arc<Core>, job: Job) {
        let (core, mut stop) = (Arc::clone(core), self.stop.subscribe());
        self.tasks.spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut health = Health { name, failing: false };
            loop {
                tokio::select! {
                    () = stopped(&mut stop) => break,
                    _ = ticks.tick() => health.run(&core, job).await,
                }
            }
        });
    }

    /// The same for a job that waits for strangers: a stop doesn't. What its round leaves is taken up later.
    pub(super) fn every_until_stop(&mut self, name: &'static str, period: Duration, core: &Arc<Core>, job: Job) {
        let (core, mut stop) = (Arc::clone(core), self.stop.subscribe());
        self.tasks.spawn(async move {
            let mut ticks = interval(period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut health = Health { name, failing: false };
            let rounds = async {
                loop {
                    ticks.tick().await;
                    health.run(&core, job).await;
                }
            };
            tokio::select! {
                () = stopped(&mut stop) => {}
                () = rounds => {}
            }
        });
    }

    /// Runs the job when the database says that something changed elsewhere.
    pub(super) fn whenever_notified(&mut self, name: &'static str, core: &Arc<Core>, job: Job) {
        let (core, mut stop) = (Arc::clone(core), self.stop.subscribe());
        self.tasks.spawn(async move {
            let mut health = Health { name, failing: false };
            loop {
                tokio::select! {
                    () = stopped(&mut stop) => break,
                    () = core.store.notified() => health.run(&core, job).await,
                }
            }
        });
    }

    /// Lets each job finish its round.
    pub(super) async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// One round of a job.
pub(super) type Job = for<'a> fn(&'a Core) -> BoxFuture<'a, Result<(), Error>>;

/// Done when the runner stops, or is gone.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

struct Health {
    name: &'static str,
    failing: bool,
}

impl Health {
    async fn run(&mut self, core: &Core, job: Job) {
        let round = AssertUnwindSafe(job(core)).catch_unwind();
        let problem = match tokio::time::timeout(LONGEST_ROUND, round).await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(error))) => Some(error.to_string()),
            Ok(Err(panic)) => Some(format!("panicked: {}", message(panic.as_ref()))),
            Err(_) => Some(format!("wasn't done within {} s", LONGEST_ROUND.as_secs())),
        };
        match &problem {
            Some(problem) if !self.failing => {
                tracing::error!(job = self.name, problem, "a job fails; it is tried again");
            }
            None if self.failing => tracing::info!(job = self.name, "a job works again"),
            _ => {}
        }
        self.failing = problem.is_some();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::compose::tests::core;

    // F-04: a receiver that takes its time
    #[tokio::test]
    async fn a_stop_does_not_wait_for_strangers() {
        let mut runner = Runner::new();
        runner.every_until_stop("test", Duration::from_secs(1), &core().await, |_| Box::pin(std::future::pending()));
        tokio::time::timeout(Duration::from_secs(5), runner.stop()).await.unwrap();
    }

    // F-06: the database's host is gone, and nothing says so
    #[tokio::test]
    async fn a_round_that_hangs_is_given_up_and_tried_again() {
        static ROUNDS: AtomicU32 = AtomicU32::new(0);
        let core = core().await;
        // not before the database is open: time would run ahead of it
        tokio::time::pause();
        let mut health = Health { name: "test", failing: false };
        let job: Job = |_| {
            Box::pin(async {
                match ROUNDS.fetch_add(1, Ordering::Relaxed) {
                    0 => std::future::pending().await,
                    1 => panic!("a bug"),
                    _ => Ok(()),
                }
            })
        };
        for failing in [true, true, false] {
            health.run(&core, job).await;
            assert_eq!(health.failing, failing);
        }
    }
}
