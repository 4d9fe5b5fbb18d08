use std::collections::BTreeMap;

use latchkey_types::{OrgId, Timestamp, WorkloadRuleId};

use super::pattern::ClaimPattern;

/// The most rules that an organisation may have.
pub const MAX_WORKLOAD_RULES: usize = 100;

/// Which tokens of an outside issuer stand for an app or service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRule {
    /// Its id.
    pub id: WorkloadRuleId,
    /// Whose it is.
    pub org: OrgId,
    /// `iss`, byte for byte.
    pub issuer: String,
    /// What `aud` is, or holds where it is a list; byte for byte.
    pub audience: String,
    /// What the claims must be, all of them. A name is that of a claim, or, where it starts with `/`, a JSON pointer
    /// (RFC 6901) to a member of one: `/kubernetes.io/namespace`.
    pub claims: BTreeMap<String, ClaimPattern>,
    /// The issuer's keys, a JWK Set as JSON; `None`: by discovery.
    pub jwks: Option<String>,
    /// Whom the tokens stand for: `app_…` or `sa_…` of the organisation.
    pub principal: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: the actor's id.
    pub created_by: String,
}
