//! The token endpoint (RFC 6749) for machines, introspection (RFC 7662) and revocation (RFC 7009).

mod binding;
mod bootstrap;
mod client_authentication;
mod dpop;
mod grants;
mod introspect;
mod issue;
mod management;
mod opaque;
mod party;
mod phantom;
mod redeem;
mod registration;
mod repeated;
mod revoke;
mod target;
mod token;

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_jose::DpopProof;
use latchkey_types::ScopeSet;

pub use bootstrap::{BootstrapRequest, MAX_PROOF_SECONDS, bootstrap};
pub(crate) use dpop::first_use;
pub use dpop::{check_proof, fresh_nonce};
pub use grants::token_exchange::ExchangeParameters;
pub use introspect::{
    Introspection, IntrospectionForm, IntrospectionRequest, Introspector, PHANTOM_SECONDS, introspect,
};
pub(crate) use management::audience as management_audience;
pub(crate) use opaque::OPAQUE_TOKEN;
pub use opaque::OpaqueToken;
pub(crate) use party::Party;
pub(crate) use phantom::{PhantomOf, make_phantom};
pub use redeem::redeem;
pub use registration::{ClientMetadata, RegisteredClient, Registrar, RegistrationError};
pub use registration::{authenticate as registrar, register};
pub(crate) use repeated::seconds_left;
pub use revoke::{RevocationRequest, revoke};
pub use token::token;

use crate::certificate::PresentedCertificate;
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
    /// How the client proves who it is.
    pub client: Option<ClientAuthentication>,
    /// `assertion` (RFC 7521 section 4.1).
    pub assertion: Option<PlainSecret>,
    /// What a token exchange is about (RFC 8693 section 2.1).
    pub exchange: ExchangeParameters,
    /// `client_id` of a request without client authentication.
    pub client_id: Option<String>,
    /// The proof of a key that the token is to be bound to, as [`check_proof`] lets it through.
    pub dpop: Option<DpopProof>,
    /// The certificate of the connection.
    pub certificate: Option<Arc<PresentedCertificate>>,
    /// From where.
    pub ip: Option<IpAddr>,
}

/// How a client proves who it is.
#[derive(Clone, Debug)]
pub enum ClientAuthentication {
    /// By its secret (RFC 6749 section 2.3.1).
    Secret(ClientCredentials),
    /// By an assertion that it signs (RFC 7523 section 2.2).
    Assertion(ClientAssertion),
    /// By the certificate of the connection (RFC 8705 section 2).
    Certificate(ClientWithCertificate),
}

/// `client_id` and `client_secret`, from the header or the body.
#[derive(Clone, Debug)]
pub struct ClientCredentials {
    /// `client_id`.
    pub id: String,
    /// `client_secret`.
    pub secret: PlainSecret,
}

/// `client_assertion`, and the `client_id` beside it, which it may do without.
#[derive(Clone, Debug)]
pub struct ClientAssertion {
    /// `client_id`.
    pub client_id: Option<String>,
    /// `client_assertion`.
    pub assertion: PlainSecret,
}

/// A `client_id`, and the certificate that is to be its own.
#[derive(Clone, Debug)]
pub struct ClientWithCertificate {
    /// `client_id`.
    pub id: String,
    /// The certificate of the connection.
    pub certificate: Arc<PresentedCertificate>,
}

/// How a token is to be presented (RFC 6749 section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// As it is (RFC 6750).
    Bearer,
    /// With a proof of its key (RFC 9449 section 5).
    Dpop,
}

impl TokenType {
    /// The registered word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// A token that was issued (RFC 6749 section 5.1).
#[derive(Clone, Debug)]
pub struct IssuedToken {
    /// `access_token`.
    pub access_token: PlainSecret,
    /// `token_type`.
    pub token_type: TokenType,
    /// `expires_in`, seconds.
    pub expires_in: i64,
    /// `scope`: what was granted.
    pub scope: ScopeSet,
    /// `issued_token_type`: of an exchange (RFC 8693 section 2.2.1).
    pub issued_token_type: Option<&'static str>,
}

/// Error codes of RFC 6749 section 5.2 and RFC 8707 section 2, with a fixed description that reflects nothing.
#[derive(Debug)]
pub enum TokenError {
    /// A parameter is missing, doubled or unreadable.
    InvalidRequest(&'static str),
    /// No authentication, an unknown client, a wrong secret, a client that is switched off or ended, or whose
    /// organisation is suspended: all alike.
    InvalidClient,
    /// An assertion that proves nothing, or stands for somebody who is switched off, ended or suspended: all alike.
    InvalidGrant,
    /// The grant type doesn't exist here.
    UnsupportedGrantType(&'static str),
    /// The client may not use this grant.
    UnauthorizedClient(&'static str),
    /// A scope that the client isn't granted, or no scope-token.
    InvalidScope,
    /// An API that the client isn't granted (RFC 8707), more than one, none where it isn't clear which, or one whose
    /// owner has blocked the client's organisation or no longer offers it to others.
    InvalidTarget,
    /// The DPoP proof doesn't hold, or was used before (RFC 9449 section 5).
    InvalidDpopProof(&'static str),
    /// The DPoP proof lacks a nonce of ours, or has an old one (RFC 9449 section 8).
    UseDpopNonce,
    /// The kind of credential can't be revoked here (RFC 7009 section 2.2.1).
    UnsupportedTokenType,
    /// Too many wrong secrets for this client; seconds to wait.
    TooMany(u32),
    /// The app got as many tokens as its quota allows today; seconds until tomorrow (UTC).
    QuotaUsedUp(u32),
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
