//! Use cases on a database in memory, with a settable clock and a seeded random: one binary, one module a subject.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod accounts;
mod apis;
mod apps;
mod audit;
mod consumers;
mod hashing;
mod invitations;
mod keys;
mod management_keys;
mod members;
mod oauth;
mod operator;
mod orgs;
mod roles;
mod setup;
mod signing;
mod stage;
mod usage;
mod verify;
