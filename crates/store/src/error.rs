//! What can go wrong, as the ports name it.

use std::path::PathBuf;

use latchkey_core::ports::StoreError;
use sqlx::error::{DatabaseError, ErrorKind};

/// Why a database couldn't be opened, migrated, locked or copied: for the operator, in one line.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite:` nor `postgres:`, or not a URL. Never shows the URL: it may hold a password.
    #[error("the database URL is not good: {0}")]
    Url(String),
    /// The database doesn't answer, or refuses.
    #[error("the database can't be opened: {0}")]
    Database(#[from] sqlx::Error),
    /// A file or folder can't be used.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another process serves from this file.
    #[error("another process serves from {}: stop it first", .0.display())]
    Served(PathBuf),
    /// The database was migrated by a newer program.
    #[error("the database is newer than this program (it has migration {0}): start the newer program")]
    NewerDatabase(i64),
    /// A migration didn't work.
    #[error("the database can't be migrated: {0}")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database's own kind can't do this.
    #[error("{0}")]
    Unsupported(&'static str),
}

impl From<sqlx::migrate::MigrateError> for OpenError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => Self::NewerDatabase(version),
            error => Self::Migration(error),
        }
    }
}

/// Unique indexes and keys, as PostgreSQL and as `SQLite` name them, with the column that [`StoreError::Taken`] names.
const UNIQUE: [(&str, &str, &str); 11] = [
    ("orgs_slug", "orgs.slug", "slug"),
    ("apis_audience", "apis.audience", "audience"),
    ("members_pkey", "members.org_id, members.user_id", "member"),
    ("access_requests_one_pending", "access_requests.org_id, access_requests.api_id", "pending"),
    ("invitations_token_hash", "invitations.token_hash", "token_hash"),
    ("key_generations_jti", "key_generations.jti", "jti"),
    ("key_generations_imported_index", "key_generations.imported_index", "imported_index"),
    ("signing_keys_one_active", "signing_keys.alg", "state"),
    ("signing_keys_one_next", "signing_keys.alg", "state"),
    ("public_keys_holder_kid", "public_keys.holder, public_keys.kid", "kid"),
    ("trusted_issuers_org_issuer", "trusted_issuers.org_id, trusted_issuers.issuer", "issuer"),
];

/// A driver's error as the ports name it.
pub(crate) fn failed(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::RowNotFound => StoreError::NotFound,
        sqlx::Error::Database(database) => match database.kind() {
            ErrorKind::UniqueViolation => StoreError::Taken(taken(database.as_ref())),
            // Names a row that isn't there.
            ErrorKind::ForeignKeyViolation => StoreError::NotFound,
            _ if is_fault_of_ours(database.as_ref()) => StoreError::Corrupt(Box::new(error)),
            _ => StoreError::Unavailable(Box::new(error)),
        },
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. } => StoreError::Corrupt(Box::new(error)),
        _ => StoreError::Unavailable(Box::new(error)),
    }
}

fn taken(error: &dyn DatabaseError) -> &'static str {
    UNIQUE
        .iter()
        .find(|(constraint, columns, _)| match error.constraint() {
            Some(name) => name == *constraint,
            None => error.message().ends_with(columns),
        })
        .map_or("id", |(_, _, column)| column)
}

/// Whether waiting won't help: a statement or a value that the database refuses, or a damaged file.
fn is_fault_of_ours(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // https://www.sqlite.org/rescode.html; the low byte is the primary code.
        const ERROR: i32 = 1;
        const CORRUPT: i32 = 11;
        const CONSTRAINT: i32 = 19;
        const MISMATCH: i32 = 20;
        const NOT_A_DATABASE: i32 = 26;
        return code
            .parse::<i32>()
            .is_ok_and(|code| matches!(code & 0xff, ERROR | CORRUPT | CONSTRAINT | MISMATCH | NOT_A_DATABASE));
    }
    // https://www.postgresql.org/docs/current/errcodes-appendix.html: data exception, integrity, syntax or missing table,
    // damaged data.
    ["22", "23", "42"].iter().any(|class| code.starts_with(class)) || matches!(&*code, "XX001" | "XX002")
}

/// A value in a row that can't be read.
pub(crate) fn corrupt(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StoreError {
    StoreError::Corrupt(cause.into())
}
