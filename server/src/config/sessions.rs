//! How long a browser stays signed in.

use std::time::Duration;

use super::source::Source;
use super::{ConfigError, duration};

/// When a session ends (ASVS 7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// `LATCHKEY_SESSION_IDLE`, default 8 hours: after so long without a request.
    pub idle: Duration,
    /// `LATCHKEY_SESSION_ABSOLUTE`, default 7 days: so long after the sign-in, whatever happens.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(8 * 3_600), absolute: Duration::from_secs(7 * 86_400) }
    }
}

/// Sessions are noted as seen once a minute; shorter limits couldn't be held.
const SHORTEST: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(90 * 86_400);

pub(super) fn read(source: &Source) -> Result<SessionLimits, ConfigError> {
    let default = SessionLimits::default();
    let idle = duration::read(source, "session_idle", default.idle)?;
    let absolute = duration::read(source, "session_absolute", default.absolute)?;
    if !(SHORTEST..=LONGEST).contains(&absolute) {
        return Err(ConfigError::new("LATCHKEY_SESSION_ABSOLUTE", "must be 5 minutes to 90 days"));
    }
    if !(SHORTEST..=absolute).contains(&idle) {
        return Err(ConfigError::new(
            "LATCHKEY_SESSION_IDLE",
            "must be 5 minutes or more, and not above LATCHKEY_SESSION_ABSOLUTE",
        ));
    }
    Ok(SessionLimits { idle, absolute })
}
