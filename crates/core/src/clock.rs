//! The clock, handed in, so that tests decide what time it is.

use std::time::Duration;

use latchkey_types::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time of day; it may jump when somebody sets the machine's clock.
    fn now(&self) -> Timestamp;

    /// Time since some fixed instant; it never goes back.
    fn monotonic(&self) -> Duration;
}
