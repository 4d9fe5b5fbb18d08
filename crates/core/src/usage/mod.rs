//! Usage: every verification and token counted per credential, API, outcome and minute.

mod model;

pub use model::{Bucket, GroupBy, Side, UsagePoint, UsageQuery};
