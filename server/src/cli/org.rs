//! `latchkey org create`.

use std::process::ExitCode;

use clap::Subcommand;
use latchkey_core::orgs;
use serde_json::json;

use super::{Context, Outcome, operator};
use crate::compose::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum Org {
    /// Make an organisation
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// What stands in URLs
        #[arg(long)]
        slug: String,
        /// Who becomes its owner at their next sign-in with this verified address
        #[arg(long)]
        owner_email: Option<String>,
    },
}

impl Org {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let Self::Create { name, slug, owner_email } = self;
        let installation = Installation::open(&context.settings()?, true).await?;
        let org = orgs::create(&installation.core, &operator(), &name, &slug, owner_email.as_deref()).await?;
        installation.database.close().await;
        let json = json!({ "id": org.id, "slug": org.slug, "name": org.name });
        context.output.answer(&json, &format!("{}  {}  {}", org.id, org.slug, org.name));
        Ok(ExitCode::SUCCESS)
    }
}
