//! `latchkey management-key create|list|revoke`.

use std::fmt::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use latchkey_core::Core;
use latchkey_core::management_keys::{self, NewKey};
use latchkey_types::{ManagementKeyId, Role, Timestamp};
use serde_json::{Value, json};

use super::{CommandError, Context, Outcome, operator};
use crate::compose::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum ManagementKey {
    /// Make a key; its secret is shown once
    Create {
        #[command(flatten)]
        whose: Whose,
        /// viewer, developer, admin or owner; an operator's key is an owner everywhere where nothing is said
        #[arg(long, required_unless_present = "operator")]
        role: Option<Role>,
        /// What people call it
        #[arg(long, default_value = "made at the command line")]
        name: String,
        /// Until when it holds, as in 2027-01-31T09:00:00Z
        #[arg(long)]
        expires_at: Option<Timestamp>,
    },
    /// List keys, revoked ones too
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// End a key
    Revoke {
        #[command(flatten)]
        whose: Whose,
        /// `mk_…`
        id: ManagementKeyId,
    },
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// The organisation's slug
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// A key for the whole installation
    #[arg(long)]
    operator: bool,
}

impl ManagementKey {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let installation = Installation::open(&context.settings()?, true).await?;
        let core = &installation.core;
        match self {
            Self::Create { whose, role, name, expires_at } => {
                let new = NewKey { name, role: role.unwrap_or(Role::Owner), expires_at };
                create(context, core, whose.org.as_deref(), new).await?;
            }
            Self::List { whose } => list(context, core, whose.org.as_deref()).await?,
            Self::Revoke { whose, id } => {
                let of = whose.org.as_deref().map_or_else(|| "an operator".to_owned(), |slug| format!("`{slug}`"));
                let revoked = management_keys::revoke(core, &operator(), whose.org.as_deref(), &id).await;
                revoked.map_err(CommandError::about(|| format!("no management key {id} of {of}")))?;
                context.output.answer(&json!({ "id": id, "revoked": true }), &format!("{id} is revoked."));
            }
        }
        installation.database.close().await;
        Ok(ExitCode::SUCCESS)
    }
}

async fn create(context: &Context, core: &Core, org: Option<&str>, new: NewKey) -> Result<(), CommandError> {
    let created =
        management_keys::create(core, &operator(), org, new).await.map_err(CommandError::about(|| no_org(org)))?;
    let secret = created.secret.expose();
    let json = json!({ "id": created.key.id, "organisation": org, "role": created.key.role, "secret": secret });
    context.output.answer(&json, &format!("{}\n{secret}\nThis is the only time that it is shown.", created.key.id));
    Ok(())
}

async fn list(context: &Context, core: &Core, org: Option<&str>) -> Result<(), CommandError> {
    let keys = management_keys::list(core, &operator(), org).await.map_err(CommandError::about(|| no_org(org)))?;
    let items: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "id": key.id, "name": key.name, "role": key.role, "created_at": key.created_at, "expires_at": key.expires_at,
                "last_used_at": key.last_used_at, "revoked_at": key.revoked_at,
            })
        })
        .collect();
    let text = keys.iter().fold(String::new(), |mut text, key| {
        let state = if key.revoked_at.is_some() { "revoked" } else { "live" };
        let _ = write!(
            text,
            "{}{}  {:<9}  {state:<7}  {}",
            if text.is_empty() { "" } else { "\n" },
            key.id,
            key.role,
            key.name
        );
        text
    });
    context.output.answer(&json!({ "items": items }), if text.is_empty() { "There are none." } else { &text });
    Ok(())
}

fn no_org(org: Option<&str>) -> String {
    format!("no organisation `{}`", org.unwrap_or_default())
}
