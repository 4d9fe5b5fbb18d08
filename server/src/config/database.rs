//! `LATCHKEY_DATABASE_URL`: where things are kept.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::source::Source;
use super::{ConfigError, SecretText};

/// The database's URL; it may hold a password.
pub type DatabaseUrl = SecretText;

const DEFAULT: &str = "sqlite://data/latchkey.db";

pub(super) fn read(source: &Source) -> Result<DatabaseUrl, ConfigError> {
    let setting = "LATCHKEY_DATABASE_URL";
    let url = match source.secret("database_url")? {
        Some(url) => url,
        None => SecretText::new(setting, Zeroizing::new(DEFAULT.to_owned()))?,
    };
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if !known.iter().any(|scheme| url.expose().starts_with(scheme)) {
        return Err(ConfigError::new(setting, "must begin with sqlite:// or postgres://"));
    }
    Ok(url)
}

/// The file of an `SQLite` URL; `None` for PostgreSQL and for a database in memory.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        assert_eq!(sqlite_file("sqlite://data/latchkey.db"), Some("data/latchkey.db".into()));
        assert_eq!(sqlite_file("sqlite:///var/lib/a.db?mode=rw"), Some("/var/lib/a.db".into()));
        assert_eq!(sqlite_file("sqlite::memory:"), None);
        assert_eq!(sqlite_file("postgres://localhost/x"), None);
    }
}
