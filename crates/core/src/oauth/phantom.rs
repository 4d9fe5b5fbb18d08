//! The phantom JWT: what a gateway hands to the upstream in the place of the caller's credential, whatever kind that is
//! (contract sections 5 and 7). It is for the upstream alone: nothing here takes it as a credential.

use latchkey_jose::{AccessToken, Actor, AddressRules, Cred, Principal};
use latchkey_types::{OrgId, ScopeSet, Timestamp};

use super::issue::sign;
use super::{PHANTOM_SECONDS, TokenError};
use crate::core::Core;
use crate::plain_secret::PlainSecret;
use crate::random::token_id;
use crate::signing::SigningAlg;

/// What a phantom JWT says of a credential.
pub(crate) struct PhantomOf<'a> {
    /// `aud`: the API that it is for.
    pub(crate) api: &'a str,
    /// With what that API's tokens are signed.
    pub(crate) alg: SigningAlg,
    /// `sub`.
    pub(crate) subject: &'a str,
    /// `client_id`.
    pub(crate) client_id: &'a str,
    /// `org`.
    pub(crate) holder: &'a OrgId,
    /// For whom it acts.
    pub(crate) principal: Principal,
    /// What may be done by it.
    pub(crate) scopes: ScopeSet,
    /// What an action token was for.
    pub(crate) purpose: Option<&'a str>,
    /// Who acts.
    pub(crate) act: Option<Actor>,
    /// Where the credential may be used from.
    pub(crate) addresses: &'a [AddressRules],
    /// When what it stands for ends.
    pub(crate) ends_at: Option<Timestamp>,
}

/// A phantom JWT that was just made.
pub(crate) struct MadePhantom {
    pub(crate) token: PlainSecret,
    pub(crate) claims: AccessToken,
    /// The `kid` that signed it.
    pub(crate) signed_by: Option<String>,
}

/// Makes a phantom JWT: for a minute, and never longer than the credential holds. It is bound to no key, since it comes
/// from a gateway that has checked the caller's.
pub(crate) async fn make_phantom(core: &Core, of: PhantomOf<'_>) -> Result<MadePhantom, TokenError> {
    let now = core.clock.now().floor_to(1);
    let end = now.plus_seconds(PHANTOM_SECONDS);
    let claims = AccessToken {
        iss: core.settings.issuer.clone(),
        sub: of.subject.to_owned(),
        aud: of.api.to_owned(),
        exp: of.ends_at.map_or(end, |own| own.floor_to(1).min(end)),
        iat: now,
        nbf: now,
        jti: token_id(core.random.as_ref()),
        client_id: of.client_id.to_owned(),
        scope: of.scopes,
        org: of.holder.clone(),
        principal: of.principal,
        cred: Cred::Phantom,
        act: of.act,
        may_act: None,
        cnf: None,
        purpose: of.purpose.map(str::to_owned),
        addresses: of.addresses.to_vec(),
    };
    let (token, signed_by) = sign(core, of.alg, &claims).await?;
    Ok(MadePhantom { token, claims, signed_by })
}
