//! A sign-in that was begun and waits for its callback.
//!
//! What was begun waits in a slot, which is emptied by the statement that reads it, so that a `state` holds once
//! (F-17). The slot's name takes both the `state` from the URL and a random value that only this browser has in a
//! cookie, so that nobody's callback can be finished in another browser (C3). The PKCE verifier and the nonce are
//! derived from the two, so that the database holds neither.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_core::ports::{Slot, StoreError};
use latchkey_core::random::{Random, bits};
use latchkey_core::{Core, Error};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ReturnPath;
use crate::sessions::{CookieStyle, read_cookie};

/// The cookie's name, but for `__Host-`.
const COOKIE: &str = "latchkey-sign-in";
/// How long a person may take at the provider.
const LIFETIME_SECONDS: u32 = 600;

/// What both sides of a sign-in are derived from.
pub struct Handshake {
    browser: String,
    /// `state` of the authorization request (RFC 6749 section 4.1.1).
    pub state: String,
}

/// What waits in the slot.
#[derive(Serialize, Deserialize)]
struct Waiting {
    provider: String,
    to: String,
}

impl Handshake {
    /// A new one, for the value that this browser has already, or a new value.
    pub fn begin(random: &dyn Random, headers: &HeaderMap, style: CookieStyle) -> Self {
        let new = || URL_SAFE_NO_PAD.encode(bits(random));
        let known = read_cookie(headers, &style.name(COOKIE)).filter(|value| is_ours(value));
        Self { browser: known.map_or_else(new, str::to_owned), state: new() }
    }

    /// The one that a callback belongs to, where the browser has the cookie.
    pub fn resume(state: &str, headers: &HeaderMap, style: CookieStyle) -> Option<Self> {
        let browser = read_cookie(headers, &style.name(COOKIE)).filter(|value| is_ours(value))?;
        is_ours(state).then(|| Self { browser: browser.to_owned(), state: state.to_owned() })
    }

    /// The cookie that binds it to this browser.
    pub fn cookie(&self, style: CookieStyle) -> String {
        style.set(COOKIE, &self.browser, LIFETIME_SECONDS.into())
    }

    /// `code_verifier` (RFC 7636 section 4.1): 43 characters.
    pub fn pkce_verifier(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("pkce"))
    }

    /// `nonce` (OpenID Connect Core 1.0 section 3.1.2.1).
    pub fn nonce(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("nonce"))
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        Sha256::digest(format!("latchkey sign-in {purpose}\n{}\n{}", self.browser, self.state)).into()
    }

    /// Waits for the callback.
    ///
    /// # Errors
    /// Where the store can't be asked.
    pub async fn wait(&self, core: &Core, provider: &str, to: &ReturnPath) -> Result<(), Error> {
        let waiting = Waiting { provider: provider.to_owned(), to: to.as_str().to_owned() };
        let content = serde_json::to_vec(&waiting).map_err(|error| Error::Internal(Box::new(error)))?;
        let expires_at = core.clock.now().plus_seconds(LIFETIME_SECONDS.into());
        core.store.put_slot(&Slot { name_hash: self.derive("slot"), content, expires_at }).await?;
        Ok(())
    }

    /// Takes what waits, once: where the person wants to go. `None` where nothing waits for this provider.
    ///
    /// # Errors
    /// Where the store can't be asked.
    pub async fn take(&self, core: &Core, provider: &str) -> Result<Option<ReturnPath>, Error> {
        let Some(content) = core.store.take_slot(&self.derive("slot"), core.clock.now()).await? else {
            return Ok(None);
        };
        let waiting: Waiting =
            serde_json::from_slice(&content).map_err(|error| StoreError::Corrupt(Box::new(error)))?;
        Ok((waiting.provider == provider).then(|| ReturnPath::new(Some(&waiting.to))))
    }
}

/// 32 bytes in base64url.
fn is_ours(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
