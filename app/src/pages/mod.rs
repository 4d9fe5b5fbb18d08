//! One folder an area, one file a page: load through use cases, render a view.

pub mod account;
pub mod apis;
pub mod apps;
pub mod audit;
pub mod catalogue;
pub(crate) mod client_keys;
pub mod docs;
pub mod errors;
pub mod home;
pub mod initial_access_tokens;
pub mod keys;
pub mod members;
pub mod operator;
pub mod orgs;
pub mod service_accounts;
pub mod settings;
pub mod trusted_issuers;
pub mod usage;
pub mod workload_rules;
