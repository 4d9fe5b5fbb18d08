//! A person's own sessions.

use super::person;
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
    let own = sessions(core, caller).await?;
    if !own.iter().any(|session| session.id_hash == *id_hash) {
        return Err(Error::NotFound);
    }
    core.store.delete_session(id_hash).await?;
    note(core, caller, "session.end", 1).await
}

/// Ends all of the caller's own sessions but one. Answers how many.
pub async fn end_other_sessions(core: &Core, caller: &Caller, keep: &[u8; 32]) -> Result<u64, Error> {
    let ended = core.store.delete_sessions_of(person(caller)?, Some(keep)).await?;
    if ended > 0 {
        note(core, caller, "session.end", ended).await?;
    }
    Ok(ended)
}

/// Notes a sign-out.
pub async fn sign_out(core: &Core, caller: &Caller) -> Result<(), Error> {
    note(core, caller, "user.sign_out", 1).await
}

async fn note(core: &Core, caller: &Caller, action: &str, sessions: u64) -> Result<(), Error> {
    let audit = core.audit_entry(caller, None, action, ("user", person(caller)?.as_str())).with("sessions", sessions);
    Ok(core.store.insert_audit(&audit).await?)
}
