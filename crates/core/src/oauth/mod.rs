//! The token endpoint (RFC 6749) for machines.

use std::net::IpAddr;

use latchkey_types::ScopeSet;

use crate::core::Core;
use crate::plain_secret::PlainSecret;

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

/// `client_id` and `client_secret`, and where they stood.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// Header or body.
    pub method: crate::apps::AuthMethod,
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
    /// Unknown client, wrong secret, no authentication, or its organisation is suspended: all alike.
    InvalidClient,
    /// The grant type doesn't exist here.
    UnsupportedGrantType(&'static str),
    /// The client may not use this grant or this way to authenticate.
    UnauthorizedClient(&'static str),
    /// A scope that the client isn't granted, or no scope-token.
    InvalidScope,
    /// An API that the client isn't granted (RFC 8707).
    InvalidTarget,
    /// Too many wrong secrets for this client; seconds to wait.
    TooMany(u32),
    /// The answer can't be known now.
    Unavailable(crate::error::Cause),
}

/// Issues an access token by the `client_credentials` grant (RFC 6749 section 4.4).
pub async fn token(_core: &Core, _request: TokenRequest) -> Result<IssuedToken, TokenError> {
    todo!()
}
