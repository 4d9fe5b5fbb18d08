//! `LATCHKEY_MAX_STALENESS`: how long the cache may be trusted without a look at the change log.

use std::time::Duration;

use super::source::Source;
use super::{ConfigError, duration};

const DEFAULT: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
/// The job looks every quarter of a second; less couldn't be held.
const SHORTEST: Duration = Duration::from_secs(1);

pub(super) fn read(source: &Source) -> Result<Duration, ConfigError> {
    let staleness = duration::read(source, "max_staleness", DEFAULT)?;
    if !(SHORTEST..=LONGEST).contains(&staleness) {
        return Err(ConfigError::new("LATCHKEY_MAX_STALENESS", "must be 1 s to 60 s"));
    }
    Ok(staleness)
}
