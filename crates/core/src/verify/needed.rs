//! Which scopes a call needs: those that the API names, and those of the operation that is called.

use latchkey_types::ScopeSet;

use super::VerifyRequest;
use super::api_caller::ApiCaller;

/// The operation that is called.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// The method, as the caller sent it.
    pub method: &'a str,
    /// The path, as the caller sent it, with or without a query.
    pub path: &'a str,
}

/// The scopes that a call needs.
#[derive(Default)]
pub(super) struct Needed<'a> {
    /// All of these.
    scopes: &'a [String],
    /// All of one of these, where there is any.
    one_of: &'a [ScopeSet],
    /// Whether the API knows no such operation and takes no other.
    refused: bool,
}

/// What this call needs at this API.
pub(super) fn needed<'a>(_api: &'a ApiCaller, request: &VerifyRequest<'a>) -> Needed<'a> {
    Needed { scopes: request.scopes, one_of: &[], refused: request.operation.is_some() }
}

impl Needed<'_> {
    /// Whether whoever holds what `holds` says may call.
    pub(super) fn is_held(&self, holds: impl Fn(&str) -> bool) -> bool {
        !self.refused
            && self.scopes.iter().all(|scope| holds(scope))
            && (self.one_of.is_empty()
                || self.one_of.iter().any(|alternative| alternative.iter().all(|scope| holds(scope.as_str()))))
    }

    /// What is missing, each once, in alphabetical order; of the operation's alternatives the one that lacks least.
    pub(super) fn missing(&self, holds: impl Fn(&str) -> bool) -> Vec<String> {
        let lacking = |alternative: &ScopeSet| -> Vec<String> {
            alternative.iter().map(|scope| scope.as_str().to_owned()).filter(|scope| !holds(scope)).collect()
        };
        let nearest = self.one_of.iter().map(lacking).min_by_key(Vec::len).unwrap_or_default();
        let mut missing: Vec<String> = self.scopes.iter().filter(|scope| !holds(scope)).cloned().collect();
        missing.extend(nearest);
        missing.sort_unstable();
        missing.dedup();
        missing
    }
}
