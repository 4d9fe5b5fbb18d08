use latchkey_types::{Timestamp, UserId};

/// What an identity provider says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's issuer, byte for byte.
    pub issuer: String,
    /// The person's subject there.
    pub subject: String,
    /// What to call them.
    pub name: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider has `trust_email` and says that the address is verified.
    pub email_verified: bool,
}

/// A person who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// What their provider said at the last sign-in.
    pub identity: Identity,
    /// When they first signed in.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub last_sign_in_at: Timestamp,
}
