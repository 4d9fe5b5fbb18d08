//! What a change of the tier would break, before it is made.

use std::collections::BTreeMap;

use super::{Misfit, SecurityTier};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::hygiene::{CredentialFacts, FactsQuery};
use crate::orgs::Org;
use crate::ports::Page;

/// How many credentials a preview names; it counts them all.
pub const MAX_LISTED_BREAKS: usize = 100;
/// How many credentials are read at once.
const PAGE: u32 = 2_000;

/// A credential that would be refused, and wasn't before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The credential; perhaps another organisation's, for an API of this one.
    pub credential: CredentialFacts,
    /// Why.
    pub misfits: Vec<Misfit>,
}

/// What a change of the tier would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierPreview {
    /// The tier of today.
    pub current: SecurityTier,
    /// The tier that is asked about.
    pub tier: SecurityTier,
    /// How many credentials would be refused that aren't today.
    pub breaks: u64,
    /// How many of them for which reason; one may have several.
    pub by_reason: BTreeMap<Misfit, u64>,
    /// The newest of them, at most [`MAX_LISTED_BREAKS`].
    pub listed: Vec<Break>,
}

/// What this tier would break. Needs [`Action::ManageSecurityTier`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] as [`Core::enter`].
pub async fn preview(core: &Core, caller: &Caller, org: &str, tier: SecurityTier) -> Result<TierPreview, Error> {
    let org = core.enter(caller, org, Action::ManageSecurityTier).await?.org;
    breaks_of(core, &org, tier).await
}

/// The same for an organisation that was entered.
pub async fn breaks_of(core: &Core, org: &Org, tier: SecurityTier) -> Result<TierPreview, Error> {
    let mut preview =
        TierPreview { current: org.security_tier, tier, breaks: 0, by_reason: BTreeMap::new(), listed: Vec::new() };
    if tier <= org.security_tier {
        return Ok(preview);
    }
    let now = core.clock.now();
    let query = FactsQuery { org: org.id.clone(), for_its_apis: true, now, networks_since: now, tokens_since: now };
    let mut page = Page { limit: PAGE, cursor: None };
    loop {
        let part = core.store.credential_facts(&query, &page).await?;
        for credential in part.items {
            preview.add(org, credential);
        }
        match part.next_cursor {
            None => return Ok(preview),
            cursor => page.cursor = cursor,
        }
    }
}

impl TierPreview {
    fn add(&mut self, org: &Org, credential: CredentialFacts) {
        // refused today already, or switched off: the change breaks nothing
        if credential.disabled_at.is_some() || !credential.misfits_now().is_empty() {
            return;
        }
        let misfits = credential.misfits(|id, tier| if *id == org.id { self.tier } else { tier });
        if misfits.is_empty() {
            return;
        }
        self.breaks += 1;
        for misfit in &misfits {
            *self.by_reason.entry(*misfit).or_default() += 1;
        }
        if self.listed.len() < MAX_LISTED_BREAKS {
            self.listed.push(Break { credential, misfits });
        }
    }
}
