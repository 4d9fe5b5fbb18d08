//! Hygiene: what of an organisation's credentials somebody should look at.

mod finding;
mod list;
mod model;

pub use finding::{
    Finding, IDLE_DAYS, LONG_LIFE_DAYS, MANY_TOKENS, NETWORK_DAYS, NEVER_ROTATED_DAYS, NEVER_USED_DAYS, findings,
};
pub use list::{Untidy, list};
pub use model::{CredentialFacts, FactsQuery, ServedApi};
