//! Words of APIs.

use latchkey_core::{apis as core_apis, signing as core_signing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may hold credentials for an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Its own organisation.
    Private,
    /// Any organisation; it stands in the catalogue.
    Public,
}

impl From<Visibility> for core_apis::Visibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Private => Self::Private,
            Visibility::Public => Self::Public,
        }
    }
}

impl From<core_apis::Visibility> for Visibility {
    fn from(visibility: core_apis::Visibility) -> Self {
        match visibility {
            core_apis::Visibility::Private => Self::Private,
            core_apis::Visibility::Public => Self::Public,
        }
    }
}

/// How another organisation comes by a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ScopeGrant {
    /// It takes it itself.
    #[default]
    #[serde(rename = "self")]
    SelfService,
    /// The API's owner approves an access request.
    #[serde(rename = "approval")]
    Approval,
}

impl From<ScopeGrant> for core_apis::ScopeGrant {
    fn from(grant: ScopeGrant) -> Self {
        match grant {
            ScopeGrant::SelfService => Self::SelfService,
            ScopeGrant::Approval => Self::Approval,
        }
    }
}

impl From<core_apis::ScopeGrant> for ScopeGrant {
    fn from(grant: core_apis::ScopeGrant) -> Self {
        match grant {
            core_apis::ScopeGrant::SelfService => Self::SelfService,
            core_apis::ScopeGrant::Approval => Self::Approval,
        }
    }
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum SigningAlg {
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA with P-256 and SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, keys of 2 048 bits.
    #[serde(rename = "RS256")]
    Rs256,
}

impl From<SigningAlg> for core_signing::SigningAlg {
    fn from(alg: SigningAlg) -> Self {
        match alg {
            SigningAlg::EdDsa => Self::EdDsa,
            SigningAlg::Es256 => Self::Es256,
            SigningAlg::Rs256 => Self::Rs256,
        }
    }
}

impl From<core_signing::SigningAlg> for SigningAlg {
    fn from(alg: core_signing::SigningAlg) -> Self {
        match alg {
            core_signing::SigningAlg::EdDsa => Self::EdDsa,
            core_signing::SigningAlg::Es256 => Self::Es256,
            core_signing::SigningAlg::Rs256 => Self::Rs256,
        }
    }
}

/// What an access token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenFormat {
    /// A signed JWT (RFC 9068), which the API can check by itself.
    Jwt,
    /// A random text, which the API shows to verify or introspection.
    Opaque,
}

impl From<TokenFormat> for core_apis::TokenFormat {
    fn from(format: TokenFormat) -> Self {
        match format {
            TokenFormat::Jwt => Self::Jwt,
            TokenFormat::Opaque => Self::Opaque,
        }
    }
}

impl From<core_apis::TokenFormat> for TokenFormat {
    fn from(format: core_apis::TokenFormat) -> Self {
        match format {
            core_apis::TokenFormat::Jwt => Self::Jwt,
            core_apis::TokenFormat::Opaque => Self::Opaque,
        }
    }
}

/// Where a required scope must be, of a call that comes with two tokens (`scope_token`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TwoToken {
    /// In the scope token, or else in the credential.
    Either,
    /// In both. A call without a scope token then holds no scope.
    Both,
}

impl From<TwoToken> for core_apis::TwoToken {
    fn from(way: TwoToken) -> Self {
        match way {
            TwoToken::Either => Self::Either,
            TwoToken::Both => Self::Both,
        }
    }
}

impl From<core_apis::TwoToken> for TwoToken {
    fn from(way: core_apis::TwoToken) -> Self {
        match way {
            core_apis::TwoToken::Either => Self::Either,
            core_apis::TwoToken::Both => Self::Both,
        }
    }
}

/// What becomes of calls of operations that an API's document doesn't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownOperations {
    /// They are refused.
    Strict,
    /// They are allowed, and counted.
    Lenient,
}

impl From<UnknownOperations> for core_apis::operations::UnknownOperations {
    fn from(choice: UnknownOperations) -> Self {
        match choice {
            UnknownOperations::Strict => Self::Strict,
            UnknownOperations::Lenient => Self::Lenient,
        }
    }
}

impl From<core_apis::operations::UnknownOperations> for UnknownOperations {
    fn from(choice: core_apis::operations::UnknownOperations) -> Self {
        match choice {
            core_apis::operations::UnknownOperations::Strict => Self::Strict,
            core_apis::operations::UnknownOperations::Lenient => Self::Lenient,
        }
    }
}

/// For whom a caller acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// A program for itself.
    Service,
    /// A program for a person.
    User,
}

impl From<PrincipalKind> for latchkey_jose::Principal {
    fn from(kind: PrincipalKind) -> Self {
        match kind {
            PrincipalKind::Service => Self::Service,
            PrincipalKind::User => Self::User,
        }
    }
}

impl From<latchkey_jose::Principal> for PrincipalKind {
    fn from(kind: latchkey_jose::Principal) -> Self {
        match kind {
            latchkey_jose::Principal::Service => Self::Service,
            latchkey_jose::Principal::User => Self::User,
        }
    }
}
