//! Workload identity: which tokens of outside issuers stand for an app or service account.

pub(crate) mod check;
mod claim_path;
mod create;
mod delete;
pub(crate) mod evaluate;
mod list;
mod model;
mod pattern;
mod resolve;
mod test;

pub use create::{NewWorkloadRule, create};
pub use delete::delete;
pub use evaluate::{ClaimCheck, Evaluation, MAX_TOKEN_SECONDS, SignatureProblem, TimeProblem};
pub use list::list;
pub use model::{MAX_WORKLOAD_RULES, WorkloadRule};
pub use pattern::{ClaimPattern, MAX_PATTERN_LENGTH, PatternError};
pub(crate) use resolve::{Unresolved, resolve};
pub use test::{RuleReport, TestReport, Verdict, test};
