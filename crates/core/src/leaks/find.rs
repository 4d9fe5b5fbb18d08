//! Which of our secrets a text is: by its id and its hash, its HMAC or its signature.

use latchkey_jose::Cred;
use latchkey_types::secret::{self, ParsedSecret, SecretKind};
use latchkey_types::{AppSecretId, KeyId, ManagementKeyId, VerificationKeyId};

use super::{HeldSecret, SecretTarget};
use crate::apis::MAX_TOKEN_TTL_SECONDS;
use crate::core::Core;
use crate::error::Error;
use crate::hashing::{Checked, SecretHash};
use crate::keys::{GenerationSecret, VerifiableKey};
use crate::verify::{self, Proven};
use crate::{action_tokens, initial_access_tokens, validation};

/// Who shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    /// Anybody: an unknown id costs as much as a wrong secret (F-22), and many wrong ones for one id are slowed down.
    Stranger,
    /// Who signed the report. Nobody can hide a secret of this id behind wrong ones.
    Reporter,
}

/// The secret that this text is, whether or not it still holds; `None` for any other text.
///
/// # Errors
/// [`Error::TooMany`] where a stranger tried many wrong ones for one id; [`Error::Unavailable`] where it can't be known.
pub(super) async fn find(core: &Core, text: &str, asker: Asker) -> Result<Option<HeldSecret>, Error> {
    if let Ok(parsed) = secret::parse(&core.settings.brand, text) {
        return of_our_form(core, parsed, text, asker).await;
    }
    if text.contains('.')
        && let Some(proven) = verify::prove(core, text).await?
    {
        return of_token(core, proven).await;
    }
    imported(core, text, asker).await
}

async fn of_our_form(
    core: &Core,
    parsed: ParsedSecret<'_>,
    text: &str,
    asker: Asker,
) -> Result<Option<HeldSecret>, Error> {
    match parsed.kind {
        SecretKind::Live | SecretKind::Test => api_key(core, parsed.id, text, asker).await,
        SecretKind::Verify => verification_key(core, parsed.id, text, asker).await,
        SecretKind::Manage => management_key(core, parsed.id, text, asker).await,
        SecretKind::Secret => app_secret(core, parsed.id, text, asker).await,
        SecretKind::AccessToken => match verify::prove(core, text).await? {
            Some(proven) => of_token(core, proven).await,
            None => initial_access_token(core, text).await,
        },
        SecretKind::Once => {
            let found = action_tokens::prove(core, text).await?;
            Ok(found.map(|found| held(found.token.org, SecretTarget::ActionToken { id: found.token.id })))
        }
    }
}

async fn api_key(core: &Core, id: &str, text: &str, asker: Asker) -> Result<Option<HeldSecret>, Error> {
    let Ok(id) = KeyId::from_random(id) else { return Ok(None) };
    let row = core.store.find_verifiable_key(&id).await?;
    let secrets = row.iter().flat_map(|row| row.key.generations.iter().zip(&row.secrets));
    let (numbers, hashes): (Vec<u32>, Vec<&SecretHash>) = secrets
        .filter_map(|(generation, secret)| match secret {
            GenerationSecret::Hash(hash) => Some((generation.number, hash)),
            GenerationSecret::Imported { .. } | GenerationSecret::SignedBy(_) => None,
        })
        .unzip();
    let position = position(core, id.as_str(), text, &hashes, asker).await?;
    Ok(position.zip(row.as_ref()).map(|(position, row)| of_generation(row, numbers[position])))
}

async fn verification_key(core: &Core, id: &str, text: &str, asker: Asker) -> Result<Option<HeldSecret>, Error> {
    let Ok(id) = VerificationKeyId::from_random(id) else { return Ok(None) };
    let row = core.store.find_verification_key(&id).await?;
    let proven = is_the_one(core, id.as_str(), text, row.as_ref().map(|row| &row.hash), asker).await?;
    Ok(row.filter(|_| proven).map(|row| held(row.owner.id, SecretTarget::VerificationKey { api: row.api.id, id })))
}

async fn management_key(core: &Core, id: &str, text: &str, asker: Asker) -> Result<Option<HeldSecret>, Error> {
    let Ok(id) = ManagementKeyId::from_random(id) else { return Ok(None) };
    let row = core.store.find_management_key(&id).await?;
    let proven = is_the_one(core, id.as_str(), text, row.as_ref().map(|row| &row.hash), asker).await?;
    Ok(row.filter(|_| proven).map(|row| HeldSecret { org: row.key.org, target: SecretTarget::ManagementKey { id } }))
}

async fn app_secret(core: &Core, id: &str, text: &str, asker: Asker) -> Result<Option<HeldSecret>, Error> {
    let Ok(id) = AppSecretId::from_random(id) else { return Ok(None) };
    let row = core.store.find_app_secret(&id).await?;
    let proven = is_the_one(core, id.as_str(), text, row.as_ref().map(|row| &row.secret.hash), asker).await?;
    Ok(row.filter(|_| proven).map(|row| held(row.org, SecretTarget::AppSecret { app: row.app, id })))
}

async fn initial_access_token(core: &Core, text: &str) -> Result<Option<HeldSecret>, Error> {
    let found = initial_access_tokens::prove(core, text).await?;
    Ok(found.map(|token| held(token.org, SecretTarget::InitialAccessToken { id: token.id })))
}

/// A secret from another system: found by an HMAC of all of it, so that its row alone says nearly everything.
async fn imported(core: &Core, text: &str, asker: Asker) -> Result<Option<HeldSecret>, Error> {
    if validation::imported_secret(&core.settings.brand, text).is_err() {
        return Ok(None);
    }
    let mut row = core.store.find_imported_key(&core.hasher.index(text)).await?;
    if let (None, Some(previous)) = (&row, core.hasher.previous_index(text)) {
        row = core.store.find_imported_key(&previous).await?;
    }
    let Some(row) = row else { return Ok(None) };
    let now = core.clock.monotonic();
    if asker == Asker::Stranger
        && let Some(seconds) = core.wrong_secrets.wait(row.key.id.as_str(), now)
    {
        return Err(Error::TooMany(seconds));
    }
    for (generation, secret) in row.key.generations.iter().zip(&row.secrets) {
        let GenerationSecret::Imported { hash, .. } = secret else { continue };
        if core.hasher.check_imported(text, hash).await? != Checked::Different {
            return Ok(Some(of_generation(&row, generation.number)));
        }
    }
    core.wrong_secrets.failed(row.key.id.as_str(), now);
    Ok(None)
}

/// A token of ours: a JWT key, or an access token. A phantom is none: it is an upstream's copy of something else.
async fn of_token(core: &Core, proven: Proven) -> Result<Option<HeldSecret>, Error> {
    let claims = proven.claims;
    match claims.cred {
        Cred::JwtKey => {
            let Ok(id) = claims.client_id.parse::<KeyId>() else { return Ok(None) };
            let Some(row) = core.store.find_verifiable_key(&id).await? else { return Ok(None) };
            let generation = row.key.generations.iter().find(|known| known.jti.as_deref() == Some(&claims.jti));
            Ok(generation.map(|generation| of_generation(&row, generation.number)))
        }
        Cred::Phantom => Ok(None),
        Cred::ClientCredentials | Cred::JwtBearer | Cred::TokenExchange | Cred::ActionToken => {
            // a shorter-lived copy with the same `jti` must not make the revocation end before the token does
            let longest = claims.iat.plus_seconds(MAX_TOKEN_TTL_SECONDS);
            let over = claims.exp <= core.clock.now();
            let expires_at = if over { claims.exp } else { claims.exp.max(longest) };
            let target = SecretTarget::AccessToken { jti: claims.jti, client: claims.client_id, expires_at };
            Ok(Some(held(claims.org, target)))
        }
    }
}

fn of_generation(row: &VerifiableKey, generation: u32) -> HeldSecret {
    held(row.key.org.clone(), SecretTarget::Key { id: row.key.id.clone(), generation })
}

fn held(org: latchkey_types::OrgId, target: SecretTarget) -> HeldSecret {
    HeldSecret { org: Some(org), target }
}

async fn is_the_one(core: &Core, id: &str, text: &str, hash: Option<&SecretHash>, asker: Asker) -> Result<bool, Error> {
    let hashes: Vec<&SecretHash> = hash.into_iter().collect();
    Ok(position(core, id, text, &hashes, asker).await?.is_some())
}

/// Which of the hashes is this text's.
async fn position(
    core: &Core,
    id: &str,
    text: &str,
    hashes: &[&SecretHash],
    asker: Asker,
) -> Result<Option<usize>, Error> {
    if let Some(known) = hashes.iter().position(|hash| core.hasher.recall(text, Some(hash)).is_some()) {
        return Ok(Some(known));
    }
    let now = core.clock.monotonic();
    if asker == Asker::Stranger {
        if let Some(seconds) = core.wrong_secrets.wait(id, now) {
            return Err(Error::TooMany(seconds));
        }
        if hashes.is_empty() {
            core.hasher.check(text, None).await?;
        }
    }
    for (position, hash) in hashes.iter().enumerate() {
        if core.hasher.check(text, Some(hash)).await? != Checked::Different {
            return Ok(Some(position));
        }
    }
    if asker == Asker::Stranger {
        core.wrong_secrets.failed(id, now);
    }
    Ok(None)
}
