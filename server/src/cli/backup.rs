//! `latchkey backup FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use latchkey_store::Database;
use serde_json::json;

use super::{CommandError, Context, Outcome};
use crate::compose::StartError;
use crate::config::sqlite_file;

#[derive(Args, Debug)]
pub(super) struct Backup {
    /// The new file
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let settings = context.settings()?;
        let database = require_sqlite(settings.database.expose(), "pg_dump --format=custom --file=FILE")?;
        // opening would make an empty one, and its copy would look like a backup
        if !database.exists() {
            let nothing = format!("LATCHKEY_DATABASE_URL: {} isn't there: nothing to back up", database.display());
            return Err(CommandError::Failed(nothing));
        }
        let database = Database::open(settings.database.expose()).await.map_err(StartError::from)?;
        database.backup(&self.file).await.map_err(|error| CommandError::Failed(error.to_string()))?;
        database.close().await;
        let text = format!(
            "{} holds the database. It needs the master key to be of use; keep them apart.",
            self.file.display()
        );
        context.output.answer(&json!({ "file": self.file }), &text);
        Ok(ExitCode::SUCCESS)
    }
}

/// On PostgreSQL its own programs do this better.
pub(super) fn require_sqlite(url: &str, instead: &str) -> Result<PathBuf, CommandError> {
    sqlite_file(url)
        .ok_or_else(|| CommandError::Usage(format!("this is for SQLite files; on PostgreSQL use `{instead}`")))
}
