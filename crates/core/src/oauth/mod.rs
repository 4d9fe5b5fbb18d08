//! The token endpoint (RFC 6749) for machines.

mod client;
mod target;
mod token;

use std::net::IpAddr;

use latchkey_types::ScopeSet;

pub use token::token;

use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::ports::StoreError;

/// What a client sent to the token endpoint; parameters already decoded, empty ones absent (RFC 6749 section 3.2).
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    /// `grant_type`.
    pub grant_type: Option<String>,
    /// `scope`.
    pub scope: Option<String>,
    /// `resource` (RFC 8707), each one.
    pub resource: Vec<String>,
    /// `audience`, each one.
    pub audience: Vec<String>,
    /// How the client proved who it is.
    pub client: Option<ClientCredentials>,
    /// From where.
    pub ip: Option<IpAddr>,
}

/// `client_id` and `client_secret`, from the header or the body.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: PlainSecret,
}

/// A token that was issued (RFC 6749 section 5.1).
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// `access_token`.
    pub access_token: PlainSecret,
    /// `expires_in`, seconds.
    pub expires_in: i64,
    /// `scope`: what was granted.
    pub scope: ScopeSet,
}

/// Error codes of RFC 6749 section 5.2 and RFC 8707 section 2, with a fixed description that reflects nothing.
#[derive(Debug)]
pub enum TokenError {
    /// A parameter is missing, doubled or unreadable.
    InvalidRequest(&'static str),
    /// No authentication, an unknown client, a wrong secret, a client that is switched off or ended, or whose
    /// organisation is suspended: all alike.
    InvalidClient,
    /// The grant type doesn't exist here.
    UnsupportedGrantType(&'static str),
    /// The client may not use this grant.
    UnauthorizedClient(&'static str),
    /// A scope that the client isn't granted, or no scope-token.
    InvalidScope,
    /// An API that the client isn't granted (RFC 8707), more than one, none where it isn't clear which, or one whose
    /// owner has blocked the client's organisation or no longer offers it to others.
    InvalidTarget,
    /// Too many wrong secrets for this client; seconds to wait.
    TooMany(u32),
    /// The answer can't be known now.
    Unavailable(crate::error::Cause),
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error {
            Error::TooMany(seconds) => Self::TooMany(seconds),
            Error::Unavailable(cause) | Error::Internal(cause) => Self::Unavailable(cause),
            other => Self::Unavailable(Box::new(other)),
        }
    }
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}
