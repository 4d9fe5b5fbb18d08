//! Words of apps.

use latchkey_core::apps as core_apps;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How an app proves who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// By HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
    /// By an assertion that it signs (RFC 7523).
    PrivateKeyJwt,
    /// By a certificate whose subject an authority vouches for (RFC 8705).
    TlsClientAuth,
    /// By a certificate of its own (RFC 8705).
    SelfSignedTlsClientAuth,
}

impl From<AuthMethod> for core_apps::AuthMethod {
    fn from(method: AuthMethod) -> Self {
        match method {
            AuthMethod::ClientSecretBasic => Self::ClientSecretBasic,
            AuthMethod::ClientSecretPost => Self::ClientSecretPost,
            AuthMethod::PrivateKeyJwt => Self::PrivateKeyJwt,
            AuthMethod::TlsClientAuth => Self::TlsClientAuth,
            AuthMethod::SelfSignedTlsClientAuth => Self::SelfSignedTlsClientAuth,
        }
    }
}

impl From<core_apps::AuthMethod> for AuthMethod {
    fn from(method: core_apps::AuthMethod) -> Self {
        match method {
            core_apps::AuthMethod::ClientSecretBasic => Self::ClientSecretBasic,
            core_apps::AuthMethod::ClientSecretPost => Self::ClientSecretPost,
            core_apps::AuthMethod::PrivateKeyJwt => Self::PrivateKeyJwt,
            core_apps::AuthMethod::TlsClientAuth => Self::TlsClientAuth,
            core_apps::AuthMethod::SelfSignedTlsClientAuth => Self::SelfSignedTlsClientAuth,
        }
    }
}

/// What an app's tokens are bound to, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenBinding {
    /// To nothing, unless a request brings a DPoP proof or the client authenticates by a certificate.
    #[default]
    None,
    /// To the key of a DPoP proof (RFC 9449); a request without one is refused.
    Dpop,
    /// To the client's certificate (RFC 8705); a request without one is refused.
    Certificate,
}

impl From<TokenBinding> for core_apps::TokenBinding {
    fn from(binding: TokenBinding) -> Self {
        match binding {
            TokenBinding::None => Self::None,
            TokenBinding::Dpop => Self::Dpop,
            TokenBinding::Certificate => Self::Certificate,
        }
    }
}

impl From<core_apps::TokenBinding> for TokenBinding {
    fn from(binding: core_apps::TokenBinding) -> Self {
        match binding {
            core_apps::TokenBinding::None => Self::None,
            core_apps::TokenBinding::Dpop => Self::Dpop,
            core_apps::TokenBinding::Certificate => Self::Certificate,
        }
    }
}

/// What an app's secrets are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretUse {
    /// To authenticate.
    #[default]
    Authenticate,
    /// To be traded, once, for a key of the app's own (`POST /oauth/bootstrap`); for `private_key_jwt` only.
    Bootstrap,
}

impl From<SecretUse> for core_apps::SecretUse {
    fn from(secret_use: SecretUse) -> Self {
        match secret_use {
            SecretUse::Authenticate => Self::Authenticate,
            SecretUse::Bootstrap => Self::Bootstrap,
        }
    }
}

impl From<core_apps::SecretUse> for SecretUse {
    fn from(secret_use: core_apps::SecretUse) -> Self {
        match secret_use {
            core_apps::SecretUse::Authenticate => Self::Authenticate,
            core_apps::SecretUse::Bootstrap => Self::Bootstrap,
        }
    }
}

/// How an app may exchange tokens for tokens for an API (RFC 8693 section 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Exchange {
    /// As itself on behalf of the subject.
    Delegation,
    /// As if it were the subject.
    Impersonation,
}

impl From<Exchange> for core_apps::Exchange {
    fn from(exchange: Exchange) -> Self {
        match exchange {
            Exchange::Delegation => Self::Delegation,
            Exchange::Impersonation => Self::Impersonation,
        }
    }
}

impl From<core_apps::Exchange> for Exchange {
    fn from(exchange: core_apps::Exchange) -> Self {
        match exchange {
            core_apps::Exchange::Delegation => Self::Delegation,
            core_apps::Exchange::Impersonation => Self::Impersonation,
        }
    }
}

/// What an app gets that asks again while its last token is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatedRequest {
    /// Another token.
    #[default]
    NewToken,
    /// The same token, while half of its life is left; it counts neither as usage nor in the quota.
    SameToken,
}

impl From<RepeatedRequest> for core_apps::RepeatedRequest {
    fn from(answer: RepeatedRequest) -> Self {
        match answer {
            RepeatedRequest::NewToken => Self::NewToken,
            RepeatedRequest::SameToken => Self::SameToken,
        }
    }
}

impl From<core_apps::RepeatedRequest> for RepeatedRequest {
    fn from(answer: core_apps::RepeatedRequest) -> Self {
        match answer {
            core_apps::RepeatedRequest::NewToken => Self::NewToken,
            core_apps::RepeatedRequest::SameToken => Self::SameToken,
        }
    }
}
