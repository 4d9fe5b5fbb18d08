//! The command line, one file a subcommand. Answers go to standard output, errors to standard error; exit 1 where a
//! command couldn't, 2 where it or a setting was wrong.

mod backup;
mod dev;
mod doctor;
mod logging;
mod management_key;
mod master_key;
mod migrate;
mod org;
mod output;
mod restore;
mod scan;
mod serve;
mod signing_key;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use latchkey_core::{Actor, Caller, Error};

use crate::compose::StartError;
use crate::config::{ConfigError, Flags, Settings, Source};
use output::Output;

/// Self-hosted developer portal: API keys, tokens, and who may call what.
#[derive(Debug, Parser)]
#[command(name = "latchkey", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Answer in JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal, its API and verification
    Serve(serve::Serve),
    /// Bring the database up to date
    Migrate,
    /// Organisations
    #[command(subcommand)]
    Org(org::Org),
    /// Keys that drive the management API
    #[command(subcommand)]
    ManagementKey(management_key::ManagementKey),
    /// The key that seals the signing keys and peppers the hashes
    #[command(subcommand)]
    MasterKey(master_key::MasterKey),
    /// The keys that sign tokens
    #[command(subcommand)]
    SigningKey(signing_key::SigningKey),
    /// Find secrets of this brand in files, offline
    Scan(scan::Scan),
    /// Copy the SQLite database while it is in use
    Backup(backup::Backup),
    /// Put a copy in the place of the SQLite database
    Restore(restore::Restore),
    /// Check settings, database, keys and clock
    Doctor,
}

/// Why a command didn't do what was asked.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    /// Exit 2.
    #[error("{0}")]
    Usage(String),
    /// Exit 2.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Exit 1, or 2 for a setting.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Exit 1, or 2 for something on the command line that no use case takes.
    #[error(transparent)]
    Core(#[from] Error),
    /// Exit 1.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Start(StartError::Config(_)) | Self::Core(Error::Invalid(_)) => {
                WRONG_USAGE.into()
            }
            _ => ExitCode::FAILURE,
        }
    }

    /// A use case's error; where it didn't find what the command line names, it says what.
    fn about(what: impl FnOnce() -> String) -> impl FnOnce(Error) -> Self {
        |error| match error {
            Error::NotFound => Self::Failed(format!("not found: {}", what())),
            other => Self::Core(other),
        }
    }
}

/// The exit code of a wrong command line or setting.
const WRONG_USAGE: u8 = 2;

/// A command's exit code where nothing went wrong.
type Outcome = Result<ExitCode, CommandError>;

/// What every command gets.
struct Context {
    source: Source,
    output: Output,
}

impl Context {
    /// The settings of a command other than `serve`. Where no master key is given, it is the one that `serve --dev`
    /// made in the data folder, so that commands run beside it as they are.
    fn settings(&self) -> Result<Settings, ConfigError> {
        let mut settings = Settings::load(&self.source, false)?;
        if settings.master_key.current.is_none() && settings.database.expose().starts_with("sqlite:") {
            settings.master_key.current = dev::kept_master_key(&settings)?;
        }
        Ok(settings)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refused(&error),
    };
    let output = Output { json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.error(&format!("no threads: {error}"), ExitCode::FAILURE),
    };
    let outcome = runtime.block_on(run(cli, output));
    // all that counts is written by now; a look-up of a name that still hangs must not hold up the end
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(error) => output.error(&error.to_string(), error.exit_code()),
    }
}

/// Help where it was asked for, else what is wrong with the command line: for people, or in JSON.
fn refused(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if !(json && error.use_stderr()) {
        error.exit();
    }
    let problem = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "a command is missing; --help names them".to_owned()
        }
        _ => {
            let text = error.to_string();
            let first: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
            first.join(" ").trim_start_matches("error: ").to_owned()
        }
    };
    Output { json }.error(&problem, WRONG_USAGE.into())
}

async fn run(cli: Cli, output: Output) -> Outcome {
    let context = Context { source: Source::from_process(&cli.flags)?, output };
    match cli.command {
        Command::Serve(serve) => serve.run(&context).await,
        Command::Migrate => migrate::run(&context).await,
        Command::Org(org) => org.run(&context).await,
        Command::ManagementKey(command) => command.run(&context).await,
        Command::MasterKey(command) => command.run(&context).await,
        Command::SigningKey(command) => command.run(&context).await,
        Command::Scan(scan) => scan.run(&context),
        Command::Backup(backup) => backup.run(&context).await,
        Command::Restore(restore) => restore.run(&context).await,
        Command::Doctor => doctor::run(&context).await,
    }
}

/// The operator at the command line.
fn operator() -> Caller {
    Caller { actor: Actor::CommandLine, ip: None }
}
