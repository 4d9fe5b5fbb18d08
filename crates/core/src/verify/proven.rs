//! A token that is ours; whether it holds is judged elsewhere.

use latchkey_jose::{AccessToken, Cred};
use latchkey_types::secret::{self, SecretKind};

use super::{jwt, opaque};
use crate::core::Core;
use crate::error::Error;

/// The claims of a token of ours, opaque or JWT.
pub(crate) struct Proven {
    pub(crate) claims: AccessToken,
    /// The `kid` of a JWT.
    pub(crate) signed_by: Option<String>,
}

impl Proven {
    /// Whether it is itself a long-lived key.
    pub(crate) fn is_key(&self) -> bool {
        self.claims.cred == Cred::JwtKey
    }
}

/// The claims of this token, for whichever API and client, expired or revoked ones too; `None` where it isn't ours.
///
/// # Errors
/// [`Error::Unavailable`] where that can't be known.
pub(crate) async fn prove(core: &Core, token: &str) -> Result<Option<Proven>, Error> {
    match secret::parse(&core.settings.brand, token) {
        Ok(ours) if ours.kind == SecretKind::AccessToken => opaque::claims(core, ours.id, token).await,
        Ok(_) => Ok(None),
        Err(_) => Ok(jwt::claims(core, token).await?.ok()),
    }
}
