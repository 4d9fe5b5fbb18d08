use latchkey_jose::JwkSet;

use super::current;
use crate::core::Core;
use crate::error::Error;

/// What `/.well-known/jwks.json` answers: the public members of `next`, `active` and `retired` keys.
///
/// # Errors
/// As [`super::load`].
pub async fn jwks(core: &Core) -> Result<serde_json::Value, Error> {
    let ring = current(core).await?;
    let set = JwkSet::new(ring.published.iter().cloned());
    serde_json::to_value(set).map_err(|error| Error::Internal(Box::new(error)))
}
