//! Who asks, and what their role allows.

use std::net::IpAddr;

use latchkey_types::{ManagementKeyId, OrgId, Role, ServiceAccountId, UserId};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person who is signed in.
    User {
        /// Who.
        id: UserId,
        /// Whether `LATCHKEY_OPERATORS` names them.
        operator: bool,
    },
    /// A program with a management key.
    ManagementKey {
        /// Which key.
        id: ManagementKeyId,
        /// Its organisation; `None` for an operator's key.
        org: Option<OrgId>,
        /// What it may do there.
        role: Role,
    },
    /// A program with an access token of a service account.
    ServiceAccount {
        /// Which account.
        id: ServiceAccountId,
        /// Its organisation.
        org: OrgId,
        /// What it may do there.
        role: Role,
    },
    /// The operator at the command line.
    CommandLine,
    /// Latchkey itself: rotation, expiry.
    System,
}

impl Actor {
    /// Whether it acts for the whole installation.
    pub fn is_operator(&self) -> bool {
        match self {
            Self::User { operator, .. } => *operator,
            Self::ManagementKey { org, .. } => org.is_none(),
            Self::ServiceAccount { .. } => false,
            Self::CommandLine | Self::System => true,
        }
    }
}

/// Who asks, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// From where, as `LATCHKEY_TRUSTED_PROXIES` lets us believe it.
    pub ip: Option<IpAddr>,
}

/// What a role may or may not do within an organisation (contract section 10, "Management").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// See the organisation, its APIs, the catalogue and access requests.
    ReadApis,
    /// See keys and apps.
    ReadCredentials,
    /// See usage.
    ReadUsage,
    /// Make and end keys and apps, ask for access.
    ManageCredentials,
    /// See members.
    ReadMembers,
    /// Make, change and delete APIs and their verification keys; decide on consumers and access requests.
    ManageApis,
    /// Invite, change and remove members up to admin.
    ManageMembers,
    /// See the audit log.
    ReadAudit,
    /// Change the organisation's settings.
    ManageSettings,
    /// Make, list and revoke management keys up to one's own role.
    ManageManagementKeys,
    /// Make, change and end service accounts and their keys, up to one's own role.
    ManageServiceAccounts,
    /// Decide which tokens of outside issuers stand for whom.
    ManageWorkloadRules,
    /// Make, list and revoke initial access tokens, with which programs register clients.
    ManageInitialAccessTokens,
    /// Make and unmake owners.
    ManageOwners,
    /// Change the organisation's security tier.
    ManageSecurityTier,
}

impl Action {
    /// Every action, for the role matrix.
    pub const ALL: [Self; 15] = [
        Self::ReadApis,
        Self::ReadCredentials,
        Self::ReadUsage,
        Self::ManageCredentials,
        Self::ReadMembers,
        Self::ManageApis,
        Self::ManageMembers,
        Self::ReadAudit,
        Self::ManageSettings,
        Self::ManageManagementKeys,
        Self::ManageServiceAccounts,
        Self::ManageWorkloadRules,
        Self::ManageInitialAccessTokens,
        Self::ManageOwners,
        Self::ManageSecurityTier,
    ];

    /// The least role that may.
    pub const fn least_role(self) -> Role {
        match self {
            Self::ReadApis | Self::ReadCredentials | Self::ReadUsage => Role::Viewer,
            Self::ManageCredentials | Self::ReadMembers => Role::Developer,
            Self::ManageApis
            | Self::ManageMembers
            | Self::ReadAudit
            | Self::ManageSettings
            | Self::ManageManagementKeys
            | Self::ManageServiceAccounts
            | Self::ManageWorkloadRules
            | Self::ManageInitialAccessTokens => Role::Admin,
            Self::ManageOwners | Self::ManageSecurityTier => Role::Owner,
        }
    }

    /// Who may, as a sentence for the person who may not.
    pub const fn who_may(self) -> &'static str {
        match self.least_role() {
            Role::Viewer => "any member may do this",
            Role::Developer => "a developer, admin or owner of the organisation may do this",
            Role::Admin => "an admin or owner of the organisation may do this",
            Role::Owner => "an owner of the organisation may do this",
        }
    }
}
