//! `latchkey signing-key list|rotate|revoke`.

use std::process::ExitCode;

use clap::Subcommand;
use latchkey_core::signing::{self, SigningAlg, SigningKeyInfo};
use serde_json::{Value, json};

use super::{CommandError, Context, Outcome, operator};
use crate::compose::Installation;

#[derive(Debug, Subcommand)]
pub(super) enum SigningKey {
    /// List the keys
    List,
    /// Let the next key sign, once it was published long enough
    Rotate {
        /// The keys of this algorithm
        #[arg(long, default_value = "EdDSA", value_parser = algorithm)]
        alg: SigningAlg,
    },
    /// End a key: nothing that it signed holds any more
    Revoke {
        /// The key's id
        kid: String,
    },
}

impl SigningKey {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let installation = Installation::open(&context.settings()?, true).await?;
        let core = &installation.core;
        signing::load(core).await?;
        match self {
            Self::List => {}
            Self::Rotate { alg } => signing::rotate(core, &operator(), alg).await?,
            Self::Revoke { kid } => {
                let revoked = signing::revoke(core, &operator(), &kid).await;
                revoked.map_err(CommandError::about(|| format!("no signing key {kid}")))?;
            }
        }
        let keys = signing::list(core, &operator()).await?;
        installation.database.close().await;
        let items: Vec<Value> = keys.iter().map(item).collect();
        let lines: Vec<String> = keys
            .iter()
            .map(|key| format!("{:<7}  {}  {}  {}", key.state.as_str(), key.alg.as_str(), key.created_at, key.kid))
            .collect();
        context.output.answer(&json!({ "items": items }), &lines.join("\n"));
        Ok(ExitCode::SUCCESS)
    }
}

fn algorithm(word: &str) -> Result<SigningAlg, &'static str> {
    SigningAlg::from_word(word).ok_or("EdDSA, ES256 or RS256")
}

fn item(key: &SigningKeyInfo) -> Value {
    json!({
        "kid": key.kid, "alg": key.alg.as_str(), "state": key.state.as_str(), "created_at": key.created_at,
        "activated_at": key.activated_at, "retired_at": key.retired_at, "revoked_at": key.revoked_at,
    })
}
