use latchkey_types::ActionTokenId;
use latchkey_types::secret::{self, SecretKind};

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
    let is_proven = core.hasher.check_mac(USE, presented, row.as_ref().map(|row| &row.mac));
    Ok(row.filter(|_| is_proven))
}
