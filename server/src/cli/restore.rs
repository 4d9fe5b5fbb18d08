//! `latchkey restore FILE`: a copy takes the place of the database.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use latchkey_core::operator as desk;
use latchkey_store::{Database, OpenError, ServingLock};
use latchkey_types::Timestamp;
use serde_json::json;

use super::backup::require_sqlite;
use super::{CommandError, Context, Outcome, operator};
use crate::compose::{self, Installation, StartError};
use crate::config::Settings;

#[derive(Args, Debug)]
pub(super) struct Restore {
    /// A file that `latchkey backup` made
    file: PathBuf,
    /// Revoke every credential and key made or changed since this time, as in 2027-01-31T09:00:00Z, in the backup or in
    /// the database that it replaces: what was revoked after the backup is valid again otherwise
    #[arg(long, value_name = "TIME")]
    revoke_since: Option<Timestamp>,
}

impl Restore {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let settings = context.settings()?;
        let target = require_sqlite(settings.database.expose(), "pg_restore --clean --dbname=DATABASE FILE")?;
        if self.revoke_since.is_some() {
            // what revoking needs is looked at before anything is moved
            compose::vault(&settings)?;
        }
        check_head(&self.file)?;
        let (aside, touched) = self.put_in_place(&settings, &target).await?;
        let unread = touched.as_ref().err().map(ToString::to_string);
        let revoked = match self.revoke_since {
            Some(since) => Some(revoke(&settings, since, touched.unwrap_or_default()).await?),
            None => None,
        };
        let json = json!({ "database": target, "aside": aside, "revoked": revoked, "unread": unread });
        context.output.answer(&json, &describe(&target, aside.as_deref(), revoked, unread.as_deref()));
        Ok(ExitCode::SUCCESS)
    }

    /// Moves what is there aside and the copy into its place, while nobody serves from it. Answers where the old one lies,
    /// and what was made or changed in it; that isn't known where it can't be read any more.
    async fn put_in_place(
        &self,
        settings: &Settings,
        target: &Path,
    ) -> Result<(Option<PathBuf>, Touched), CommandError> {
        let failed = |error: io::Error| CommandError::Failed(format!("{}: {error}", target.display()));
        let (aside, incoming) = (beside(target, ".before-restore"), beside(target, ".incoming"));
        let lock = if target.exists() { Some(hold(target, &aside)?) } else { None };
        let brought = self.bring(&incoming).await;
        if let Err(error) = brought {
            remove(&incoming);
            return Err(error);
        }
        let mut touched = Ok(BTreeSet::new());
        if lock.is_some() {
            touched = touched_since(settings, self.revoke_since).await;
            // by a second name, so that at no moment there is no database; not every file system can do that
            fs::hard_link(target, &aside).or_else(|_| fs::rename(target, &aside)).map_err(failed)?;
        }
        // a log of the old database must not be read into the new one
        for rest in LOGS {
            match fs::rename(beside(target, rest), beside(&aside, rest)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
                _ => {}
            }
        }
        fs::rename(&incoming, target).map_err(failed)?;
        Ok((lock.map(|_| aside), touched))
    }

    /// Copies the backup, for this user alone and down to the disk, and looks whether this program can use it. The backup
    /// itself is only read: it may lie where nothing can be written.
    async fn bring(&self, incoming: &Path) -> Result<(), CommandError> {
        let unusable = |why: String| CommandError::Failed(format!("{} can't be restored: {why}", self.file.display()));
        remove(incoming);
        copy(&self.file, incoming).map_err(|error| unusable(error.to_string()))?;
        let path = incoming.to_str().ok_or_else(|| unusable("the database's name isn't UTF-8".to_owned()))?;
        let checked: Result<(), OpenError> = async {
            let database = Database::open(&format!("sqlite://{path}")).await?;
            let pending = database.pending_migrations().await;
            database.close().await;
            pending.map(drop)
        }
        .await;
        checked.map_err(|error| unusable(error.to_string()))?;
        // nothing was written to it
        for rest in LOGS {
            drop(fs::remove_file(beside(incoming, rest)));
        }
        Ok(())
    }
}

/// What `SQLite` keeps beside a database that is in use.
const LOGS: [&str; 2] = ["-wal", "-shm"];

/// What must not come back, of the database that is replaced.
type Touched = Result<BTreeSet<String>, StartError>;

/// Keeps everybody from serving the database that is there, whatever state it is in.
fn hold(target: &Path, aside: &Path) -> Result<ServingLock, CommandError> {
    if aside.exists() {
        let text = format!("{} is there from an earlier restore; move it away first", aside.display());
        return Err(CommandError::Failed(text));
    }
    Ok(ServingLock::take(target).map_err(StartError::from)?)
}

/// Lets the log of the database that is there go into its file, and reads what was made or changed, if that is asked.
async fn touched_since(settings: &Settings, since: Option<Timestamp>) -> Touched {
    let Some(since) = since else {
        // one that can't be opened is put aside as it is
        if let Ok(database) = Database::open(settings.database.expose()).await {
            database.close().await;
        }
        return Ok(BTreeSet::new());
    };
    let installation = Installation::open(settings, true).await?;
    let touched = desk::touched_since(&installation.core, &operator(), since).await;
    installation.database.close().await;
    Ok(touched?)
}

/// Whether it is a database at all, before anything is moved.
fn check_head(file: &Path) -> Result<(), CommandError> {
    let unusable = |why: String| CommandError::Failed(format!("{} can't be restored: {why}", file.display()));
    let mut head = [0; 16];
    let read = fs::File::open(file).and_then(|mut opened| opened.read_exact(&mut head));
    match read {
        Ok(()) if &head == b"SQLite format 3\0" => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(unusable(error.to_string())),
        _ => Err(unusable("it isn't an SQLite database".to_owned())),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(to)?;
    io::copy(&mut fs::File::open(from)?, &mut written)?;
    written.sync_all()
}

/// Takes away what an attempt left, if anything.
fn remove(incoming: &Path) {
    let _ = fs::remove_file(incoming);
    for rest in LOGS {
        let _ = fs::remove_file(beside(incoming, rest));
    }
}

/// Ends what was made or changed in the database that was replaced, and in the backup itself.
async fn revoke(settings: &Settings, since: Timestamp, mut ids: BTreeSet<String>) -> Result<u64, CommandError> {
    let installation = Installation::open(settings, true).await?;
    let core = &installation.core;
    ids.extend(desk::touched_since(core, &operator(), since).await?);
    let revoked = desk::revoke_touched(core, &operator(), &ids, since).await?;
    installation.database.close().await;
    Ok(revoked)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

fn describe(target: &Path, aside: Option<&Path>, revoked: Option<u64>, unread: Option<&str>) -> String {
    let mut text = format!("{} is restored.", target.display());
    if let Some(aside) = aside {
        text.push_str(&format!(" What was there lies in {}.", aside.display()));
    }
    match revoked {
        Some(count) => text.push_str(&format!(" {count} credentials and keys are revoked.")),
        None => text.push_str(
            "\nWhat was revoked or disabled after the backup is as it was before: look it through, or restore again with --revoke-since TIME.",
        ),
    }
    if let Some(problem) = unread {
        text.push_str(&format!(
            "\nWhat was there can't be read ({problem}): what was revoked in it is live again where it is older than TIME. Look it through."
        ));
    } else if revoked.is_some() && aside.is_none() {
        text.push_str("\nNo database was there: what was revoked after the backup is live again where it is older than TIME. Look it through.");
    }
    text
}
