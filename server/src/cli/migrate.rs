//! `latchkey migrate`.

use std::process::ExitCode;

use latchkey_store::Database;
use serde_json::json;

use super::{Context, Outcome};
use crate::compose::StartError;

pub(super) async fn run(context: &Context) -> Outcome {
    let settings = context.settings()?;
    let database = Database::open(settings.database.expose()).await.map_err(StartError::from)?;
    let pending = database.pending_migrations().await.map_err(StartError::from)?;
    database.migrate().await.map_err(StartError::from)?;
    database.close().await;
    let text =
        if pending == 0 { "The database is up to date.".to_owned() } else { format!("Applied {pending} migrations.") };
    context.output.answer(&json!({ "applied": pending }), &text);
    Ok(ExitCode::SUCCESS)
}
