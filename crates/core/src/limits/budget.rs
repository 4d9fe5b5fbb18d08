//! What one credential may spend: its own limits, those of its organisation and those of the organisation's plan.

use std::sync::Arc;

use latchkey_types::OrgId;

use super::cell::Cell;
use super::warning::{About, Watch};
use super::{CreditRule, DEFAULT_PLAN, LimitMode, OnUnknown, Plan, Rate, RateLimit, nanos, row_id};
use crate::apis::{Api, ConsumerPolicy};
use crate::core::Core;
use crate::error::Error;
use crate::ports::{Counters, CreditPool, ExactLimit};

/// Somebody who has limits.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// How its rows are named.
    pub(crate) subject: String,
    /// Whom its warnings are about.
    pub(crate) about: About,
    /// Its limits.
    pub(crate) rate_limits: Vec<RateLimit>,
    /// Its credits.
    pub(crate) credits: Option<CreditRule>,
}

impl Source {
    /// A key, an app or a service account.
    pub(crate) fn of_credential(
        holder: &OrgId,
        (target_type, id): (&'static str, &str),
        api: &Api,
        rate_limits: &[RateLimit],
        credits: Option<CreditRule>,
    ) -> Self {
        let about = About { org: holder.clone(), target_type, target_id: id.to_owned(), api: api.id.clone() };
        Self { subject: id.to_owned(), about, rate_limits: rate_limits.to_vec(), credits }
    }
}

/// What an organisation has at an API: what its owner decided for it, and its plan. What was decided for it goes in the
/// place of the plan's limits of the same name, and of the plan's credits.
pub(crate) fn of_consumer(api: &Api, holder: &OrgId, policy: &ConsumerPolicy) -> [Source; 2] {
    let subject = format!("{}/{holder}", api.id);
    let about = About { org: holder.clone(), target_type: "org", target_id: holder.to_string(), api: api.id.clone() };
    let plan = plan_of(api, policy);
    let is_overridden = |limit: &RateLimit| policy.rate_limits.iter().any(|own| own.name == limit.name);
    let of_plan = plan
        .map_or_else(Vec::new, |plan| plan.rate_limits.iter().filter(|limit| !is_overridden(limit)).cloned().collect());
    let plan_credits = plan.and_then(|plan| plan.credits).filter(|_| policy.credits.is_none());
    let plan_subject = format!("{subject}/{}", plan.map_or(DEFAULT_PLAN, |plan| &plan.name));
    [
        Source { subject, about: about.clone(), rate_limits: policy.rate_limits.clone(), credits: policy.credits },
        Source { subject: plan_subject, about, rate_limits: of_plan, credits: plan_credits },
    ]
}

/// The plan that the API's owner put it on, or the one called `default`.
fn plan_of<'a>(api: &'a Api, policy: &ConsumerPolicy) -> Option<&'a Plan> {
    let named = |name: &str| api.plans.iter().find(|plan| plan.name == name);
    policy.plan.as_deref().and_then(named).or_else(|| named(DEFAULT_PLAN))
}

/// Everything that a call of one credential spends of.
#[derive(Debug)]
pub(crate) struct Budget {
    /// Its limits, in the order of the answer.
    pub(super) limits: Vec<Limited>,
    /// Those of them that stand in the database, and its credits.
    pub(super) counters: Arc<Counters>,
    /// For each pool of credits who watches it.
    pub(super) pools: Vec<Arc<Watch>>,
    /// Whether calls are let through while the database can't be asked.
    pub(super) allows_unknown: bool,
}

/// A limit in use.
#[derive(Debug)]
pub(super) struct Limited {
    pub(super) name: Arc<str>,
    pub(super) limit: i64,
    pub(super) window_seconds: i64,
    pub(super) rate: Rate,
    pub(super) watch: Arc<Watch>,
    pub(super) counted: CountedBy,
}

/// What counts a limit.
#[derive(Debug)]
pub(super) enum CountedBy {
    /// This replica.
    Cell(Arc<Cell>),
    /// The database: the limit of this number among the counters.
    Database(usize),
}

impl Budget {
    /// What these may spend; `None` where nothing is limited. Limits that this replica doesn't count yet begin where the
    /// database says.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it can't be asked.
    pub(crate) async fn of(core: &Core, sources: impl IntoIterator<Item = Source>) -> Result<Option<Arc<Self>>, Error> {
        let sources: Vec<Source> = sources.into_iter().filter(Source::limits_anything).collect();
        if sources.is_empty() {
            return Ok(None);
        }
        let stored = core.store.limit_tats(&unknown_locals(core, &sources)).await?;
        let now = nanos(core.clock.now());
        let mut counters = Counters::default();
        let mut limits = Vec::new();
        let mut pools = Vec::new();
        let mut allows_unknown = true;
        for source in sources {
            for limit in &source.rate_limits {
                let (id, rate): (Arc<str>, _) = (row_id(&source.subject, limit).into(), Rate::of(limit));
                let name: Arc<str> = limit.name.as_str().into();
                let watch = Watch::new(id.to_string(), Some(Arc::clone(&name)), source.about.clone());
                let counted = match limit.mode {
                    LimitMode::Local => {
                        let tat = stored.get(&*id).copied().unwrap_or_default();
                        CountedBy::Cell(core.limits.attach(id, rate, tat, now))
                    }
                    LimitMode::Exact => {
                        allows_unknown &= limit.on_unknown == OnUnknown::Allow;
                        counters.limits.push(ExactLimit { id, rate });
                        CountedBy::Database(counters.limits.len() - 1)
                    }
                };
                let (limit, window_seconds) = (limit.limit, limit.window_seconds);
                limits.push(Limited { name, limit, window_seconds, rate, watch: Arc::new(watch), counted });
            }
            if let Some(rule) = source.credits {
                allows_unknown &= rule.on_unknown == OnUnknown::Allow;
                let watch = Watch::new(format!("credits {}", source.subject), None, source.about);
                pools.push(Arc::new(watch));
                counters.pools.push(CreditPool { subject: source.subject.into(), rule });
            }
        }
        Ok(Some(Arc::new(Self { limits, counters: Arc::new(counters), pools, allows_unknown })))
    }
}

impl Source {
    fn limits_anything(&self) -> bool {
        !self.rate_limits.is_empty() || self.credits.is_some()
    }
}

fn unknown_locals(core: &Core, sources: &[Source]) -> Vec<Arc<str>> {
    sources
        .iter()
        .flat_map(|source| source.rate_limits.iter().map(|limit| (&source.subject, limit)))
        .filter(|(_, limit)| limit.mode == LimitMode::Local)
        .map(|(subject, limit)| row_id(subject, limit))
        .filter(|id| core.limits.find(id).is_none())
        .map(Arc::from)
        .collect()
}
