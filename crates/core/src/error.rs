//! What a use case answers when it can't do what was asked. One type, so that every surface maps it once.

use std::fmt;

/// One member of the input that is not good, and what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The member's name as in the management API, with `/` between levels: `scopes`, `rate_limits/0/limit`.
    pub field: String,
    /// What is wrong and what to do, for the person who typed it. Never a secret.
    pub detail: String,
}

impl FieldError {
    /// An error at this member.
    pub fn new(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: field.into(), detail: detail.into() }
    }
}

/// Why two things don't go together; the word is part of the public problem type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Another organisation has this slug.
    SlugTaken,
    /// Another API of the installation has this audience.
    AudienceTaken,
    /// What is revoked can't be enabled, changed or rotated.
    AlreadyRevoked,
    /// An API with live credentials can't be deleted.
    LiveCredentials,
    /// An organisation can't be left without an owner.
    LastOwner,
    /// Somebody else changed the member's role in the meantime.
    RoleChanged,
    /// A person who is a member already.
    AlreadyMember,
    /// Two live secrets are the most.
    TooManySecrets,
    /// As many public keys as there may be.
    TooManyKeys,
    /// As many workload rules as there may be.
    TooManyRules,
    /// As many initial access tokens as there may be.
    TooManyTokens,
    /// An app that was used can only be revoked.
    AlreadyUsed,
    /// The request or invitation was decided already.
    AlreadyDecided,
    /// A request for access to the same API waits already.
    AlreadyRequested,
    /// The same `Idempotency-Key` is at work right now, or its answer held a secret.
    Idempotency,
    /// The signing key that would come next is not old enough.
    NotYetPublished,
    /// The change breaks more, or less, than whoever asks for it knows.
    PreviewOutdated,
    /// As many webhooks as there may be.
    TooManyWebhooks,
    /// Somebody else changed the secret in the meantime.
    SecretChanged,
    /// Nothing is posted to a webhook that is switched off.
    WebhookDisabled,
    /// Somebody else invited the same address at the same moment.
    AlreadyInvited,
    /// The organisation has as many open invitations as it may have.
    TooManyInvitations,
}

impl Conflict {
    /// The stable word for this conflict.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SlugTaken => "slug-taken",
            Self::AudienceTaken => "audience-taken",
            Self::AlreadyRevoked => "already-revoked",
            Self::LiveCredentials => "live-credentials",
            Self::LastOwner => "last-owner",
            Self::RoleChanged => "role-changed",
            Self::AlreadyMember => "already-member",
            Self::TooManySecrets => "too-many-secrets",
            Self::TooManyKeys => "too-many-keys",
            Self::TooManyRules => "too-many-rules",
            Self::TooManyTokens => "too-many-tokens",
            Self::AlreadyUsed => "already-used",
            Self::AlreadyDecided => "already-decided",
            Self::AlreadyRequested => "already-requested",
            Self::Idempotency => "idempotency",
            Self::NotYetPublished => "not-yet-published",
            Self::PreviewOutdated => "preview-outdated",
            Self::AlreadyInvited => "already-invited",
            Self::TooManyInvitations => "too-many-invitations",
            Self::TooManyWebhooks => "too-many-webhooks",
            Self::SecretChanged => "secret-changed",
            Self::WebhookDisabled => "webhook-disabled",
        }
    }
}

/// A cause that the operator sees in the log and nobody else.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a use case didn't do what was asked.
#[derive(Debug)]
pub enum Error {
    /// Nobody is signed in, or the key is not good: 401.
    Unauthenticated,
    /// The caller's role may not: 403. The text says who may.
    Forbidden(&'static str),
    /// Missing, or another organisation's; the two are the same to the caller: 404.
    NotFound,
    /// Members of the input are not good: 422.
    Invalid(Vec<FieldError>),
    /// It doesn't go together with what is there: 409. The text says what to do.
    Conflict(Conflict, String),
    /// Too many attempts: 429, with the seconds to wait.
    TooMany(u32),
    /// The answer can't be known now: 503.
    Unavailable(Cause),
    /// A fault of ours: 500.
    Internal(Cause),
}

impl Error {
    /// One bad member.
    pub fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, detail)])
    }

    /// A conflict with its explanation.
    pub fn conflict(conflict: Conflict, detail: impl Into<String>) -> Self {
        Self::Conflict(conflict, detail.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => f.write_str("not signed in"),
            Self::Forbidden(who) => write!(f, "not allowed: {who}"),
            Self::NotFound => f.write_str("not found"),
            Self::Invalid(fields) => {
                f.write_str("invalid input")?;
                fields.iter().try_for_each(|field| write!(f, "; {}: {}", field.field, field.detail))
            }
            Self::Conflict(conflict, detail) => write!(f, "{}: {detail}", conflict.code()),
            Self::TooMany(seconds) => write!(f, "too many attempts, wait {seconds} s"),
            Self::Unavailable(cause) => write!(f, "unavailable: {cause}"),
            Self::Internal(cause) => write!(f, "internal: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<crate::ports::StoreError> for Error {
    fn from(error: crate::ports::StoreError) -> Self {
        use crate::ports::StoreError;
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::BadCursor => {
                Self::invalid("cursor", "not a `next_cursor` of this list; leave it out to start anew")
            }
            StoreError::Unavailable(cause) => Self::Unavailable(cause),
            StoreError::Corrupt(_) | StoreError::Taken(_) | StoreError::Stale => Self::Internal(Box::new(error)),
        }
    }
}
