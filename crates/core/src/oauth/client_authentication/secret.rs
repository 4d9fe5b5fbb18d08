//! By a client secret, in the header or the body (RFC 6749 section 2.3.1).

use latchkey_types::secret::{SecretKind, parse};
use latchkey_types::{AppId, AppSecretId, Timestamp};

use crate::apps::{App, NewAppSecret, SecretUse, VerifiableApp};
use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, HashProfile};
use crate::oauth::{ClientCredentials, TokenError};
use crate::plain_secret::PlainSecret;

/// A client secret that was shown right.
pub(super) struct ProvenSecret {
    /// The app.
    pub(super) row: VerifiableApp,
    /// The secret.
    pub(super) id: AppSecretId,
    /// Until when it holds.
    pub(super) ends_at: Option<Timestamp>,
}

/// The app whose secret this is, where its secrets are for `wanted`. An unknown client, a secret of another client and a
/// wrong one cost the same and answer the same (A9): one look-up by id and one hash. The header and the body are two places for the same secret, and Basic
/// must work for whoever has one: the app's `auth_method` says which of them it means to use.
pub(super) async fn check(
    core: &Core,
    presented: &ClientCredentials,
    wanted: SecretUse,
) -> Result<ProvenSecret, TokenError> {
    // of another form it can't be a secret of any client: whether this one exists isn't looked at
    let parsed = parse(&core.settings.brand, presented.secret.expose()).map_err(|_| TokenError::InvalidClient)?;
    if parsed.kind != SecretKind::Secret {
        return Err(TokenError::InvalidClient);
    }
    let secret_id = AppSecretId::from_random(parsed.id).map_err(|_| TokenError::InvalidClient)?;
    let id: AppId = presented.id.parse().map_err(|_| TokenError::InvalidClient)?;
    let row = core.store.find_verifiable_app(&id).await?;
    let stored = row.iter().flat_map(|row| &row.secrets).find(|stored| stored.secret.id == secret_id);
    let hash = stored.map(|stored| &stored.hash);
    let profile = row.as_ref().map(|row| row.holder.security_tier.demands().hashing).unwrap_or_default();
    let checked = core.check_secret(profile, id.as_str(), presented.secret.expose(), hash).await?;
    if checked == Checked::SameButOld
        && let Some(stored) = stored
    {
        upgrade(core, profile, &presented.secret, stored).await;
    }
    let ends_at = stored.and_then(|stored| stored.secret.ends_at);
    let holds = ends_at.is_none_or(|end| end > core.clock.now());
    match (checked, row) {
        (Checked::Same | Checked::SameButOld, Some(row)) if holds && is_for(&row.app, wanted) => {
            Ok(ProvenSecret { row, id: secret_id, ends_at })
        }
        _ => Err(TokenError::InvalidClient),
    }
}

fn is_for(app: &App, wanted: SecretUse) -> bool {
    match wanted {
        SecretUse::Authenticate => app.auth_method.is_by_secret(),
        SecretUse::Bootstrap => app.trades_secret_for_key(),
    }
}

/// Puts a hash of the current profile in the place of an older one. The answer doesn't depend on its success.
async fn upgrade(core: &Core, profile: HashProfile, secret: &PlainSecret, stored: &NewAppSecret) {
    let done = async {
        let new = core.hasher.hash_with(profile, secret, core.random.as_ref()).await?;
        core.store.upgrade_app_secret_hash(&stored.secret.id, &stored.hash, &new).await.map_err(Error::from)
    };
    if let Err(error) = done.await {
        tracing::warn!(app_secret.id = %stored.secret.id, %error, "the hash of a client secret could not be upgraded");
    }
}
