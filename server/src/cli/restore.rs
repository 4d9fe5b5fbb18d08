//! `latchkey restore FILE`: a copy takes the place of the database.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use latchkey_core::operator as desk;
use latchkey_store::{Database, OpenError};
use latchkey_types::Timestamp;
use serde_json::json;

use super::backup::require_sqlite;
use super::{CommandError, Context, Outcome, operator};
use crate::compose::{Installation, StartError};
use crate::config::Settings;

#[derive(Args, Debug)]
pub(super) struct Restore {
    /// A file that `latchkey backup` made
    file: PathBuf,
    /// Revoke every credential made or changed since this time, as in 2027-01-31T09:00:00Z: what was revoked after the
    /// backup is valid again otherwise
    #[arg(long, value_name = "TIME")]
    revoke_since: Option<Timestamp>,
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let settings = context.settings()?;
        let target = require_sqlite(settings.database.expose(), "pg_restore --clean --dbname=DATABASE FILE")?;
        check_copy(&self.file).await?;
        let aside = self.put_in_place(&settings, &target).await?;
        let revoked = match self.revoke_since {
            Some(since) => Some(revoke_since(&settings, since).await?),
            None => None,
        };
        let json = json!({ "database": target, "aside": aside, "revoked": revoked });
        context.output.answer(&json, &describe(&target, aside.as_deref(), revoked));
        Ok(ExitCode::SUCCESS)
    }

    /// Moves what is there aside and the copy into its place, while nobody serves from it. Answers where the old one lies.
    async fn put_in_place(&self, settings: &Settings, target: &Path) -> Result<Option<PathBuf>, CommandError> {
        let failed = |error: std::io::Error| CommandError::Failed(format!("{}: {error}", target.display()));
        if !target.exists() {
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder).map_err(failed)?;
            }
            fs::copy(&self.file, target).map_err(failed)?;
            return Ok(None);
        }
        let database = Database::open(settings.database.expose()).await.map_err(StartError::from)?;
        let _lock = database.lock_for_serving().map_err(StartError::from)?;
        // with the last connection the write-ahead log goes into the file
        database.close().await;
        let aside = beside(target, ".before-restore");
        if aside.exists() {
            return Err(CommandError::Failed(format!(
                "{} is there from an earlier restore; move it away first",
                aside.display()
            )));
        }
        let incoming = beside(target, ".incoming");
        fs::copy(&self.file, &incoming).map_err(failed)?;
        fs::rename(target, &aside).map_err(failed)?;
        for rest in ["-wal", "-shm"] {
            match fs::remove_file(beside(target, rest)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        fs::rename(&incoming, target).map_err(failed)?;
        Ok(Some(aside))
    }
}

/// Whether this program can use the copy, before anything is moved.
async fn check_copy(file: &Path) -> Result<(), CommandError> {
    let unusable = |why: String| CommandError::Failed(format!("{} can't be restored: {why}", file.display()));
    let mut head = [0; 16];
    let read = fs::File::open(file).and_then(|mut opened| std::io::Read::read_exact(&mut opened, &mut head));
    read.map_err(|error| unusable(error.to_string()))?;
    if &head != b"SQLite format 3\0" {
        return Err(unusable("it isn't an SQLite database".to_owned()));
    }
    let path = file.to_str().ok_or_else(|| unusable("its name isn't UTF-8".to_owned()))?;
    let checked: Result<(), OpenError> = async {
        let database = Database::open(&format!("sqlite://{path}")).await?;
        database.pending_migrations().await?;
        database.close().await;
        Ok(())
    }
    .await;
    checked.map_err(|error| unusable(error.to_string()))
}

async fn revoke_since(settings: &Settings, since: Timestamp) -> Result<u64, CommandError> {
    let installation = Installation::open(settings, true).await?;
    let revoked = desk::revoke_since(&installation.core, &operator(), since).await?;
    installation.database.close().await;
    Ok(revoked)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

fn describe(target: &Path, aside: Option<&Path>, revoked: Option<u64>) -> String {
    let mut text = format!("{} is restored.", target.display());
    if let Some(aside) = aside {
        text.push_str(&format!(" What was there lies in {}.", aside.display()));
    }
    match revoked {
        Some(count) => text.push_str(&format!(" {count} credentials are revoked.")),
        None => text.push_str(
            "\nWhat was revoked or disabled after the backup is as it was before: look it through, or restore again with --revoke-since TIME.",
        ),
    }
    text
}
