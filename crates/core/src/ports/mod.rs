//! What the use cases need from outside: the stores. Small traits, one an entity; every multi-step write is one method.
//!
//! A write takes the [`AuditEntry`] that goes with it and commits both, with the rows of `changes` that tell
//! other replicas, in one transaction. When the method returns `Ok`, the change is durable and every listener
//! given to [`ChangeLog::listen`] has run. Where the condition of a conditional write doesn't hold
//! nothing is written, the audit row included, and the answer says so.

mod accounts;
mod action_tokens;
mod apis;
mod apps;
mod audit;
mod changes;
mod client_keys;
mod credential_facts;
mod deliveries;
mod fetch;
mod idempotency;
mod initial_access_tokens;
mod keys;
mod leaks;
mod limits;
mod mail;
mod notices;
mod operations;
mod orgs;
mod quotas;
mod replay;
mod service_accounts;
mod sessions;
mod signing;
mod tokens;
mod trusted_issuers;
mod usage;
mod webhooks;
mod workloads;

use std::error::Error;

pub use accounts::AccountStore;
pub use action_tokens::ActionTokenStore;
pub use apis::ApiStore;
pub use apps::AppStore;
pub use audit::AuditStore;
pub use changes::{Change, ChangeListener, ChangeLog};
pub use client_keys::ClientKeyStore;
pub use credential_facts::CredentialFactsStore;
pub use deliveries::DeliveryStore;
pub use fetch::{FetchError, Fetcher, NoFetcher, Posted};
pub use idempotency::{IdempotencyRecord, IdempotencyStart, IdempotencyStore};
pub use initial_access_tokens::InitialAccessTokenStore;
pub use keys::{CredentialStore, KeyStore};
pub use leaks::LeakStore;
pub use limits::{Counters, CreditPool, ExactLimit, Exhausted, LimitStore, LocalUse, Spend, Standing};
pub use mail::{Mail, MailError, Mailer, NoMailer};
pub use notices::NoticeStore;
pub use operations::OperationStore;
pub use orgs::{Membership, OrgStore};
pub use quotas::{QuotaStore, QuotaUse};
pub use replay::ReplayStore;
pub use service_accounts::ServiceAccountStore;
pub use sessions::{SessionRow, SessionStore, Slot};
pub use signing::{ResealedKey, SigningKeyStore};
pub use tokens::TokenStore;
pub use trusted_issuers::TrustedIssuerStore;
pub use usage::{LastUse, MAX_NETWORKS, SeenNetwork, UsageBatch, UsageRow, UsageStore};
pub use webhooks::WebhookStore;
pub use workloads::WorkloadRuleStore;

pub use crate::audit::AuditEntry;

/// Why a store couldn't.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No such row, or not in the organisation that was named.
    #[error("no such row")]
    NotFound,
    /// A unique value is taken; the text names the column.
    #[error("{0} is taken")]
    Taken(&'static str),
    /// The row is no longer what the caller read.
    #[error("the row has changed")]
    Stale,
    /// The cursor of a page is none that the list gave.
    #[error("not a cursor of this list")]
    BadCursor,
    /// The database can't be asked now.
    #[error("the database can't be asked: {0}")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What stands in the database can't be read.
    #[error("a row can't be read: {0}")]
    Corrupt(#[source] Box<dyn Error + Send + Sync>),
}

/// One page of a list, asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most this many items, 1 to 200.
    pub limit: u32,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page of a list, answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Where the next page starts, if there is one.
    pub next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// The same page of other things.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Listed<U> {
        Listed { items: self.items.into_iter().map(convert).collect(), next_cursor: self.next_cursor }
    }
}

/// All stores of one database.
pub trait Store:
    AccountStore
    + ActionTokenStore
    + ApiStore
    + AppStore
    + AuditStore
    + ChangeLog
    + ClientKeyStore
    + CredentialFactsStore
    + CredentialStore
    + DeliveryStore
    + IdempotencyStore
    + InitialAccessTokenStore
    + KeyStore
    + NoticeStore
    + LeakStore
    + LimitStore
    + OperationStore
    + OrgStore
    + QuotaStore
    + ReplayStore
    + ServiceAccountStore
    + SessionStore
    + SigningKeyStore
    + TokenStore
    + TrustedIssuerStore
    + UsageStore
    + WebhookStore
    + WorkloadRuleStore
{
}

impl<T> Store for T where
    T: AccountStore
        + ActionTokenStore
        + ApiStore
        + AppStore
        + AuditStore
        + ChangeLog
        + ClientKeyStore
        + CredentialFactsStore
        + CredentialStore
        + DeliveryStore
        + IdempotencyStore
        + InitialAccessTokenStore
        + KeyStore
        + NoticeStore
        + LeakStore
        + LimitStore
        + OperationStore
        + OrgStore
        + QuotaStore
        + ReplayStore
        + ServiceAccountStore
        + SessionStore
        + SigningKeyStore
        + TokenStore
        + TrustedIssuerStore
        + UsageStore
        + WebhookStore
        + WorkloadRuleStore
{
}
