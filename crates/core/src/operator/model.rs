use latchkey_types::{CredentialKind, OrgId, Timestamp};

/// What operators and API owners see of a credential, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSummary {
    /// `key_…` or `app_…`.
    pub id: String,
    /// `ApiKey`, `JwtKey` or `App`.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// Who holds it.
    pub org: OrgId,
    /// The holder's slug.
    pub org_slug: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
}
