use std::net::IpAddr;

use latchkey_jose::{AddressRules, Cred};
use latchkey_types::ServiceAccountId;

use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::oauth::management_audience;
use crate::verify;

/// Which service account presents this access token to the management API, at this instant. Only a JWT that the account
/// itself got for the management API counts, from an address that both admit. The account is read each time, so that what was switched off, ended,
/// suspended or given another role holds at once on every replica.
///
/// # Errors
/// [`Error::Unauthenticated`] for anything else; [`Error::Unavailable`] where it can't be known.
pub async fn authenticate(core: &Core, presented: &str, ip: Option<IpAddr>) -> Result<Caller, Error> {
    let proven = verify::prove(core, presented).await?.ok_or(Error::Unauthenticated)?;
    let claims = &proven.claims;
    let is_for_this = proven.signed_by.is_some()
        && claims.cred == Cred::JwtBearer
        && claims.aud == management_audience(core)
        && claims.sub == claims.client_id
        && claims.act.is_none()
        && claims.cnf.is_none();
    if !is_for_this || claims.check_times(core.clock.now()).is_err() {
        return Err(Error::Unauthenticated);
    }
    let id: ServiceAccountId = claims.sub.parse().map_err(|_| Error::Unauthenticated)?;
    if core.store.is_token_revoked(&claims.jti).await? {
        return Err(Error::Unauthenticated);
    }
    let row = core.store.find_verifiable_service_account(&id).await?.ok_or(Error::Unauthenticated)?;
    let account = row.account;
    let is_off = account.disabled_at.is_some() || account.revoked_at.is_some() || row.holder.suspended_at.is_some();
    if is_off || claims.org != account.org {
        return Err(Error::Unauthenticated);
    }
    let rules = AddressRules::sealed(claims.addresses.iter().chain([&account.addresses]));
    if !rules.iter().all(|rules| rules.admit(ip)) {
        tracing::info!(service_account.id = %account.id, ?ip, "a call came from an address that isn't allowed");
        return Err(Error::Unauthenticated);
    }
    let role = account.role();
    Ok(Caller { actor: Actor::ServiceAccount { id, org: account.org, role }, ip })
}
