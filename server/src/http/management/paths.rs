//! The parts of paths, as the operations read them and the description lists them.

use latchkey_types::{
    ActionTokenId, ApiId, AppId, AppSecretId, DeliveryId, InitialAccessTokenId, InvitationId, KeyId, ManagementKeyId,
    PublicKeyId, RequestId, ServiceAccountId, TrustedIssuerId, UserId, VerificationKeyId, WebhookId, WorkloadRuleId,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::Word;

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident { $($(#[$part_doc:meta])* $part:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, IntoParams)]
        #[into_params(parameter_in = Path)]
        pub struct $name {
            $($(#[$part_doc])* #[param(value_type = String)] pub $part: $kind,)*
        }
    )*};
}

paths! {
    /// An organisation.
    OrgPath {
        /// The organisation's slug.
        slug: Word,
    }
    /// A member of it.
    MemberPath {
        /// The organisation's slug.
        slug: Word,
        /// The person: `usr_…`.
        user: UserId,
    }
    /// An invitation to it.
    InvitationPath {
        /// The organisation's slug.
        slug: Word,
        /// The invitation: `inv_…`.
        id: InvitationId,
    }
    /// One of its management keys.
    ManagementKeyPath {
        /// The organisation's slug.
        slug: Word,
        /// The management key: `mk_…`.
        id: ManagementKeyId,
    }
    /// One of its APIs.
    ApiPath {
        /// The organisation's slug.
        slug: Word,
        /// The API: `api_…`.
        id: ApiId,
    }
    /// A verification key of one of its APIs.
    VerificationKeyPath {
        /// The organisation's slug.
        slug: Word,
        /// The API: `api_…`.
        id: ApiId,
        /// The verification key: `vk_…`.
        key: VerificationKeyId,
    }
    /// A request for access to one of its APIs.
    RequestPath {
        /// The organisation's slug.
        slug: Word,
        /// The API: `api_…`.
        id: ApiId,
        /// The access request: `req_…`.
        request: RequestId,
    }
    /// Another organisation that holds credentials for one of its APIs.
    ConsumerPath {
        /// The organisation's slug.
        slug: Word,
        /// The API: `api_…`.
        id: ApiId,
        /// The consumer's slug.
        consumer: Word,
    }
    /// A key for one of its APIs, whoever holds it.
    ConsumerKeyPath {
        /// The organisation's slug.
        slug: Word,
        /// The API: `api_…`.
        id: ApiId,
        /// The key: `key_…`.
        key: KeyId,
    }
    /// One of its keys.
    KeyPath {
        /// The organisation's slug.
        slug: Word,
        /// The key: `key_…`.
        id: KeyId,
    }
    /// One of its apps.
    AppPath {
        /// The organisation's slug.
        slug: Word,
        /// The app: `app_…`.
        id: AppId,
    }
    /// A client secret of one of its apps.
    AppSecretPath {
        /// The organisation's slug.
        slug: Word,
        /// The app: `app_…`.
        id: AppId,
        /// The client secret: `sec_…`.
        secret: AppSecretId,
    }
    /// A public key of one of its apps.
    AppKeyPath {
        /// The organisation's slug.
        slug: Word,
        /// The app: `app_…`.
        id: AppId,
        /// The public key: `pk_…`.
        key: PublicKeyId,
    }
    /// One of its service accounts.
    ServiceAccountPath {
        /// The organisation's slug.
        slug: Word,
        /// The service account: `sa_…`.
        id: ServiceAccountId,
    }
    /// A public key of one of its service accounts.
    ServiceAccountKeyPath {
        /// The organisation's slug.
        slug: Word,
        /// The service account: `sa_…`.
        id: ServiceAccountId,
        /// The public key: `pk_…`.
        key: PublicKeyId,
    }
    /// One of its workload rules.
    WorkloadRulePath {
        /// The organisation's slug.
        slug: Word,
        /// The rule: `wr_…`.
        id: WorkloadRuleId,
    }
    /// An identity provider that it trusts.
    TrustedIssuerPath {
        /// The organisation's slug.
        slug: Word,
        /// The trusted issuer: `ti_…`.
        id: TrustedIssuerId,
    }
    /// One of its initial access tokens.
    InitialAccessTokenPath {
        /// The organisation's slug.
        slug: Word,
        /// The initial access token: `iat_…`.
        id: InitialAccessTokenId,
    }
    /// One of its action tokens.
    ActionTokenPath {
        /// The organisation's slug.
        slug: Word,
        /// The action token: `once_…`.
        id: ActionTokenId,
    }
    /// One of its webhooks.
    WebhookPath {
        /// The organisation's slug.
        slug: Word,
        /// The webhook: `wh_…`.
        id: WebhookId,
    }
    /// What was sent to one of its webhooks.
    DeliveryPath {
        /// The organisation's slug.
        slug: Word,
        /// The webhook: `wh_…`.
        id: WebhookId,
        /// The delivery: `dlv_…`.
        delivery: DeliveryId,
    }
    /// A credential of any kind.
    CredentialPath {
        /// The credential: `key_…` or `app_…`.
        id: Word,
    }
    /// A signing key.
    SigningKeyPath {
        /// The signing key's `kid`.
        kid: Word,
    }
}
