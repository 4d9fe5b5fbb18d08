//! What decided an answer, for whoever asks.

use latchkey_types::Outcome;

use super::Found;
use super::entry::Asked;
use crate::core::Core;

/// Where what is known of a credential came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Remembered from an earlier call.
    Cache,
    /// Read for this call.
    Database,
}

impl Source {
    /// The word that bodies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Database => "database",
        }
    }
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The check that decided.
    pub decided_by: &'static str,
    /// Where what is known of the credential came from.
    pub source: Source,
    /// The newest revision of the change log that was seen.
    pub revision: i64,
    /// How long ago the change log was seen, in milliseconds.
    pub age_ms: u64,
    /// What granted, in words.
    pub rules: Vec<String>,
}

/// Of a credential that is one of this API's. `asked` is there once it was looked at.
pub(super) fn explain(core: &Core, found: &Found, asked: Option<&Asked<'_>>, code: Outcome) -> Box<Explanation> {
    let _ = asked;
    told(core, found.source, code)
}

/// Of a text that is no credential of this API.
pub(super) fn unrecognised(core: &Core, code: Outcome) -> Box<Explanation> {
    told(core, Source::Database, code)
}

fn told(core: &Core, source: Source, code: Outcome) -> Box<Explanation> {
    let stats = core.verifier.stats(core.clock.monotonic());
    let age_ms = u64::try_from(stats.age.as_millis()).unwrap_or(u64::MAX);
    Box::new(Explanation { decided_by: code.as_str(), source, revision: stats.revision, age_ms, rules: Vec::new() })
}
