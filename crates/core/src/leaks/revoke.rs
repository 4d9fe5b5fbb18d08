//! Who holds a secret may end it.

use std::net::IpAddr;

use super::find::{Asker, find};
use super::report::with_part;
use crate::attempts::network;
use crate::audit::AuditEntry;
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;

/// Why a key was revoked, where its last secret ended so.
const REASON: &str = "revoked by somebody who held its secret";

/// Ends the secret that this text is: here when this returns, within a second on every other replica. Of a key or app
/// with another secret that one goes on. What is no secret of ours, or has ended already, is as good as ended.
///
/// # Errors
/// [`Error::TooMany`] where many texts from this network were no secrets of ours; [`Error::Unavailable`] where it
/// couldn't be done: then it wasn't.
pub async fn revoke(core: &Core, text: &str, ip: Option<IpAddr>) -> Result<(), Error> {
    let now = core.clock.monotonic();
    let network = ip.map(network);
    if let Some(seconds) = network.as_ref().and_then(|network| core.strangers.wait(network, now)) {
        return Err(Error::TooMany(seconds));
    }
    let Some(secret) = find(core, text, Asker::Stranger).await? else {
        if let Some(network) = &network {
            core.strangers.failed(network, now);
        }
        return Ok(());
    };
    let system = Caller { actor: Actor::System, ip };
    let target = &secret.target;
    let audit = core.audit_entry(&system, secret.org.as_ref(), target.revocation(), target.audited());
    let audit = AuditEntry { actor_kind: "holder".to_owned(), ..with_part(audit, target).with("by", "possession") };
    let at = audit.at;
    core.store.end_secret(&secret, Some(at), REASON, None, &audit).await?;
    Ok(())
}
