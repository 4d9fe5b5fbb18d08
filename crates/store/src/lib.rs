//! The ports of `latchkey-core` on `SQLite` and PostgreSQL.
//!
//! Every entity's statements stand once, in `src/entity`, and are compiled against each driver: `$1` placeholders and
//! our column types (TEXT ids, BIGINT unix milliseconds, BLOB/BYTEA, JSON as TEXT) make the SQL the same. What differs
//! stands in `src/sqlite` and `src/postgres`: connecting, beginning a write, row locks, notifications, migrating.

mod cursor;
mod database;
mod error;
mod listeners;
mod migrations;
mod postgres;
mod search;
mod sqlite;
mod task;

pub use database::{Database, open};
pub use error::OpenError;
pub use postgres::PostgresStore;
pub use sqlite::{ServingLock, SqliteStore};
