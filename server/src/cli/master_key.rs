//! `latchkey master-key generate|rotate`.

use std::process::ExitCode;

use clap::Subcommand;
use latchkey_core::random::bits;
use latchkey_core::signing;
use latchkey_core::vault::MasterKey as Key;
use latchkey_core::webhooks;
use serde_json::json;

use super::{CommandError, Context, Outcome, operator};
use crate::compose::{Installation, SystemRandom};

#[derive(Debug, Subcommand)]
pub(super) enum MasterKey {
    /// Print a new master key
    Generate,
    /// Seal the signing keys and the secrets of webhooks anew, after `LATCHKEY_MASTER_KEY_PREVIOUS` was set to the old key and `LATCHKEY_MASTER_KEY` to a new one
    Rotate,
}

impl MasterKey {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Generate => {
                let key = Key::from_bytes(bits(&SystemRandom));
                let text = key.to_base64();
                context.output.answer(&json!({ "id": key.id(), "master_key": text.as_str() }), &text);
            }
            Self::Rotate => rotate(context).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn rotate(context: &Context) -> Result<(), CommandError> {
    let settings = context.settings()?;
    if settings.master_key.previous.is_none() {
        let text =
            "LATCHKEY_MASTER_KEY_PREVIOUS is missing: put the old key there and a new one in LATCHKEY_MASTER_KEY";
        return Err(CommandError::Usage(text.to_owned()));
    }
    let installation = Installation::open(&settings, true).await?;
    let webhooks = webhooks::reseal(&installation.core, &operator()).await?;
    let sealed = signing::reseal(&installation.core, &operator()).await?;
    installation.database.close().await;
    let text = format!(
        "{sealed} signing keys and the secrets of {webhooks} webhooks are sealed under the new key. Hashes move over as secrets are used: keep \
         LATCHKEY_MASTER_KEY_PREVIOUS until every secret that shall go on working was used once."
    );
    context.output.answer(&json!({ "signing_keys": sealed, "webhooks": webhooks }), &text);
    Ok(())
}
