use latchkey_types::Timestamp;

use super::finding::NETWORK_DAYS;
use super::{CredentialFacts, FactsQuery, Finding, findings};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::orgs::Org;
use crate::ports::{Listed, Page};

const DAY_SECONDS: i64 = 86_400;
/// How many pages of credentials are looked through for one page of findings; where they didn't give enough, the page is
/// shorter and its cursor goes on.
const MOST_LOOKS: usize = 20;

/// A credential with what is to be looked at about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untidy {
    /// The credential.
    pub credential: CredentialFacts,
    /// The most urgent first; at least one.
    pub findings: Vec<Finding>,
}

/// Credentials that somebody should look at, newest first; `only` names one finding that each of them has. Needs
/// [`Action::ReadCredentials`].
///
/// # Errors
/// [`Error::Invalid`] for a finding that there isn't.
pub async fn list(
    core: &Core,
    caller: &Caller,
    org: &str,
    only: Option<&str>,
    page: &Page,
) -> Result<Listed<Untidy>, Error> {
    let org = core.enter(caller, org, Action::ReadCredentials).await?.org;
    if only.is_some_and(|only| !Finding::CODES.contains(&only)) {
        return Err(Error::invalid("finding", format!("one of {}", Finding::CODES.join(", "))));
    }
    let now = core.clock.now();
    let query = held_by(&org, now);
    let mut found = Listed { items: Vec::new(), next_cursor: page.cursor.clone() };
    let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
    for _ in 0..MOST_LOOKS {
        let room = u32::try_from(wanted - found.items.len()).unwrap_or(u32::MAX);
        let part = core.store.credential_facts(&query, &Page { limit: room, cursor: found.next_cursor.take() }).await?;
        found.items.extend(part.items.into_iter().filter_map(|facts| untidy(facts, only, now)));
        found.next_cursor = part.next_cursor;
        if found.next_cursor.is_none() || found.items.len() >= wanted {
            break;
        }
    }
    Ok(found)
}

fn held_by(org: &Org, now: Timestamp) -> FactsQuery {
    FactsQuery {
        org: org.id.clone(),
        for_its_apis: false,
        now,
        networks_since: now.plus_seconds(-NETWORK_DAYS * DAY_SECONDS),
        tokens_since: now.plus_seconds(-DAY_SECONDS),
    }
}

fn untidy(credential: CredentialFacts, only: Option<&str>, now: Timestamp) -> Option<Untidy> {
    let findings = findings(&credential, now);
    let wanted = only.is_none_or(|only| findings.iter().any(|finding| finding.code() == only));
    (wanted && !findings.is_empty()).then_some(Untidy { credential, findings })
}
