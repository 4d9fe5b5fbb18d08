//! What forms post to: parse, one call into core, 303. A refused form goes back to its page with what was typed.

pub mod account;
pub mod action_tokens;
pub mod apis;
pub mod apps;
pub mod check;
mod client_keys;
pub mod initial_access_tokens;
pub mod keys;
pub mod management_keys;
pub mod notices;
pub mod operations;
pub mod operator;
pub mod orgs;
pub mod security_tier;
pub mod service_accounts;
pub mod trusted_issuers;
pub mod webhooks;
pub mod workload_rules;
