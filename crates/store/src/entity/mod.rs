//! What stands in the database, one file an entity; compiled once for each driver.

mod access_requests;
mod accounts;
mod action_tokens;
mod addresses;
mod apis;
mod app_secrets;
mod apps;
mod audit;
mod changes;
mod client_keys;
mod columns;
mod consumers;
mod credential_facts;
mod credentials;
mod deliveries;
mod grants;
mod hashes;
mod idempotency;
mod initial_access_tokens;
mod invitations;
mod keys;
mod leaks;
pub(super) mod limits;
mod lists;
mod management_keys;
mod members;
mod notices;
mod operations;
mod orgs;
mod quotas;
mod replay;
mod secret_ends;
mod service_accounts;
mod sessions;
mod signing;
mod status;
mod tokens;
mod trusted_issuers;
mod usage;
mod usage_series;
mod verification_keys;
mod webhooks;
mod workload_rules;
mod write;

use super::{ANNOUNCE, Db, Store};

/// A row of this driver.
type Row = <Db as sqlx::Database>::Row;
/// A connection of this driver.
type Connection = <Db as sqlx::Database>::Connection;
