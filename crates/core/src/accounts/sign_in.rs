//! Noting a sign-in.

use std::net::IpAddr;

use latchkey_types::UserId;

use super::{Identity, User};
use crate::caller::{Actor, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::random;
use crate::validation::{self, Checks, MAX_EMAIL_LENGTH, MAX_NAME_LENGTH};

/// The longest issuer and the longest subject, in bytes (OpenID Connect Core section 2 gives 255 for the subject).
const MAX_IDENTIFIER_BYTES: usize = 255;

/// Notes a sign-in: knows the person by (issuer, subject), makes them the owner of what waits for their verified address.
///
/// # Errors
/// [`Error::Invalid`] where the provider's issuer or subject can't be stored as it is.
pub async fn sign_in(core: &Core, identity: Identity, ip: Option<IpAddr>) -> Result<User, Error> {
    let mut checks = Checks::default();
    check_identifier(&mut checks, "iss", &identity.issuer);
    check_identifier(&mut checks, "sub", &identity.subject);
    checks.finish()?;

    let now = core.clock.now();
    let id: UserId = random::id(core.random.as_ref());
    let caller = Caller { actor: Actor::User { id: id.clone(), operator: false }, ip };
    let user = User { id, identity: cleaned(identity), created_at: now, last_sign_in_at: now };
    let audit = core
        .audit_entry(&caller, None, "user.sign_in", ("user", user.id.as_str()))
        .with("issuer", user.identity.issuer.as_str());
    let user = core.store.upsert_user(&user, &audit).await?;

    if let Identity { email: Some(email), email_verified: true, .. } = &user.identity {
        let caller = Caller { actor: Actor::User { id: user.id.clone(), operator: false }, ip };
        let audit = core
            .audit_entry(&caller, None, "invitation.accept", ("user", user.id.as_str()))
            .with("email", email.as_str());
        core.store.claim_owner_invitations(&user.id, email, now, &audit).await?;
    }
    Ok(user)
}

/// Who somebody is must never be changed to make it fit: two people could become one (F-32).
fn check_identifier(checks: &mut Checks, field: &str, text: &str) {
    if text.is_empty() || text.len() > MAX_IDENTIFIER_BYTES || text.chars().any(char::is_control) {
        checks.note(
            field,
            format!("the provider must send 1 to {MAX_IDENTIFIER_BYTES} bytes without control characters"),
        );
    }
}

/// What a provider says of a person for people to read is cut to what can be stored, for nobody here could correct it.
/// An address that could be mistaken for another one is shown, but never believed.
fn cleaned(identity: Identity) -> Identity {
    let Identity { issuer, subject, name, email, email_verified } = identity;
    let email = email.map(|email| one_line(&email, MAX_EMAIL_LENGTH)).filter(|email| !email.is_empty());
    let email_verified =
        email_verified && email.as_deref().is_some_and(|email| validation::email("email", email).is_ok());
    let name = one_line(&name, MAX_NAME_LENGTH);
    let name =
        if name.is_empty() { email.clone().unwrap_or_else(|| one_line(&subject, MAX_NAME_LENGTH)) } else { name };
    Identity { issuer, subject, name, email, email_verified }
}

fn one_line(text: &str, most: usize) -> String {
    text.trim().chars().filter(|character| !character.is_control()).take(most).collect()
}
