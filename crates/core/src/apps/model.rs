use std::net::IpAddr;

use ipnet::IpNet;
use latchkey_jose::AddressRules;
use latchkey_types::{ApiId, AppId, AppSecretId, CredentialStatus, OrgId, PublicKeyId, ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};

use crate::apis::operations::GrantedOperations;
use crate::apis::{Api, ConsumerPolicy};
use crate::hashing::SecretHash;
use crate::limits::RateLimit;
use crate::orgs::Org;

/// How an app proves who it is (contract section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMethod {
    /// HTTP Basic.
    #[default]
    ClientSecretBasic,
    /// In the body.
    ClientSecretPost,
    /// By an assertion that it signs with a key of its own (RFC 7523 section 2.2).
    PrivateKeyJwt,
    /// By a certificate whose subject an authority vouches for (RFC 8705 section 2.1).
    TlsClientAuth,
    /// By a certificate of its own that was registered (RFC 8705 section 2.2).
    SelfSignedTlsClientAuth,
}

impl AuthMethod {
    /// The registered word (RFC 7591 section 2).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }

    /// Whether a client secret is what proves it.
    pub const fn is_by_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

impl AuthMethod {
    /// Every method.
    pub const ALL: [Self; 5] = [
        Self::ClientSecretBasic,
        Self::ClientSecretPost,
        Self::PrivateKeyJwt,
        Self::TlsClientAuth,
        Self::SelfSignedTlsClientAuth,
    ];
}

/// What an app's tokens are bound to, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenBinding {
    /// To nothing, unless a request brings a DPoP proof or its certificate.
    #[default]
    None,
    /// To the key of a DPoP proof; a request without one is refused (RFC 9449 section 5.2).
    Dpop,
    /// To the certificate of the connection; a request without one is refused (RFC 8705 section 3.4).
    Certificate,
}

impl TokenBinding {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Dpop => "dpop",
            Self::Certificate => "certificate",
        }
    }
}

/// What an app's secret is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecretUse {
    /// To authenticate.
    #[default]
    Authenticate,
    /// To be traded, once, for a key of the app's own; it gets no token before.
    Bootstrap,
}

impl SecretUse {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authenticate => "authenticate",
            Self::Bootstrap => "bootstrap",
        }
    }
}

/// What an app gets that asks again while its last token is still good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedRequest {
    /// Another token.
    #[default]
    NewToken,
    /// The same token, until half of its life is over.
    SameToken,
}

impl RepeatedRequest {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewToken => "new_token",
            Self::SameToken => "same_token",
        }
    }
}

/// The certificate by which an app proves who it is: one name that an authority vouches for (RFC 8705 section 2.1.2),
/// or certificates of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientCertificate {
    /// The subject's distinguished name (RFC 4514).
    SubjectDn(String),
    /// A DNS name among the alternative names.
    SanDns(String),
    /// A URI among the alternative names.
    SanUri(String),
    /// An address among the alternative names.
    SanIp(IpAddr),
    /// An e-mail address among the alternative names.
    SanEmail(String),
    /// SHA-256 of each certificate's DER, base64url: `x5t#S256`.
    SelfSigned(Vec<String>),
}

/// The most public keys that an app or service account may have.
pub const MAX_CLIENT_KEYS: usize = 10;

/// A public key by which an app or service account proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    /// Its id here.
    pub id: PublicKeyId,
    /// What its holder calls it; different for each of the holder's keys.
    pub kid: String,
    /// The JWK, public members only, as JSON.
    pub jwk: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// How an app may exchange other's tokens for tokens for an API (RFC 8693 section 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exchange {
    /// As itself on behalf of the subject; `act` names it.
    Delegation,
    /// As if it were the subject.
    Impersonation,
}

impl Exchange {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delegation => "delegation",
            Self::Impersonation => "impersonation",
        }
    }
}

/// What an app may ask for at one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppGrant {
    /// Where.
    pub api: ApiId,
    /// What.
    pub scopes: ScopeSet,
    /// What of it by the names of operations; `None`: nothing.
    pub operations: Option<GrantedOperations>,
    /// How it may exchange tokens for this API, sorted; empty: not at all.
    pub exchange: Vec<Exchange>,
}

/// An `OAuth2` client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its id and `client_id`.
    pub id: AppId,
    /// Who holds it.
    pub org: OrgId,
    /// What people call it.
    pub name: String,
    /// What it may ask for, by API id.
    pub grants: Vec<AppGrant>,
    /// How it proves who it is.
    pub auth_method: AuthMethod,
    /// Where its public keys are to be had; `None`: those registered here.
    pub jwks_uri: Option<String>,
    /// Its certificate, for the methods that want one.
    pub certificate: Option<ClientCertificate>,
    /// What its tokens are bound to.
    pub token_binding: TokenBinding,
    /// What its secret is for.
    pub secret_use: SecretUse,
    /// How many tokens it may get a day (UTC); `None`: any number.
    pub tokens_per_day: Option<i64>,
    /// What it gets that asks too often.
    pub repeated_request: RepeatedRequest,
    /// Where it may get tokens from, and use them.
    pub addresses: AddressRules,
    /// How often its tokens may be used, all together, at the APIs of its own organisation.
    pub rate_limits: Vec<RateLimit>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// Why it was ended.
    pub revoke_reason: Option<String>,
    /// When it last got a token.
    pub last_used_at: Option<Timestamp>,
}

impl App {
    /// Where it stands.
    pub fn status(&self) -> CredentialStatus {
        if self.revoked_at.is_some() {
            CredentialStatus::Revoked
        } else if self.disabled_at.is_some() {
            CredentialStatus::Disabled
        } else {
            CredentialStatus::Active
        }
    }

    /// Whether its secrets are there to be traded for a key, and for nothing else.
    pub fn trades_secret_for_key(&self) -> bool {
        self.secret_use == SecretUse::Bootstrap && self.auth_method == AuthMethod::PrivateKeyJwt
    }
}

/// What to change about an app; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppChange {
    /// Another name.
    pub name: Option<String>,
    /// All grants, anew.
    pub grants: Option<Vec<AppGrant>>,
    /// Another way to prove who it is.
    pub auth_method: Option<AuthMethod>,
    /// All public keys, anew; those whose id was there before stay as they were.
    pub keys: Option<Vec<ClientKey>>,
    /// Another address of its keys, or none.
    pub jwks_uri: Option<Option<String>>,
    /// Another certificate, or none.
    pub certificate: Option<Option<ClientCertificate>>,
    /// Another binding of its tokens.
    pub token_binding: Option<TokenBinding>,
    /// Another use of its secret.
    pub secret_use: Option<SecretUse>,
    /// Another quota, or none.
    pub tokens_per_day: Option<Option<i64>>,
    /// Another answer to repeated requests.
    pub repeated_request: Option<RepeatedRequest>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// Other addresses that it may come from.
    pub allowed_ips: Option<Vec<IpNet>>,
    /// Other addresses that it may not come from.
    pub denied_ips: Option<Vec<IpNet>>,
}

/// A client secret, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSecret {
    /// Its id; its random part stands in the secret too.
    pub id: AppSecretId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Until when it holds; `None`: until it is deleted.
    pub ends_at: Option<Timestamp>,
}

/// A client secret to store, or as stored.
#[derive(Clone, Debug)]
pub struct NewAppSecret {
    /// What people see of it.
    pub secret: AppSecret,
    /// Argon2id of it.
    pub hash: SecretHash,
}

/// A client secret with whose it is.
#[derive(Clone, Debug)]
pub struct OwnedAppSecret {
    /// Who holds the app.
    pub org: OrgId,
    /// The app.
    pub app: AppId,
    /// The secret.
    pub secret: NewAppSecret,
}

/// An app as the token endpoint and verification need it.
#[derive(Clone, Debug)]
pub struct VerifiableApp {
    /// The app.
    pub app: App,
    /// Its live secrets.
    pub secrets: Vec<NewAppSecret>,
    /// Its public keys.
    pub keys: Vec<ClientKey>,
    /// Who holds it.
    pub holder: Org,
    /// Each API that it is granted, with what that API's owner decided for the holder; in the order of `app.grants`.
    pub apis: Vec<(Api, ConsumerPolicy)>,
}
