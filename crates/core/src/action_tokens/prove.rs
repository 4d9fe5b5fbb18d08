use latchkey_types::ActionTokenId;
use latchkey_types::secret::{self, SecretKind};
use subtle::ConstantTimeEq;

use super::{USE, VerifiableActionToken};
use crate::core::Core;
use crate::error::Error;

/// The action token that this secret is, whether or not it can still be swapped; `None` for any other text.
///
/// # Errors
/// [`Error::Unavailable`] where that can't be known.
pub(crate) async fn prove(core: &Core, presented: &str) -> Result<Option<VerifiableActionToken>, Error> {
    let Ok(parsed) = secret::parse(&core.settings.brand, presented) else { return Ok(None) };
    if parsed.kind != SecretKind::Once {
        return Ok(None);
    }
    let Ok(id) = ActionTokenId::from_random(parsed.id) else { return Ok(None) };
    let row = core.store.find_verifiable_action_token(&id).await?;
    // worked out for an unknown id too: it must not answer faster (F-22)
    let mac = core.hasher.mac(USE, presented);
    let previous = core.hasher.previous_mac(USE, presented);
    let Some(row) = row else { return Ok(None) };
    let same = |mac: &[u8; 32]| bool::from(mac.ct_eq(&row.mac));
    Ok((same(&mac) || previous.as_ref().is_some_and(same)).then_some(row))
}
