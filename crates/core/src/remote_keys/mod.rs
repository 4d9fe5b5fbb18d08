//! Keys of other parties that are fetched: of clients (`jwks_uri`, RFC 7591 section 2) and of outside issuers (OpenID
//! Connect Discovery 1.0). What is fetched is hostile until proven, and an outside server that is slow, down or poisoned
//! takes nothing down with it (F-30): see [`documents`] for what is kept how long.

mod documents;

use std::sync::Arc;

use latchkey_jose::{JwkSet, JwkSetError};
use serde::Deserialize;
use url::Url;

use self::documents::{Documents, Weight};
pub use self::documents::{FRESH_SECONDS, REFETCH_SECONDS, STALE_SECONDS};
use crate::core::Core;
use crate::ports::FetchError;

/// Where an issuer describes itself (OpenID Connect Discovery 1.0 section 4).
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// Why the keys of another party can't be had now. Clear enough for the operator and for whoever registered the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteKeysError {
    /// Not an absolute URL.
    #[error("the address of the keys is not a URL")]
    NotAUrl,
    /// Nothing was fetched.
    #[error("the keys can't be fetched: {0}")]
    Fetch(#[from] FetchError),
    /// What was fetched is no JWK Set that may be used.
    #[error("what was fetched can't be used: {0}")]
    Keys(#[from] JwkSetError),
    /// What was fetched doesn't describe an issuer.
    #[error("what was fetched is not an OpenID Provider configuration with issuer and jwks_uri")]
    NotDiscovery,
    /// It describes another issuer (OpenID Connect Discovery 1.0 section 4.3).
    #[error("the configuration that was fetched is of another issuer")]
    OtherIssuer,
    /// Too many addresses are being asked at once.
    #[error("too many addresses are being asked at once")]
    Busy,
}

/// What was fetched of other parties, in memory and bounded.
pub struct RemoteKeys {
    sets: Documents<JwkSet>,
    issuers: Documents<Issuer>,
}

impl RemoteKeys {
    pub(crate) fn new() -> Self {
        Self { sets: Documents::new(), issuers: Documents::new() }
    }

    /// The keys at this address. With `wanted_kid`, an answer without that key is asked for anew, at most once each
    /// [`REFETCH_SECONDS`]; it may be missing still.
    ///
    /// # Errors
    /// [`RemoteKeysError`], where there is no answer that is at most [`STALE_SECONDS`] old.
    pub async fn jwks(&self, core: &Core, url: &str, wanted_kid: Option<&str>) -> Result<Arc<JwkSet>, RemoteKeysError> {
        let is_enough = |set: &JwkSet| wanted_kid.is_none_or(|kid| set.find(kid).is_some());
        self.sets.get(core, url, url, is_enough, |bytes| Ok(JwkSet::parse(bytes)?)).await
    }

    /// The keys of the issuer, found by its discovery document, whose `issuer` must be this one byte for byte.
    ///
    /// # Errors
    /// As [`Self::jwks`].
    pub async fn discovered(
        &self,
        core: &Core,
        issuer: &str,
        wanted_kid: Option<&str>,
    ) -> Result<Arc<JwkSet>, RemoteKeysError> {
        let url = format!("{}{DISCOVERY_PATH}", issuer.strip_suffix('/').unwrap_or(issuer));
        let expected = issuer.to_owned();
        let described =
            self.issuers.get(core, issuer, &url, |_| true, move |bytes| Issuer::read(bytes, &expected)).await?;
        self.jwks(core, &described.jwks_uri, wanted_kid).await
    }
}

/// What is needed of a discovery document.
#[derive(Deserialize)]
struct Issuer {
    issuer: String,
    jwks_uri: String,
}

impl Issuer {
    fn read(bytes: &[u8], expected: &str) -> Result<Self, RemoteKeysError> {
        let described: Self = serde_json::from_slice(bytes).map_err(|_| RemoteKeysError::NotDiscovery)?;
        if described.issuer != expected {
            return Err(RemoteKeysError::OtherIssuer);
        }
        // one that can't lead to keys doesn't take the place of one that did
        if Url::parse(&described.jwks_uri).is_err() {
            return Err(RemoteKeysError::NotDiscovery);
        }
        Ok(described)
    }
}

impl Weight for Issuer {
    fn weight(&self) -> u64 {
        1
    }
}

impl Weight for JwkSet {
    fn weight(&self) -> u64 {
        1 + self.keys().len() as u64
    }
}
