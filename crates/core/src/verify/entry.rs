//! A credential that was proven: what is known of it, and the judgement of one call.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use latchkey_jose::LEEWAY_SECONDS;
use latchkey_types::{ApiId, OrgId, Outcome, Timestamp};

use super::Verified;
use super::needed::Needed;
use super::scope_token::Beside;
use super::verifier::{StandsOn, Subject};
use crate::apis::{Api, ConsumerPolicy, Visibility};
use crate::orgs::Org;
use crate::usage::{Counted, Counter};

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
    /// Where it may be used from; empty: from anywhere.
    pub(super) allowed_ips: Vec<IpNet>,
    /// What is said of it.
    pub(super) verified: Arc<Verified>,
    /// Counts its good calls.
    pub(super) valid_uses: Arc<Counter>,
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
    /// The scope token that stands beside the credential.
    pub(super) beside: Option<&'a Beside>,
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
        if !self.chain_is_allowed {
            return Outcome::ChainNotAllowed;
        }
        let from_listed = |ip| self.allowed_ips.iter().any(|network| network.contains(&ip));
        if !self.allowed_ips.is_empty() && !asked.ip.is_some_and(|ip| from_listed(ip.to_canonical())) {
            return Outcome::IpNotAllowed;
        }
        if !asked.needed.is_held(|scope| self.holds(asked, scope)) {
            return Outcome::InsufficientScope;
        }
        Outcome::Valid
    }

    /// The scopes that the call needs and that are held nowhere, each once.
    pub(super) fn missing_scopes(&self, asked: &Asked<'_>) -> Vec<String> {
        asked.needed.missing(|scope| self.holds(asked, scope))
    }

    fn holds(&self, asked: &Asked<'_>, scope: &str) -> bool {
        let own = &self.verified.scopes;
        asked.beside.map_or_else(|| own.contains(scope), |beside| beside.holds(own, scope))
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

/// The rows that a credential stands on, as the change log names them.
pub(super) fn subjects(credential: &str, holder: &Org, api: &Api, signed_by: Option<&str>) -> Vec<Subject> {
    let consumer = format!("{}/{}", api.id, holder.id);
    [credential, holder.id.as_str(), api.id.as_str(), &consumer]
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
