//! A person's own sessions.

use super::person;
use crate::audit::AuditEntry;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::Error;
use crate::ports::SessionRow;

/// The caller's own live sessions, last seen first.
pub async fn sessions(core: &Core, caller: &Caller) -> Result<Vec<SessionRow>, Error> {
    Ok(core.store.list_sessions(person(caller)?, core.clock.now()).await?)
}

/// Ends one of the caller's own sessions. [`Error::NotFound`] for anybody else's.
pub async fn end_session(core: &Core, caller: &Caller, id_hash: &[u8; 32]) -> Result<(), Error> {
    let audit = entry(core, caller, "session.end")?.with("sessions", 1);
    Ok(core.store.end_session(person(caller)?, id_hash, &audit).await?)
}

/// Ends all of the caller's own sessions but one. Answers how many.
pub async fn end_other_sessions(core: &Core, caller: &Caller, keep: &[u8; 32]) -> Result<u64, Error> {
    let audit = entry(core, caller, "session.end")?;
    Ok(core.store.end_other_sessions(person(caller)?, keep, &audit).await?)
}

/// Notes a sign-out.
pub async fn sign_out(core: &Core, caller: &Caller) -> Result<(), Error> {
    let audit = entry(core, caller, "user.sign_out")?.with("sessions", 1);
    Ok(core.store.insert_audit(&audit).await?)
}

fn entry(core: &Core, caller: &Caller, action: &str) -> Result<AuditEntry, Error> {
    Ok(core.audit_entry(caller, None, action, ("user", person(caller)?.as_str())))
}
