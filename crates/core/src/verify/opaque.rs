//! First sight of an opaque access token: its row by id, then an HMAC.

use latchkey_types::{AccessTokenId, Outcome};
use subtle::ConstantTimeEq;

use super::access_token;
use super::entry::Entry;
use super::proven::Proven;
use crate::core::Core;
use crate::error::Error;
use crate::oauth::OPAQUE_TOKEN;

/// Proves an opaque token, of whichever API. `Err(NotFound)` for an unknown id and a wrong secret alike.
pub(super) async fn load(core: &Core, id: &str, presented: &str) -> Result<Result<Entry, Outcome>, Error> {
    match claims(core, id, presented).await? {
        Some(proven) => access_token::entry(core, proven).await,
        None => Ok(Err(Outcome::NotFound)),
    }
}

/// What was kept for this token; `None` where it isn't one of ours.
pub(super) async fn claims(core: &Core, id: &str, presented: &str) -> Result<Option<Proven>, Error> {
    let Ok(id) = AccessTokenId::from_random(id) else { return Ok(None) };
    let row = core.store.find_access_token(&id).await?;
    // worked out for an unknown id too: it must not answer faster (F-22)
    let mac = core.hasher.mac(OPAQUE_TOKEN, presented);
    let previous = core.hasher.previous_mac(OPAQUE_TOKEN, presented);
    let Some(row) = row else { return Ok(None) };
    let same = |mac: &[u8; 32]| bool::from(mac.ct_eq(&row.mac));
    let proven = same(&mac) || previous.as_ref().is_some_and(same);
    Ok(proven.then_some(Proven { claims: row.claims, signed_by: None }))
}
