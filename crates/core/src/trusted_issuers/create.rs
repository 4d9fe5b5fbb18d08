use latchkey_types::TrustedIssuerId;
use serde_json::Value;

use super::{MAX_TRUSTED_ISSUERS, TrustedIssuer};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::keys::refuse_suspended;
use crate::ports::StoreError;
use crate::random;
use crate::validation::Checks;
use crate::workloads::check;

/// An identity provider to trust, as typed.
#[derive(Clone, Debug)]
pub struct NewTrustedIssuer {
    /// `iss` of its tokens.
    pub issuer: String,
    /// What stands in their `aud`: who the users' tokens are for, say the client id of the organisation's web shop.
    pub audience: String,
    /// The issuer's keys, a JWK Set; `None`: by discovery.
    pub jwks: Option<Value>,
}

/// Trusts an identity provider. Needs [`Action::ManageWorkloadRules`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member, an issuer that is trusted already among them; [`Error::Forbidden`] where the
/// organisation is suspended; [`Conflict::TooManyRules`] beyond [`MAX_TRUSTED_ISSUERS`].
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewTrustedIssuer) -> Result<TrustedIssuer, Error> {
    let org = core.enter(caller, org, Action::ManageWorkloadRules).await?.org;
    refuse_suspended(&org)?;
    let mut checks = Checks::default();
    let issuer = checks.take(check::issuer("issuer", &new.issuer, &core.settings.issuer));
    let audience = checks.take(check::audience("audience", &new.audience));
    let jwks = checks.take_some(new.jwks.map(|jwks| check::jwks("jwks", &jwks))).flatten();
    checks.finish()?;

    let id: TrustedIssuerId = random::id(core.random.as_ref());
    let audit = core
        .audit_entry(caller, Some(&org.id), "trusted_issuer.create", ("trusted_issuer", id.as_str()))
        .with("issuer", issuer.as_str())
        .with("audience", audience.as_str())
        .with("keys", if jwks.is_some() { "given" } else { "by discovery" });
    let created_by = audit.actor().to_owned();
    let trusted = TrustedIssuer { id, org: org.id, issuer, audience, jwks, created_at: core.clock.now(), created_by };
    match core.store.insert_trusted_issuer(&trusted, &audit).await {
        Ok(true) => Ok(trusted),
        Ok(false) => Err(Error::conflict(
            Conflict::TooManyRules,
            format!("there are {MAX_TRUSTED_ISSUERS} trusted issuers, which is the most: delete one first"),
        )),
        Err(StoreError::Taken("issuer")) => {
            Err(Error::invalid("issuer", "it is trusted already: delete it first to trust it in another way"))
        }
        Err(error) => Err(error.into()),
    }
}
