//! The words that the browser side and the server share. No I/O, no clock, no randomness.

mod environment;
mod id;
mod kind;
mod outcome;
mod role;
mod scope;
pub mod secret;
mod timestamp;

pub use environment::{Environment, UnknownEnvironment};
pub use id::{
    AccessTokenId, ActionTokenId, ApiId, AppId, AppSecretId, AuditId, DeliveryId, Id, IdError, InitialAccessTokenId,
    InvitationId, KeyId, Kind, LeakId, ManagementKeyId, NoticeId, OrgId, PublicKeyId, RequestId, ServiceAccountId,
    TrustedIssuerId, UserId, VerificationKeyId, WebhookId, WorkloadRuleId,
};
pub use kind::{CredentialKind, CredentialStatus, UnknownKind};
pub use outcome::{Outcome, UnknownOutcome};
pub use role::{Role, UnknownRole};
pub use scope::{Scope, ScopeError, ScopeSet};
pub use timestamp::{Timestamp, TimestampError};
