//! An access token whose claims were proven: what the app or service account that it was issued to may do now.

use std::sync::Arc;

use latchkey_jose::AccessToken;
use latchkey_types::{AppId, CredentialKind, Environment, Outcome, ServiceAccountId};

use super::address::Addresses;
use super::entry::{Entry, standing, subjects};
use super::proven::Proven;
use super::verifier::Subject;
use super::{Verified, Written};
use crate::apis::{Api, ConsumerPolicy, chain_of};
use crate::core::Core;
use crate::error::Error;
use crate::limits::{Budget, Source, of_consumer};
use crate::oauth::Party;
use crate::tiers;
use crate::usage::Counted;

/// The token's entry for the API that it is for.
pub(super) async fn entry(core: &Core, proven: Proven) -> Result<Result<Entry, Outcome>, Error> {
    let Proven { claims, signed_by } = proven;
    let Some(party) = Party::of_token(core, &claims).await? else { return Ok(Err(Outcome::NotFound)) };
    let holder = &party.holder;
    let granted = party.granted.iter().find(|granted| granted.api.audience == claims.aud);
    // the grant was withdrawn after the token was issued
    let Some(granted) = granted else { return Ok(Err(Outcome::Revoked)) };
    let (api, policy) = (&granted.api, &granted.policy);
    let revoked = core.store.is_token_revoked(&claims.jti).await?.then_some(Outcome::Revoked);
    let mut subjects = subjects(&party.id, holder, api, signed_by.as_deref());
    subjects.push(Subject::new(&claims.jti));
    let chain = chain_of(&claims);
    let handed_down = standing_of_others(core, &claims, &chain, &mut subjects).await?;
    let tier = api.tier_for(holder);
    // a token that was made before the tier was raised lives no longer than one that is made now
    let ends_at = claims.exp.min(claims.iat.plus_seconds(i64::from(tier.demands().max_token_seconds)));
    let misfit = tiers::misfit_of_token(tier, &claims).map(|_| Outcome::Disabled);
    let verified = Verified {
        id: claims.jti.clone(),
        kind: CredentialKind::AccessToken,
        environment: Environment::Live,
        name: party.name.clone(),
        generation: None,
        expires_at: Some(ends_at),
        org_id: holder.id.to_string(),
        org_slug: holder.slug.clone(),
        subject: claims.sub.clone(),
        principal: claims.principal,
        issued_at: claims.iat,
        api: api.audience.clone(),
        scopes: claims.scope.intersection(&granted.scopes_open_to(&holder.id)),
        owner: None,
        metadata: policy.metadata.clone().unwrap_or_default(),
        token: Some(Arc::new(claims.clone())),
        written: Written::default(),
    };
    let budget = budget(core, &party, api, policy).await?;
    Ok(Ok(Entry {
        api: api.id.clone(),
        api_owner: api.org.clone(),
        holder: holder.id.clone(),
        credential: party.id.clone(),
        standing: first([
            revoked,
            standing(party.revoked_at, party.disabled_at, holder, api, policy),
            handed_down,
            misfit,
        ]),
        not_before: Some(claims.nbf.max(claims.iat)),
        ends_at: Some(ends_at),
        chain_is_allowed: api.allows_chain(&chain),
        principal_is_taken: api.principals.take(claims.principal),
        addresses: Addresses::new(&claims.addresses, &party.addresses),
        tier,
        verified: Arc::new(verified),
        budget,
        valid_uses: core.recorder.counter(Counted {
            credential: Some(party.id.clone()),
            generation: 0,
            holder: Some(holder.id.clone()),
            api: api.id.clone(),
            api_owner: api.org.clone(),
            outcome: Outcome::Valid,
        }),
        networks: core.recorder.networks(&party.id),
        subjects,
    }))
}

/// What the party's tokens spend. Its own limits hold at its own organisation's APIs; what another's API takes of it is that
/// API's owner's to say.
async fn budget(core: &Core, party: &Party, api: &Api, policy: &ConsumerPolicy) -> Result<Option<Arc<Budget>>, Error> {
    let (id, holder) = (party.id.as_str(), &party.holder.id);
    let kind = if id.parse::<AppId>().is_ok() { "app" } else { "service_account" };
    let own = (api.org == *holder).then(|| Source::of_credential(holder, (kind, id), api, &party.rate_limits, None));
    Budget::of(core, own.into_iter().chain(of_consumer(api, holder, policy))).await
}

/// How those stand by whom the token was handed down, and who act by it: who is switched off or ended takes such tokens
/// along. They are noted among the subjects.
async fn standing_of_others(
    core: &Core,
    claims: &AccessToken,
    chain: &[&str],
    subjects: &mut Vec<Subject>,
) -> Result<Option<Outcome>, Error> {
    let actors = claims.call_chain();
    let mut others: Vec<&str> =
        chain.iter().copied().chain(actors.into_iter().filter(|actor| is_program(actor))).collect();
    others.sort_unstable();
    others.dedup();
    let mut found = None;
    for id in others.into_iter().filter(|id| *id != claims.client_id) {
        let own = match Party::find(core, id).await? {
            None => Some(Outcome::Revoked),
            Some(party) => {
                subjects.push(Subject::new(party.holder.id.as_str()));
                if party.revoked_at.is_some() {
                    Some(Outcome::Revoked)
                } else if party.holder.suspended_at.is_some() {
                    Some(Outcome::OrganisationSuspended)
                } else {
                    party.disabled_at.map(|_| Outcome::Disabled)
                }
            }
        };
        subjects.push(Subject::new(id));
        found = first([found, own]);
    }
    Ok(found)
}

/// An actor may also be a person at an identity provider, of whom nothing is known here.
fn is_program(id: &str) -> bool {
    id.parse::<AppId>().is_ok() || id.parse::<ServiceAccountId>().is_ok()
}

/// The one that comes first in the order of the contract (section 10, "Verify").
fn first<const N: usize>(standings: [Option<Outcome>; N]) -> Option<Outcome> {
    let order = [Outcome::Revoked, Outcome::OrganisationSuspended, Outcome::Disabled];
    order.into_iter().find(|outcome| standings.contains(&Some(*outcome)))
}
