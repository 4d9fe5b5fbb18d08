//! Which scopes a call needs: those that the API names, and those of the operation that is called.

use latchkey_types::ScopeSet;

use super::VerifyRequest;
use super::api_caller::ApiCaller;
use crate::apis::operations::{self, Lookup, UnknownOperations};
use crate::core::Core;

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
    /// The operation, where the API's document has it.
    operation: Option<&'a operations::Operation>,
    /// What was called that the document doesn't have, and whether it can be read in more than one way.
    unknown: Option<(Operation<'a>, bool)>,
    /// Whether such a call is refused.
    refused: bool,
}

/// What this call needs at this API. What the document doesn't have is the API's to allow; but where it has operations, a
/// call that could be one of them to another reader is refused in any case.
pub(super) fn needed<'a>(api: &'a ApiCaller, request: &VerifyRequest<'a>) -> Needed<'a> {
    let needed = Needed { scopes: request.scopes, ..Needed::default() };
    let Some(called) = request.operation else { return needed };
    let is_strict = api.api.unknown_operations == UnknownOperations::Strict;
    let Some(matcher) = &api.operations else { return Needed { refused: is_strict, ..needed } };
    match matcher.find(called.method, called.path) {
        Lookup::Known(operation) => Needed { one_of: &operation.needs, operation: Some(operation), ..needed },
        Lookup::Unknown => Needed { unknown: Some((called, false)), refused: is_strict, ..needed },
        Lookup::Ambiguous => Needed { unknown: Some((called, true)), refused: true, ..needed },
    }
}

impl Needed<'_> {
    /// Counts a call that the API's document doesn't have.
    pub(super) fn count_unknown(&self, core: &Core, api: &ApiCaller) {
        if let Some((called, is_ambiguous)) = self.unknown {
            core.unknown_calls.count(&api.api.id, called.method, called.path, is_ambiguous);
        }
    }

    /// The operation that is called, where the API's document has it.
    pub(super) fn operation(&self) -> Option<&operations::Operation> {
        self.operation
    }

    /// Whether whoever holds what `holds` says may call.
    pub(super) fn is_held(&self, holds: impl Fn(&str) -> bool) -> bool {
        !self.refused
            && self.scopes.iter().all(|scope| holds(scope))
            && (self.one_of.is_empty()
                || self.one_of.iter().any(|alternative| alternative.iter().all(|scope| holds(scope.as_str()))))
    }

    /// The scopes that are needed and held, each once: those that the API names, and the operation's first alternative
    /// that is held as a whole.
    pub(super) fn granting(&self, holds: impl Fn(&str) -> bool) -> Vec<&str> {
        let is_held = |alternative: &&ScopeSet| alternative.iter().all(|scope| holds(scope.as_str()));
        let of_operation = self.one_of.iter().find(is_held).into_iter().flat_map(ScopeSet::iter);
        let named = self.scopes.iter().map(String::as_str).filter(|scope| holds(scope));
        let mut granting: Vec<&str> = named.chain(of_operation.map(latchkey_types::Scope::as_str)).collect();
        granting.sort_unstable();
        granting.dedup();
        granting
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
