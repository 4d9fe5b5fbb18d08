//! What is left of limits and credits, for those who look.

use std::sync::Arc;

use latchkey_types::{ApiId, OrgId};

use super::budget::Source;
use super::{CreditRule, LimitState, Rate, RateLimit, nanos, of_consumer, row_id};
use crate::apis::{Api, ConsumerPolicy};
use crate::core::Core;
use crate::error::Error;
use crate::keys::Key;

/// What is left to somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Where the rate limits stand: what this replica knows, which is at most a moment old.
    pub rate_limits: Vec<LimitState>,
    /// How many credits are left, where they are counted.
    pub credits: Option<i64>,
}

/// What is left to each of these keys, in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn left_of_keys(core: &Core, keys: &[Key]) -> Result<Vec<Left>, Error> {
    let counted =
        |key: &Key| Counted { subject: key.id.to_string(), rate_limits: key.rate_limits.clone(), credits: key.credits };
    left(core, keys.iter().map(counted).collect()).await
}

/// What is left to each of these apps or service accounts (`app_…` or `sa_…` and its limits), in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn left_of_parties(core: &Core, parties: &[(&str, &[RateLimit])]) -> Result<Vec<Left>, Error> {
    let counted = |(id, limits): &(&str, &[RateLimit])| Counted {
        subject: (*id).to_owned(),
        rate_limits: limits.to_vec(),
        credits: None,
    };
    left(core, parties.iter().map(counted).collect()).await
}

/// What is left to each of these organisations at the API, their plans' limits with it, in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn left_of_consumers(
    core: &Core,
    api: &Api,
    consumers: &[(&OrgId, &ConsumerPolicy)],
) -> Result<Vec<Left>, Error> {
    let counted = consumers.iter().flat_map(|(org, policy)| of_consumer(api, org, policy).map(Counted::from)).collect();
    let both = left(core, counted).await?;
    Ok(both.chunks(2).map(|own_and_plan| own_and_plan.iter().cloned().reduce(together).unwrap_or_default()).collect())
}

/// What is left to the organisation of this slug.
///
/// # Errors
/// [`Error::NotFound`] where the API or the organisation is gone, [`Error::Unavailable`].
pub async fn left_of_consumer(
    core: &Core,
    api: &ApiId,
    consumer: &str,
    policy: &ConsumerPolicy,
) -> Result<Left, Error> {
    let api = core.store.find_api(api).await?.ok_or(Error::NotFound)?;
    let org = core.store.find_org(consumer).await?.ok_or(Error::NotFound)?;
    Ok(left_of_consumers(core, &api, &[(&org.id, policy)]).await?.pop().unwrap_or_default())
}

fn together(mut own: Left, plan: Left) -> Left {
    own.rate_limits.extend(plan.rate_limits);
    Left { rate_limits: own.rate_limits, credits: own.credits.or(plan.credits) }
}

struct Counted {
    subject: String,
    rate_limits: Vec<RateLimit>,
    credits: Option<CreditRule>,
}

impl From<Source> for Counted {
    fn from(source: Source) -> Self {
        Self { subject: source.subject, rate_limits: source.rate_limits, credits: source.credits }
    }
}

/// Two statements, however many there are; none where nothing is limited.
async fn left(core: &Core, counted: Vec<Counted>) -> Result<Vec<Left>, Error> {
    let ids: Vec<Arc<str>> =
        counted.iter().flat_map(|of| of.rate_limits.iter().map(|limit| row_id(&of.subject, limit).into())).collect();
    let pools: Vec<String> = counted.iter().filter(|of| of.credits.is_some()).map(|of| of.subject.clone()).collect();
    let tats = core.store.limit_tats(&ids).await?;
    let rows = core.store.credits_left(&pools).await?;
    let at = core.clock.now();
    let now = nanos(at);
    let state = |subject: &str, limit: &RateLimit| {
        let id = row_id(subject, limit);
        let here = core.limits.find(&id).map_or(0, |cell| cell.tat());
        let (rate, tat) = (Rate::of(limit), tats.get(&id).copied().unwrap_or_default().max(here));
        LimitState {
            name: limit.name.as_str().into(),
            limit: limit.limit,
            remaining: rate.remaining(tat, now),
            reset_seconds: rate.reset_seconds(tat, now),
            window_seconds: limit.window_seconds,
            retry_after_seconds: rate.retry_after_seconds(tat, now, rate.increment(1)),
        }
    };
    let of_one = |of: &Counted| Left {
        rate_limits: of.rate_limits.iter().map(|limit| state(&of.subject, limit)).collect(),
        credits: of.credits.map(|rule| {
            let row = rows.get(&of.subject).copied().unwrap_or_else(|| rule.first(at));
            rule.at(at, row).remaining
        }),
    };
    Ok(counted.iter().map(of_one).collect())
}
