//! Client authentication (RFC 6749 section 2.3): who asks, proven by exactly one method.

mod assertion;
mod certificate;
pub(super) mod decoy;
mod secret;

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_types::AppSecretId;
use sha2::{Digest as _, Sha256};

pub(super) use self::assertion::use_up;
use super::party::Party;
use super::{ClientAuthentication, ClientCredentials, TokenError};
use crate::apps::{SecretUse, VerifiableApp};
use crate::core::Core;
use crate::verify::{self, ProvenClient};

/// A client that proved who it is.
pub(super) struct Client {
    /// The app.
    pub(super) party: Arc<Party>,
    /// By what, for its last use: `sec_…`, `pk_…`; `None` for what has no row of its own.
    pub(super) proven_by: Option<String>,
}

/// The client that this proves.
///
/// # Errors
/// [`TokenError::InvalidClient`] for an unknown client and a wrong proof alike, and for one that is switched off, ended
/// or whose organisation is suspended; [`TokenError::TooMany`] after many wrong secrets.
pub(super) async fn authenticate(core: &Core, presented: &ClientAuthentication) -> Result<Client, TokenError> {
    let (row, proven_by) = match presented {
        ClientAuthentication::Secret(credentials) => return by_secret(core, credentials).await,
        ClientAuthentication::Assertion(presented) => {
            let proven = assertion::check(core, presented).await?;
            assertion::use_up(core, &proven.assertion).await?;
            (proven.row, proven.key.map(|key| key.to_string()))
        }
        ClientAuthentication::Certificate(client) => (certificate::check(core, client).await?, None),
    };
    admit(row, proven_by)
}

/// The client that this proves, where it may ask for tokens from here.
///
/// # Errors
/// As [`authenticate`], and [`TokenError::InvalidClient`] from anywhere else.
pub(super) async fn admit_from(
    core: &Core,
    presented: &ClientAuthentication,
    ip: Option<IpAddr>,
) -> Result<Client, TokenError> {
    let client = authenticate(core, presented).await?;
    if client.party.may_come_from(ip) { Ok(client) } else { Err(TokenError::InvalidClient) }
}

/// The client with this secret: from memory, where that may be believed, or from its row.
async fn by_secret(core: &Core, credentials: &ClientCredentials) -> Result<Client, TokenError> {
    // neither has a NUL where both are right, so that the two can't be shifted against each other
    let both = Sha256::new().chain_update(&credentials.id).chain_update([0]).chain_update(credentials.secret.expose());
    let digest = both.finalize().into();
    let mut known = verify::client_before(core, &digest);
    if known.as_ref().is_some_and(|known| known.party.tier().demands().no_staleness) && verify::look(core).await? {
        known = verify::client_before(core, &digest);
    }
    if let Some(known) = known {
        return Ok(Client { party: Arc::clone(&known.party), proven_by: Some(known.secret_id.clone()) });
    }
    let ticket = core.verifier.ticket();
    let proven = secret::check(core, credentials, SecretUse::Authenticate).await?;
    let client = admit(proven.row, Some(proven.id.to_string()))?;
    let known = ProvenClient::new(Arc::clone(&client.party), proven.id.to_string(), proven.ends_at);
    verify::remember_client(core, digest, ticket, known);
    Ok(client)
}

/// The client with this secret, which is there to be traded for a key and for nothing else.
///
/// # Errors
/// As [`authenticate`].
pub(super) async fn by_bootstrap_secret(
    core: &Core,
    credentials: &ClientCredentials,
) -> Result<(VerifiableApp, AppSecretId), TokenError> {
    let proven = secret::check(core, credentials, SecretUse::Bootstrap).await?;
    if Party::is_active_app(&proven.row) { Ok((proven.row, proven.id)) } else { Err(TokenError::InvalidClient) }
}

fn admit(row: VerifiableApp, proven_by: Option<String>) -> Result<Client, TokenError> {
    let party = Party::from(row);
    if party.is_active() { Ok(Client { party: Arc::new(party), proven_by }) } else { Err(TokenError::InvalidClient) }
}
