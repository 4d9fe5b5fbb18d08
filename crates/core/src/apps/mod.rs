//! Apps: OAuth2 clients.

mod certificate;
mod create;
mod credentials;
mod delete;
mod disable;
mod get;
mod grants;
mod keys;
mod list;
mod model;
mod new_secret;
mod quota;
mod revoke;
mod secrets;
mod tier;
mod update;

pub use certificate::{CertificateName, MAX_CERTIFICATES, NewCertificate};
pub(crate) use create::draft;
pub use create::{CreatedApp, NewApp, create};
pub use delete::delete;
pub use disable::{disable, enable};
pub use get::get;
pub use grants::{MAX_GRANTS, NewGrant};
pub(crate) use grants::{check as check_grants, for_audit as grants_for_audit};
pub use keys::{add_key, delete_key, list_keys};
pub use list::list;
pub use model::{
    App, AppChange, AppGrant, AppSecret, AuthMethod, ClientCertificate, ClientKey, Exchange, MAX_CLIENT_KEYS,
    NewAppSecret, OwnedAppSecret, RepeatedRequest, SecretUse, TokenBinding, VerifiableApp,
};
pub(crate) use quota::take_from_quota;
pub use quota::{MAX_TOKENS_PER_DAY, QUOTA_WARNINGS, TokenQuota, day_of, token_quotas};
pub use revoke::revoke;
pub use secrets::{CreatedAppSecret, create_secret, delete_secret, list_secrets};
pub use update::{AppPatch, update};

use crate::error::{Conflict, Error};

fn already_revoked() -> Error {
    Error::conflict(Conflict::AlreadyRevoked, "the app is revoked, which is for good; make a new one")
}
