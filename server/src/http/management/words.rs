//! Closed sets of words in bodies and queries, so that the description lists them.

use latchkey_core::apis as core_apis;
use latchkey_core::apps as core_apps;
use latchkey_core::deliveries as core_deliveries;
use latchkey_core::leaks as core_leaks;
use latchkey_core::notices as core_notices;
use latchkey_core::signing as core_signing;
use latchkey_core::usage as core_usage;
use latchkey_core::webhooks as core_webhooks;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a member or a management key may do; each role holds all that the ones before it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads APIs, credentials and usage.
    Viewer,
    /// Also makes and ends keys and apps, reads members.
    Developer,
    /// Also APIs, verification keys, members up to admin, audit, settings.
    Admin,
    /// Also owners.
    Owner,
}

impl From<Role> for latchkey_types::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Developer => Self::Developer,
            Role::Admin => Self::Admin,
            Role::Owner => Self::Owner,
        }
    }
}

impl From<latchkey_types::Role> for Role {
    fn from(role: latchkey_types::Role) -> Self {
        match role {
            latchkey_types::Role::Viewer => Self::Viewer,
            latchkey_types::Role::Developer => Self::Developer,
            latchkey_types::Role::Admin => Self::Admin,
            latchkey_types::Role::Owner => Self::Owner,
        }
    }
}

/// What becomes of a secret that leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LeakResponse {
    /// Nothing: people are told.
    Notify,
    /// It ends after some hours.
    Grace,
    /// It ends at once.
    Revoke,
}

impl From<LeakResponse> for core_leaks::LeakResponse {
    fn from(response: LeakResponse) -> Self {
        match response {
            LeakResponse::Notify => Self::Notify,
            LeakResponse::Grace => Self::Grace,
            LeakResponse::Revoke => Self::Revoke,
        }
    }
}

impl From<core_leaks::LeakResponse> for LeakResponse {
    fn from(response: core_leaks::LeakResponse) -> Self {
        match response {
            core_leaks::LeakResponse::Notify => Self::Notify,
            core_leaks::LeakResponse::Grace => Self::Grace,
            core_leaks::LeakResponse::Revoke => Self::Revoke,
        }
    }
}

/// What became of a secret that was reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeakOutcome {
    /// Nothing: people were told.
    Notified,
    /// It ends at `ends_at`.
    Grace,
    /// It has ended.
    Revoked,
    /// It had ended before.
    AlreadyEnded,
}

impl From<core_leaks::Ending> for LeakOutcome {
    fn from(ending: core_leaks::Ending) -> Self {
        match ending {
            core_leaks::Ending::Kept => Self::Notified,
            core_leaks::Ending::At(_) => Self::Grace,
            core_leaks::Ending::Revoked => Self::Revoked,
            core_leaks::Ending::Before => Self::AlreadyEnded,
        }
    }
}

/// Live or test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The real thing.
    Live,
    /// For trying out.
    Test,
}

impl From<Environment> for latchkey_types::Environment {
    fn from(environment: Environment) -> Self {
        match environment {
            Environment::Live => Self::Live,
            Environment::Test => Self::Test,
        }
    }
}

impl From<latchkey_types::Environment> for Environment {
    fn from(environment: latchkey_types::Environment) -> Self {
        match environment {
            latchkey_types::Environment::Live => Self::Live,
            latchkey_types::Environment::Test => Self::Test,
        }
    }
}

/// The kinds of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// An opaque secret.
    ApiKey,
    /// A long-lived signed JWT.
    JwtKey,
}

impl From<KeyKind> for latchkey_types::CredentialKind {
    fn from(kind: KeyKind) -> Self {
        match kind {
            KeyKind::ApiKey => Self::ApiKey,
            KeyKind::JwtKey => Self::JwtKey,
        }
    }
}

/// The kinds of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// An opaque secret.
    ApiKey,
    /// A long-lived signed JWT.
    JwtKey,
    /// A token from `/oauth/token`.
    AccessToken,
    /// An OAuth2 client.
    App,
    /// A user that is a program.
    ServiceAccount,
}

impl From<latchkey_types::CredentialKind> for CredentialKind {
    fn from(kind: latchkey_types::CredentialKind) -> Self {
        match kind {
            latchkey_types::CredentialKind::ApiKey => Self::ApiKey,
            latchkey_types::CredentialKind::JwtKey => Self::JwtKey,
            latchkey_types::CredentialKind::AccessToken => Self::AccessToken,
            latchkey_types::CredentialKind::App => Self::App,
            latchkey_types::CredentialKind::ServiceAccount => Self::ServiceAccount,
        }
    }
}

/// Where a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It works.
    Active,
    /// Switched off, can be switched on again.
    Disabled,
    /// Ended for good.
    Revoked,
    /// Its time is over.
    Expired,
}

impl From<latchkey_types::CredentialStatus> for Status {
    fn from(status: latchkey_types::CredentialStatus) -> Self {
        match status {
            latchkey_types::CredentialStatus::Active => Self::Active,
            latchkey_types::CredentialStatus::Disabled => Self::Disabled,
            latchkey_types::CredentialStatus::Revoked => Self::Revoked,
            latchkey_types::CredentialStatus::Expired => Self::Expired,
        }
    }
}

impl From<Status> for latchkey_types::CredentialStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Disabled => Self::Disabled,
            Status::Revoked => Self::Revoked,
            Status::Expired => Self::Expired,
        }
    }
}

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

/// Where an action token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ActionTokenStatus {
    /// It can be swapped.
    Pending,
    /// It was swapped.
    Redeemed,
    /// It was ended, and what it was swapped for.
    Revoked,
    /// Nobody swapped it in time.
    Expired,
}

impl From<latchkey_core::action_tokens::ActionTokenStatus> for ActionTokenStatus {
    fn from(status: latchkey_core::action_tokens::ActionTokenStatus) -> Self {
        use latchkey_core::action_tokens::ActionTokenStatus as Core;
        match status {
            Core::Pending => Self::Pending,
            Core::Redeemed => Self::Redeemed,
            Core::Revoked => Self::Revoked,
            Core::Expired => Self::Expired,
        }
    }
}

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

/// How long one point of a series is (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// 60 seconds; kept 48 hours.
    Minute,
    /// Kept 90 days.
    #[default]
    Hour,
    /// Kept for ever.
    Day,
}

impl From<Bucket> for core_usage::Bucket {
    fn from(bucket: Bucket) -> Self {
        match bucket {
            Bucket::Minute => Self::Minute,
            Bucket::Hour => Self::Hour,
            Bucket::Day => Self::Day,
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

/// What a notice is about; the `type` of what is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum NoticeKind {
    /// A credential expires in 30, 7 or 1 days.
    #[serde(rename = "credential.expiring")]
    Expiring,
    /// A credential was revoked.
    #[serde(rename = "credential.revoked")]
    Revoked,
    /// A rate limit, credits or a quota of tokens are used up to 80 or 100 %.
    #[serde(rename = "limit.warning")]
    Limit,
    /// A secret was found where it doesn't belong.
    #[serde(rename = "leak.reported")]
    Leak,
}

impl From<core_notices::NoticeKind> for NoticeKind {
    fn from(kind: core_notices::NoticeKind) -> Self {
        match kind {
            core_notices::NoticeKind::Expiring => Self::Expiring,
            core_notices::NoticeKind::Revoked => Self::Revoked,
            core_notices::NoticeKind::Limit => Self::Limit,
            core_notices::NoticeKind::Leak => Self::Leak,
        }
    }
}

impl From<NoticeKind> for core_notices::NoticeKind {
    fn from(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Expiring => Self::Expiring,
            NoticeKind::Revoked => Self::Revoked,
            NoticeKind::Limit => Self::Limit,
            NoticeKind::Leak => Self::Leak,
        }
    }
}

/// Why nothing is posted to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookDisabledReason {
    /// Somebody switched it off.
    ByHand,
    /// The receiver answered 410 Gone.
    Gone,
}

impl From<core_webhooks::DisabledReason> for WebhookDisabledReason {
    fn from(reason: core_webhooks::DisabledReason) -> Self {
        match reason {
            core_webhooks::DisabledReason::ByHand => Self::ByHand,
            core_webhooks::DisabledReason::Gone => Self::Gone,
        }
    }
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is sent at its time, or being sent.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl From<core_deliveries::DeliveryState> for DeliveryState {
    fn from(state: core_deliveries::DeliveryState) -> Self {
        match state {
            core_deliveries::DeliveryState::Waiting => Self::Waiting,
            core_deliveries::DeliveryState::Delivered => Self::Delivered,
            core_deliveries::DeliveryState::Failed => Self::Failed,
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

/// How strict an organisation is with its credentials, and with those of others for its APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecurityTier {
    /// The least that is done for everybody.
    Low,
    /// Everything has an end.
    Medium,
    /// Short lives, no JWT keys, tokens bound to a key, nothing answered from memory without a look at the change log.
    High,
}

impl From<SecurityTier> for latchkey_core::tiers::SecurityTier {
    fn from(tier: SecurityTier) -> Self {
        match tier {
            SecurityTier::Low => Self::Low,
            SecurityTier::Medium => Self::Medium,
            SecurityTier::High => Self::High,
        }
    }
}

impl From<latchkey_core::tiers::SecurityTier> for SecurityTier {
    fn from(tier: latchkey_core::tiers::SecurityTier) -> Self {
        match tier {
            latchkey_core::tiers::SecurityTier::Low => Self::Low,
            latchkey_core::tiers::SecurityTier::Medium => Self::Medium,
            latchkey_core::tiers::SecurityTier::High => Self::High,
        }
    }
}
