use latchkey_types::secret::{SecretKind, compose};

use super::{AppSecret, NewAppSecret};
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::random::{bits, id};
use crate::tiers::SecurityTier;

/// Makes a client secret, and what is stored of it.
pub(super) async fn new_secret(core: &Core, tier: SecurityTier) -> Result<(PlainSecret, NewAppSecret), Error> {
    let random = core.random.as_ref();
    let secret = AppSecret { id: id(random), created_at: core.clock.now(), last_used_at: None, ends_at: None };
    let text = compose(&core.settings.brand, SecretKind::Secret, secret.id.random_part(), &bits(random));
    let plain = PlainSecret::new(text);
    let hash = core.hasher.hash_with(tier.demands().hashing, &plain, random).await?;
    Ok((plain, NewAppSecret { secret, hash }))
}
