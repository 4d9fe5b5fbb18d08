//! What decided an answer, for whoever asks. Never a secret, and nothing about a credential that isn't this API's: of one
//! that is another API's it says what it says of one that doesn't exist.

use latchkey_types::Outcome;

use super::api_caller::ApiCaller;
use super::entry::{Asked, Entry};
use super::scope_token::Beside;
use super::{Answer, Found, Part, Recognised};
use crate::apis::{CallPathDefault, ScopeGrant, TwoToken, chain_of};
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
    /// Of a call with two tokens: which of them was checked.
    pub token: Option<Part>,
    /// Where what is known of the credential came from.
    pub source: Source,
    /// The newest revision of the change log that was seen.
    pub revision: i64,
    /// How old what the answer stands on may be, in milliseconds: from the cache, how long ago the change log was seen.
    pub age_ms: u64,
    /// What granted.
    pub rules: Vec<Rule>,
}

/// By what the credential's holder may have a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// The API is its own.
    Own,
    /// Any organisation takes the scope itself.
    SelfService,
    /// The API's owner approved it.
    Approval,
}

impl Grant {
    /// The word that bodies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::SelfService => "self",
            Self::Approval => "approval",
        }
    }
}

/// Something that spoke for the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A scope that the call needs is held.
    Scope {
        /// Which.
        scope: String,
        /// By which token.
        token: Part,
        /// By what its holder has it.
        grant: Grant,
    },
    /// The API's document knows the operation.
    Operation {
        /// Its `operationId`, where it has one.
        id: Option<String>,
        /// Its method.
        method: String,
        /// Its path, as a template.
        path: String,
    },
    /// The API's call paths list the chain of callers.
    CallPath {
        /// Who calls.
        caller: String,
        /// Whom it was called by, latest first.
        via: Vec<String>,
    },
    /// The API's call paths let any chain pass that they don't list.
    CallPathDefault,
    /// The call came from a network on a list.
    Network {
        /// In CIDR notation.
        network: String,
    },
    /// A limit had room.
    Limit {
        /// What its owner calls it.
        name: String,
        /// How much fits into its window.
        limit: i64,
        /// How much is left.
        remaining: i64,
    },
}

/// A call that was decided.
pub(super) struct Explained<'a> {
    pub(super) api: &'a ApiCaller,
    pub(super) recognised: &'a Recognised,
    pub(super) beside: Option<&'a Beside>,
    pub(super) asked: &'a Asked<'a>,
    /// Whose code it is.
    pub(super) part: Part,
    /// What that is.
    pub(super) decided: &'a Recognised,
    pub(super) answer: &'a Answer,
}

/// What decided this call.
pub(super) fn explain(core: &Core, call: &Explained<'_>) -> Explanation {
    let stats = core.verifier.stats(core.clock.monotonic());
    let source = call.source();
    let age_ms = match source {
        Source::Cache => u64::try_from(stats.age.as_millis()).unwrap_or(u64::MAX),
        Source::Database => 0,
    };
    Explanation {
        decided_by: call.decided_by(),
        token: call.beside.map(|_| call.part),
        source,
        revision: stats.revision,
        age_ms,
        rules: call.rules(),
    }
}

impl Explained<'_> {
    /// What wasn't recognised was looked for in vain; a good call stands on both of its tokens.
    fn source(&self) -> Source {
        let of = |recognised: &Recognised| recognised.as_ref().map_or(Source::Database, |found| found.source);
        let other = self.beside.map(|beside| of(&beside.recognised));
        if self.answer.code == Outcome::Valid && other == Some(Source::Cache) {
            return Source::Cache;
        }
        of(self.decided)
    }

    fn decided_by(&self) -> &'static str {
        let known = self.decided.as_ref().ok().map(|found| found.entry.as_ref());
        match (self.answer.code, known) {
            (Outcome::Valid | Outcome::Issued, _) => "all_checks",
            (Outcome::Malformed, _) => "form",
            (Outcome::BadSignature, None) => "signature",
            (Outcome::BadSignature, Some(_)) => "possession",
            (Outcome::WrongAudience, _) => "audience",
            (Outcome::NotFound, _) => "lookup",
            (Outcome::Revoked, _) => "revocation",
            (Outcome::OrganisationSuspended, _) => "suspension",
            (Outcome::Disabled, _) => "disabling",
            (Outcome::NotYetValid, _) => "start",
            (Outcome::Expired, _) => "expiry",
            (Outcome::ChainNotAllowed, Some(entry)) if entry.chain_is_allowed => "principal",
            (Outcome::ChainNotAllowed, _) => "call_path",
            (Outcome::IpNotAllowed, _) => "network",
            (Outcome::InsufficientScope, _) if self.answer.missing_scopes.is_empty() => "operation",
            (Outcome::InsufficientScope, _) => "scopes",
            (Outcome::RateLimited, _) => "rate_limit",
            (Outcome::CreditsExhausted, _) => "credits",
        }
    }

    /// What spoke for the call, as far as it came: who is refused before its scopes are looked at is told nothing of them.
    fn rules(&self) -> Vec<Rule> {
        let came_to_scopes = self.answer.code == Outcome::Valid || self.answer.code >= Outcome::InsufficientScope;
        let Ok(found) = self.recognised else { return Vec::new() };
        if !came_to_scopes {
            return Vec::new();
        }
        let entry = found.entry.as_ref();
        let mut rules = Vec::new();
        rules.extend(self.call_path(entry));
        rules.extend(self.networks(entry));
        rules.extend(self.operation());
        for scope in self.asked.needed.granting(|scope| entry.holds(self.asked, scope)) {
            self.add_scope(entry, scope, &mut rules);
        }
        rules.extend(self.answer.rate_limits.iter().map(|state| Rule::Limit {
            name: state.name.to_string(),
            limit: state.limit,
            remaining: state.remaining,
        }));
        rules
    }

    fn call_path(&self, entry: &Entry) -> Option<Rule> {
        let paths = self.api.api.call_paths.as_ref()?;
        let chain = match entry.verified.token.as_deref() {
            Some(token) => chain_of(token),
            None => vec![entry.credential.as_str()],
        };
        let (caller, via) = chain.split_first()?;
        match paths.items.iter().find(|item| item.caller == *caller && item.via == via) {
            Some(item) => Some(Rule::CallPath { caller: item.caller.clone(), via: item.via.clone() }),
            None => (paths.default == CallPathDefault::Allow).then_some(Rule::CallPathDefault),
        }
    }

    fn networks(&self, entry: &Entry) -> Vec<Rule> {
        let Some(from) = self.asked.ip.map(|address| address.to_canonical()) else { return Vec::new() };
        let allowed = entry
            .addresses
            .sealed()
            .iter()
            .filter_map(|rules| rules.allowed.iter().find(|network| network.contains(&from)));
        allowed.map(|network| Rule::Network { network: network.to_string() }).collect()
    }

    fn operation(&self) -> Option<Rule> {
        let known = self.asked.needed.operation()?;
        let (id, method, path) = (known.id.clone(), known.method.as_str().to_owned(), known.path.clone());
        Some(Rule::Operation { id, method, path })
    }

    fn add_scope(&self, entry: &Entry, scope: &str, rules: &mut Vec<Rule>) {
        let other = self.beside.and_then(|beside| beside.recognised.as_ref().ok());
        let other = other.filter(|_| self.asked.scopes_beside(entry).is_some_and(|scopes| scopes.contains(scope)));
        let mut add = |token, holder: &Entry| {
            rules.push(Rule::Scope { scope: scope.to_owned(), token, grant: self.grant(holder, scope) });
        };
        if let Some(Found { entry: other, .. }) = other {
            add(Part::ScopeToken, other);
        }
        if other.is_none() || self.asked.two_token == TwoToken::Both {
            add(Part::Credential, entry);
        }
    }

    fn grant(&self, entry: &Entry, scope: &str) -> Grant {
        if entry.holder == entry.api_owner {
            return Grant::Own;
        }
        let known = self.api.api.scopes.iter().find(|known| known.name.as_str() == scope);
        match known.map(|known| known.grant) {
            Some(ScopeGrant::SelfService) => Grant::SelfService,
            _ => Grant::Approval,
        }
    }
}
