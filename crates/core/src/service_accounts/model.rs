use ipnet::IpNet;
use latchkey_jose::AddressRules;
use latchkey_types::{ApiId, CredentialStatus, OrgId, Role, ScopeSet, ServiceAccountId, Timestamp};

use crate::apis::operations::GrantedOperations;
use crate::apis::{Api, ConsumerPolicy};
use crate::apps::ClientKey;
use crate::limits::RateLimit;
use crate::orgs::Org;

/// What a service account may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountGrants {
    /// What its role says: from developer on all scopes of every API of its own organisation; a viewer nothing.
    ByRole,
    /// Exactly these, by API id.
    Listed(Vec<AccountGrant>),
}

impl AccountGrants {
    /// The word that bodies and the database use.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ByRole => "by_role",
            Self::Listed(_) => "listed",
        }
    }
}

/// What a service account may ask for at one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountGrant {
    /// Where.
    pub api: ApiId,
    /// What.
    pub scopes: ScopeSet,
    /// What of it by the names of operations; `None`: nothing.
    pub operations: Option<GrantedOperations>,
}

/// A user that is a program: it has roles as a member has, and proves who it is with keys of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its id, and the `sub` and `client_id` of its tokens.
    pub id: ServiceAccountId,
    /// Whose it is.
    pub org: OrgId,
    /// What people call it.
    pub name: String,
    /// What it may do in its organisation; at least one, from the least to the most.
    pub roles: Vec<Role>,
    /// What it may ask for.
    pub grants: AccountGrants,
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

impl ServiceAccount {
    /// The most that its roles allow: each role holds all that the ones before it hold.
    pub fn role(&self) -> Role {
        self.roles.iter().copied().max().unwrap_or(Role::Viewer)
    }

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
}

/// What to change about a service account; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccountChange {
    /// Another name.
    pub name: Option<String>,
    /// All roles, anew.
    pub roles: Option<Vec<Role>>,
    /// All grants, anew.
    pub grants: Option<AccountGrants>,
    /// All rate limits, anew.
    pub rate_limits: Option<Vec<RateLimit>>,
    /// Other addresses that it may come from.
    pub allowed_ips: Option<Vec<IpNet>>,
    /// Other addresses that it may not come from.
    pub denied_ips: Option<Vec<IpNet>>,
}

/// A service account as the token endpoint and verification need it.
#[derive(Clone, Debug)]
pub struct VerifiableServiceAccount {
    /// The account.
    pub account: ServiceAccount,
    /// Its public keys.
    pub keys: Vec<ClientKey>,
    /// Whose it is.
    pub holder: Org,
    /// Each API that it may ask for, with what that API's owner decided for the holder, and which of its scopes: what
    /// `account.grants` comes to.
    pub apis: Vec<(Api, ConsumerPolicy, ScopeSet)>,
}
