//! Where a database's migrations stand.

use sqlx::migrate::Migrator;

use crate::OpenError;

/// How many of the program's migrations a database that applied these still lacks.
pub(crate) fn pending(migrator: &Migrator, applied: &[i64]) -> Result<usize, OpenError> {
    if let Some(unknown) = applied.iter().find(|version| !migrator.version_exists(**version)) {
        return Err(OpenError::NewerDatabase(*unknown));
    }
    Ok(migrator.iter().filter(|migration| !applied.contains(&migration.version)).count())
}
