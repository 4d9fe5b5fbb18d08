//! Secrets that got into wrong hands: who finds one reports it, and its organisation decided beforehand what becomes of
//! it; who holds one may end it.

mod find;
mod list;
mod model;
mod report;
mod reporter;
mod revoke;

pub use list::{list, of_credential};
pub use model::{
    DEFAULT_LEAK_GRACE_HOURS, Ending, HeldSecret, Leak, LeakResponse, MAX_LEAK_GRACE_HOURS, NewLeak, SecretTarget,
};
pub(crate) use report::Turns;
pub use report::{Feedback, Sighting, report};
pub use reporter::{BadReporterKey, LeakReporter, ProvenReporter, authenticate};
pub use revoke::revoke;

/// What the HMAC of a reported secret is for.
const USE: &str = "leak";
