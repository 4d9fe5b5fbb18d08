//! First sight of an API key: one row by id, then Argon2id. Also what both kinds of key share.

use std::sync::Arc;

use latchkey_jose::{AccessToken, Principal};
use latchkey_types::{CredentialKind, KeyId, Outcome};

use super::address::Addresses;
use super::api_caller::ApiCaller;
use super::entry::{Entry, earlier, standing, subjects};
use super::{Verified, Written};
use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, HashProfile, SecretHash};
use crate::keys::{GenerationSecret, VerifiableKey};
use crate::limits::{Budget, Source, of_consumer};
use crate::plain_secret::PlainSecret;
use crate::tiers::{self, SecretLife};
use crate::usage::Counted;

/// Proves an API key by its id and its whole secret. `Err(NotFound)` for an unknown id and a wrong secret alike.
pub(super) async fn load(
    core: &Core,
    api: &ApiCaller,
    id: &str,
    presented: &str,
) -> Result<Result<Entry, Outcome>, Error> {
    let Ok(id) = KeyId::from_random(id) else { return Ok(Err(Outcome::Malformed)) };
    let now = core.clock.monotonic();
    let attempt = format!("{} {id}", api.id);
    if let Some(seconds) = core.verifier.wrong_secrets.wait(&attempt, now) {
        return Err(Error::TooMany(seconds));
    }
    let Some(row) = core.store.find_verifiable_key(&id).await? else {
        // ids are guessed at no cost, so the whole verification key is slowed down
        if let Some(seconds) = core.verifier.unknown_ids.wait(api.id.as_str(), now) {
            return Err(Error::TooMany(seconds));
        }
        core.verifier.unknown_ids.failed(api.id.as_str(), now);
        core.hasher.check(presented, None).await?;
        return Ok(Err(Outcome::NotFound));
    };
    match proven_generation(core, &row, presented).await? {
        Some(position) => Ok(Ok(entry(core, &row, position, None, None).await?)),
        None => {
            core.verifier.wrong_secrets.failed(&attempt, now);
            Ok(Err(Outcome::NotFound))
        }
    }
}

/// Which generation's secret this is, the newest first.
async fn proven_generation(core: &Core, row: &VerifiableKey, presented: &str) -> Result<Option<usize>, Error> {
    let profile = profile(row);
    for (position, secret) in row.secrets.iter().enumerate() {
        let GenerationSecret::Hash(hash) = secret else { continue };
        match core.hasher.check_with(profile, presented, Some(hash)).await? {
            Checked::Different => {}
            Checked::Same => return Ok(Some(position)),
            Checked::SameButOld => {
                upgrade(core, row, position, presented, hash).await;
                return Ok(Some(position));
            }
        }
    }
    Ok(None)
}

/// How a new hash of its secret would be made.
fn profile(row: &VerifiableKey) -> HashProfile {
    row.api.tier_for(&row.holder).demands().hashing
}

/// Puts a hash of the current profile in the place of an older one. The answer doesn't wait on its success.
async fn upgrade(core: &Core, row: &VerifiableKey, position: usize, presented: &str, old: &SecretHash) {
    let number = row.key.generations[position].number;
    let done = async {
        let secret = PlainSecret::new(presented.to_owned());
        let new = core.hasher.hash_with(profile(row), &secret, core.random.as_ref()).await?;
        core.store.upgrade_key_hash(&row.key.id, number, old, &new).await.map_err(Error::from)
    };
    if let Err(error) = done.await {
        tracing::warn!(key.id = %row.key.id, %error, "the hash of a key could not be upgraded");
    }
}

/// What is known of one generation of a key. `token` and `signed_by` are a JWT's claims and its `kid`.
pub(super) async fn entry(
    core: &Core,
    row: &VerifiableKey,
    position: usize,
    token: Option<&AccessToken>,
    signed_by: Option<&str>,
) -> Result<Entry, Error> {
    let VerifiableKey { key, holder, api, policy, .. } = row;
    let generation = &key.generations[position];
    let revoked_at = key.revoked_at.or(generation.revoked_at);
    let ends_at = earlier(earlier(key.expires_at, generation.ends_at), token.map(|token| token.exp));
    let life = SecretLife { made_at: generation.created_at, ends_at, imported: generation.imported };
    let misfit = tiers::misfit_of_secret(api.tier_for(holder), key.kind, life).map(|_| Outcome::Disabled);
    let scopes = key.scopes.intersection(&api.scopes_open_to(&holder.id, policy));
    // what the API's owner says of one credential goes before what it says of the consumer
    let mut metadata = policy.metadata.clone().unwrap_or_default();
    metadata.extend(key.metadata.clone());
    let verified = Verified {
        id: key.id.to_string(),
        kind: key.kind,
        environment: key.environment,
        name: key.name.clone(),
        generation: Some(generation.number),
        expires_at: ends_at,
        org_id: holder.id.to_string(),
        org_slug: holder.slug.clone(),
        subject: key.id.to_string(),
        principal: Principal::Service,
        issued_at: generation.created_at,
        token: token.cloned().map(Arc::new),
        api: api.audience.clone(),
        scopes,
        owner: key.owner.clone(),
        metadata,
        written: Written::default(),
    };
    let own = Source::of_credential(&holder.id, ("key", key.id.as_str()), api, &key.rate_limits, key.credits);
    let budget = Budget::of(core, [own].into_iter().chain(of_consumer(api, &holder.id, policy))).await?;
    debug_assert!(matches!(key.kind, CredentialKind::ApiKey | CredentialKind::JwtKey));
    Ok(Entry {
        api: api.id.clone(),
        api_owner: api.org.clone(),
        holder: holder.id.clone(),
        credential: key.id.to_string(),
        standing: standing(revoked_at, key.disabled_at, holder, api, policy).or(misfit),
        not_before: token.map(|token| token.nbf.max(token.iat)),
        ends_at,
        chain_is_allowed: api.allows_chain(&[key.id.as_str()]),
        principal_is_taken: api.principals.take(Principal::Service),
        addresses: Addresses::new(token.map_or(&[], |token| &token.addresses), &key.addresses),
        tier: api.tier_for(holder),
        verified: Arc::new(verified),
        budget,
        valid_uses: core.recorder.counter(Counted {
            credential: Some(key.id.to_string()),
            generation: generation.number,
            holder: Some(holder.id.clone()),
            api: api.id.clone(),
            api_owner: api.org.clone(),
            outcome: Outcome::Valid,
        }),
        networks: core.recorder.networks(key.id.as_str()),
        subjects: subjects(key.id.as_str(), holder, api, signed_by),
    })
}
