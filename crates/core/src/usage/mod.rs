//! Usage: every verification and token counted per credential, API, outcome and minute.

mod model;
mod recorder;

pub use model::{Bucket, GroupBy, Side, UsagePoint, UsageQuery};
pub use recorder::{Counted, Counter, Mark, Recorder, flush};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;

/// What to report, as asked: the use case fills in the organisation and checks ranges.
#[derive(Clone, Debug)]
pub struct ReportRequest {
    /// From here.
    pub from: latchkey_types::Timestamp,
    /// To here, exclusive.
    pub to: latchkey_types::Timestamp,
    /// How long one point is.
    pub bucket: Bucket,
    /// What to tell apart.
    pub group_by: GroupBy,
    /// From whose side.
    pub side: Side,
    /// Only this credential.
    pub credential: Option<String>,
    /// Only this API.
    pub api: Option<latchkey_types::ApiId>,
}

/// The points that aren't 0. At most 2 000 buckets between `from` and `to`, else [`Error::Invalid`].
pub async fn report(_core: &Core, _caller: &Caller, _org: &str, _request: ReportRequest) -> Result<Vec<UsagePoint>, Error> {
    todo!()
}

/// Deletes what is older than it is kept.
pub async fn reap(_core: &Core) -> Result<(), Error> {
    todo!()
}
