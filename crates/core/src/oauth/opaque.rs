//! Opaque access tokens: a random text, whose claims only we know.

use latchkey_jose::AccessToken;
use latchkey_types::AccessTokenId;
use latchkey_types::secret::{SecretKind, compose};

use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::random::{bits, id};

/// What its HMAC is for.
pub(crate) const OPAQUE_TOKEN: &str = "access-token";

/// An opaque access token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpaqueToken {
    /// Its id, which is its `jti`.
    pub id: AccessTokenId,
    /// HMAC-SHA-256 of the whole token under the pepper.
    pub mac: [u8; 32],
    /// What it would say if it were a JWT.
    pub claims: AccessToken,
}

/// A new opaque token for these claims, and what is to be kept of it; its id becomes their `jti`.
pub(super) fn write(core: &Core, claims: &mut AccessToken) -> (PlainSecret, OpaqueToken) {
    let random = core.random.as_ref();
    let id: AccessTokenId = id(random);
    let token = compose(&core.settings.brand, SecretKind::AccessToken, id.random_part(), &bits(random));
    id.as_str().clone_into(&mut claims.jti);
    let kept = OpaqueToken { id, mac: core.hasher.mac(OPAQUE_TOKEN, &token), claims: claims.clone() };
    (PlainSecret::new(token), kept)
}
