//! People: who signed in, told apart by issuer and subject, never by e-mail address.

mod model;
mod sessions;
mod sign_in;

pub use model::{Identity, User};
pub use sessions::{end_other_sessions, end_session, sessions, sign_out};
pub use sign_in::sign_in;

use latchkey_types::UserId;

use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::settings::OperatorRule;

/// A person by id.
pub async fn find(core: &Core, id: &UserId) -> Result<Option<User>, Error> {
    Ok(core.store.find_user(id).await?)
}

/// Whether `LATCHKEY_OPERATORS` names this person: by issuer and subject, byte for byte, or by an address that is verified
/// at a provider with `trust_email`.
pub fn is_operator(core: &Core, user: &User) -> bool {
    let identity = &user.identity;
    core.settings.operators.iter().any(|rule| match rule {
        OperatorRule::Identity { issuer, subject } => identity.issuer == *issuer && identity.subject == *subject,
        OperatorRule::Email(address) => {
            identity.email_verified
                && identity.email.as_deref().is_some_and(|email| email.eq_ignore_ascii_case(address))
        }
    })
}

/// The person who asks; programs have no account.
pub(crate) fn person(caller: &Caller) -> Result<&UserId, Error> {
    match &caller.actor {
        Actor::User { id, .. } => Ok(id),
        Actor::ManagementKey { .. } | Actor::ServiceAccount { .. } | Actor::CommandLine | Actor::System => {
            Err(Error::Forbidden("a person who is signed in may do this"))
        }
    }
}
