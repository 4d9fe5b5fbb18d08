//! Closed sets of words in bodies and queries, so that the description lists them.

mod apis;
mod apps;
mod credentials;
mod notices;
mod orgs;
mod usage;

pub use self::apis::{PrincipalKind, ScopeGrant, SigningAlg, TokenFormat, TwoToken, UnknownOperations, Visibility};
pub use self::apps::{AuthMethod, Exchange, RepeatedRequest, SecretUse, TokenBinding};
pub use self::credentials::{ActionTokenStatus, CredentialKind, Environment, KeyKind, Status};
pub use self::notices::{DeliveryState, NoticeKind, WebhookDisabledReason};
pub use self::orgs::{LeakOutcome, LeakResponse, Role, SecurityTier};
pub use self::usage::Bucket;
