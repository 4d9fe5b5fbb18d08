//! A credential that was proven: what is known of it, and the judgement of one call.

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_jose::LEEWAY_SECONDS;
use latchkey_types::{ApiId, OrgId, Outcome, ScopeSet, Timestamp};

use super::Verified;
use super::address::Addresses;
use super::needed::Needed;
use super::scope_token::Beside;
use super::verifier::{StandsOn, Subject};
use crate::apis::{Api, ConsumerPolicy, TwoToken, Visibility};
use crate::limits::Budget;
use crate::orgs::Org;
use crate::tiers::SecurityTier;
use crate::usage::{Counted, Counter, SeenNetworks};

/// A credential that was proven.
pub(super) struct Entry {
    /// The API that it is for.
    pub(super) api: ApiId,
    /// Whose API.
    pub(super) api_owner: OrgId,
    /// Whose credential.
    pub(super) holder: OrgId,
    /// What usage counts it as: `key_…` or `app_…`.
    pub(super) credential: String,
    /// `Revoked`, `OrganisationSuspended` or `Disabled`, where one of them applies.
    pub(super) standing: Option<Outcome>,
    /// From when it holds.
    pub(super) not_before: Option<Timestamp>,
    /// Until when it holds.
    pub(super) ends_at: Option<Timestamp>,
    /// Whether the API takes the chain of callers that it came by.
    pub(super) chain_is_allowed: bool,
    /// Whether the API takes who acts for whom it acts for.
    pub(super) principal_is_taken: bool,
    /// Where it may be used from.
    pub(super) addresses: Addresses,
    /// The stricter tier of the holder's and the API owner's.
    pub(super) tier: SecurityTier,
    /// What is said of it.
    pub(super) verified: Arc<Verified>,
    /// What its calls spend; `None`: nothing is limited.
    pub(super) budget: Option<Arc<Budget>>,
    /// Counts its good calls.
    pub(super) valid_uses: Arc<Counter>,
    /// From which networks they came.
    pub(super) networks: Arc<SeenNetworks>,
    /// What it stands on.
    pub(super) subjects: Vec<Subject>,
}

/// What one call asks of a credential.
#[derive(Default)]
pub(super) struct Asked<'a> {
    /// The scopes that it takes.
    pub(super) needed: Needed<'a>,
    /// Where it comes from.
    pub(super) ip: Option<IpAddr>,
    /// Where a scope must be, of two tokens.
    pub(super) two_token: TwoToken,
    /// The scope token that stands beside the credential.
    pub(super) beside: Option<&'a Beside>,
    /// Whether it is itself the scope token: for whom the call is says the credential that it stands beside.
    pub(super) is_beside: bool,
}

impl Asked<'_> {
    /// What a second token may.
    pub(super) fn scopes_beside(&self, entry: &Entry) -> Option<&ScopeSet> {
        self.beside?.scopes_beside(entry)
    }

    /// What the call may, where that isn't what this credential may.
    pub(super) fn scopes_of_both(&self, entry: &Entry) -> Option<ScopeSet> {
        let own = &entry.verified.scopes;
        match (self.two_token, self.scopes_beside(entry)) {
            (TwoToken::Either, None) => None,
            (TwoToken::Either, Some(other)) => Some(other.union(own)),
            (TwoToken::Both, None) => Some(ScopeSet::default()),
            (TwoToken::Both, Some(other)) => Some(other.intersection(own)),
        }
    }
}

impl StandsOn for Entry {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }
}

impl Entry {
    /// The first code that applies, in the order of the contract (section 10, "Verify").
    pub(super) fn judge(&self, asked: &Asked<'_>, now: Timestamp) -> Outcome {
        if let Some(standing) = self.standing {
            return standing;
        }
        if self.not_before.is_some_and(|start| now.plus_seconds(LEEWAY_SECONDS) < start) {
            return Outcome::NotYetValid;
        }
        if self.ends_at.is_some_and(|end| end <= now) {
            return Outcome::Expired;
        }
        if !self.chain_is_allowed || !(self.principal_is_taken || asked.is_beside) {
            return Outcome::ChainNotAllowed;
        }
        if !self.addresses.admit(asked.ip) {
            return Outcome::IpNotAllowed;
        }
        if !asked.needed.is_held(|scope| self.holds(asked, scope)) {
            return Outcome::InsufficientScope;
        }
        Outcome::Valid
    }

    /// Whether it says that whoever uses it proves a key of theirs (RFC 9449).
    pub(super) fn is_bound_by_dpop(&self) -> bool {
        let confirmation = self.verified.token.as_ref().and_then(|token| token.cnf.as_ref());
        confirmation.is_some_and(|cnf| cnf.jkt.is_some())
    }

    /// Counts a good call from here.
    pub(super) fn note_use(&self, from: Option<IpAddr>) {
        self.valid_uses.add();
        if let Some(address) = from {
            self.networks.note(address);
        }
    }

    /// The scopes that the call needs and that are held nowhere, each once.
    pub(super) fn missing_scopes(&self, asked: &Asked<'_>) -> Vec<String> {
        asked.needed.missing(|scope| self.holds(asked, scope))
    }

    /// Whether the call may use this scope.
    pub(super) fn holds(&self, asked: &Asked<'_>, scope: &str) -> bool {
        let own = || self.verified.scopes.contains(scope);
        let other = || asked.scopes_beside(self).is_some_and(|scopes| scopes.contains(scope));
        match asked.two_token {
            TwoToken::Either => other() || own(),
            TwoToken::Both => other() && own(),
        }
    }

    /// What usage counts a call of it as.
    pub(super) fn counted(&self, outcome: Outcome) -> Counted {
        Counted {
            credential: Some(self.credential.clone()),
            generation: self.verified.generation.unwrap_or(0),
            holder: Some(self.holder.clone()),
            api: self.api.clone(),
            api_owner: self.api_owner.clone(),
            outcome,
        }
    }
}

/// `Revoked`, `OrganisationSuspended` or `Disabled`, in this order, where one of them applies.
pub(super) fn standing(
    revoked_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    holder: &Org,
    api: &Api,
    policy: &ConsumerPolicy,
) -> Option<Outcome> {
    let foreign = api.org != holder.id;
    let shut_out = foreign && (policy.blocked_at.is_some() || api.visibility == Visibility::Private);
    if revoked_at.is_some() {
        Some(Outcome::Revoked)
    } else if holder.suspended_at.is_some() {
        Some(Outcome::OrganisationSuspended)
    } else if disabled_at.is_some() || shut_out {
        Some(Outcome::Disabled)
    } else {
        None
    }
}

/// The rows that a credential stands on, as the change log names them: the API's owner too, whose security tier counts.
pub(super) fn subjects(credential: &str, holder: &Org, api: &Api, signed_by: Option<&str>) -> Vec<Subject> {
    let consumer = format!("{}/{}", api.id, holder.id);
    [credential, holder.id.as_str(), api.id.as_str(), api.org.as_str(), &consumer]
        .into_iter()
        .chain(signed_by)
        .map(Subject::new)
        .collect()
}

/// The earlier of two ends, where `None` is no end.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
