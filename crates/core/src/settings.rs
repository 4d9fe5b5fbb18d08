//! What the operator decided for the whole installation.

use std::time::Duration;

use crate::leaks::LeakReporter;

/// Who may make organisations (`LATCHKEY_ORG_CREATION`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrgCreation {
    /// Operators.
    #[default]
    Operators,
    /// Everybody who can sign in.
    Anyone,
}

/// Whom `LATCHKEY_OPERATORS` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OperatorRule {
    /// `issuer|subject`.
    Identity {
        /// The provider's issuer, byte for byte.
        issuer: String,
        /// The person's subject there.
        subject: String,
    },
    /// A verified address at a provider with `trust_email`.
    Email(String),
}

/// What the operator decided for the whole installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// First word of every secret.
    pub brand: String,
    /// `iss` of every token, byte for byte the public URL.
    pub issuer: String,
    /// Who may make organisations.
    pub org_creation: OrgCreation,
    /// Who runs the whole portal.
    pub operators: Vec<OperatorRule>,
    /// How long the cache may be trusted without a look at the change log.
    pub max_staleness: Duration,
    /// Whose reports of leaked secrets are believed.
    pub leak_reporters: Vec<LeakReporter>,
}
