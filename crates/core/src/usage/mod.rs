//! Usage: every verification and token counted per credential, API, outcome and minute.

mod model;
mod networks;
mod reap;
mod recorder;
mod report;

pub use model::{Bucket, GroupBy, Side, UsagePoint, UsageQuery};
pub use networks::SeenNetworks;
pub use reap::{HOURS_KEPT_SECONDS, MINUTES_KEPT_SECONDS, reap};
pub use recorder::{Counted, Counter, Mark, Recorder, flush};
pub use report::{MAX_BUCKETS, MAX_POINTS, ReportRequest, report};
