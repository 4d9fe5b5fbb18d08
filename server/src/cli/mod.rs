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
    /// Exit 1.
    #[error(transparent)]
    Core(#[from] Error),
    /// Exit 1.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Config(_) | Self::Start(StartError::Config(_)) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

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
    let cli = Cli::parse();
    let output = Output { json: cli.json };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.error(&format!("no threads: {error}"), ExitCode::FAILURE),
    };
    match runtime.block_on(run(cli, output)) {
        Ok(code) => code,
        Err(error) => output.error(&error.to_string(), error.exit_code()),
    }
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
