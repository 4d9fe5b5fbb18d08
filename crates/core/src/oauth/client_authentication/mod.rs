//! Client authentication (RFC 6749 section 2.3): who asks, proven by exactly one method.

mod assertion;
mod certificate;
pub(super) mod decoy;
mod secret;

use latchkey_types::AppSecretId;

pub(super) use self::assertion::use_up;
use super::party::Party;
use super::{ClientAuthentication, ClientCredentials, TokenError};
use crate::apps::{SecretUse, VerifiableApp};
use crate::core::Core;

/// A client that proved who it is.
pub(super) struct Client {
    /// The app.
    pub(super) party: Party,
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
        ClientAuthentication::Secret(credentials) => {
            let (row, secret) = secret::check(core, credentials, SecretUse::Authenticate).await?;
            (row, Some(secret.to_string()))
        }
        ClientAuthentication::Assertion(presented) => {
            let proven = assertion::check(core, presented).await?;
            assertion::use_up(core, &proven.assertion).await?;
            (proven.row, proven.key.map(|key| key.to_string()))
        }
        ClientAuthentication::Certificate(client) => (certificate::check(core, client).await?, None),
    };
    admit(row, proven_by)
}

/// The client with this secret, which is there to be traded for a key and for nothing else.
///
/// # Errors
/// As [`authenticate`].
pub(super) async fn by_bootstrap_secret(
    core: &Core,
    credentials: &ClientCredentials,
) -> Result<(VerifiableApp, AppSecretId), TokenError> {
    let (row, secret) = secret::check(core, credentials, SecretUse::Bootstrap).await?;
    if Party::is_active_app(&row) { Ok((row, secret)) } else { Err(TokenError::InvalidClient) }
}

fn admit(row: VerifiableApp, proven_by: Option<String>) -> Result<Client, TokenError> {
    let party = Party::from(row);
    if party.is_active() { Ok(Client { party, proven_by }) } else { Err(TokenError::InvalidClient) }
}
