//! Use cases on a database in memory, with a settable clock and a seeded random: one binary, one module a subject.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod accounts;
mod apis;
mod apps;
mod audit;
mod call_paths;
mod certificates;
mod client_assertions;
mod client_keys;
mod consumers;
mod dpop;
mod fetching;
mod hashing;
mod import;
mod invitations;
mod jwt_bearer;
mod keys;
mod management_keys;
mod members;
mod oauth;
mod operator;
mod orgs;
mod outside_subjects;
mod prover;
mod remote_keys;
mod roles;
mod setup;
mod service_accounts;
mod signing;
mod stage;
mod token_exchange;
mod tokens;
mod usage;
mod verify;
mod workloads;
