//! `latchkey doctor`: one line a check, exit 1 where one fails.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::ports::{NoFetcher, NoMailer};
use latchkey_core::signing;
use latchkey_core::vault::Vault;
use latchkey_core::{Core, Parts};
use latchkey_store::Database;
use serde_json::{Value, json};

use super::{Context, Outcome};
use crate::compose::{SystemClock, SystemRandom, core_settings};
use crate::config::{Settings, sqlite_file};
use crate::http::tls::Tls;

/// One thing that was looked at: what it is, and what was found or what is wrong.
struct Check {
    name: &'static str,
    found: Result<String, String>,
}

pub(super) async fn run(context: &Context) -> Outcome {
    let mut checks = Vec::new();
    match context.settings() {
        Err(error) => checks.push(Check { name: "settings", found: Err(error.to_string()) }),
        Ok(settings) => {
            checks.extend(about_settings(&settings));
            checks.extend(about_database(&settings).await);
            checks.push(Check { name: "clock", found: clock() });
        }
    }
    let failed = checks.iter().any(|check| check.found.is_err());
    let lines: Vec<String> = checks.iter().map(line).collect();
    context
        .output
        .answer(&json!({ "ok": !failed, "checks": checks.iter().map(item).collect::<Vec<_>>() }), &lines.join("\n"));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn line(check: &Check) -> String {
    match &check.found {
        Ok(found) => format!("ok      {:<13} {found}", check.name),
        Err(problem) => format!("FAILED  {:<13} {problem}", check.name),
    }
}

fn item(check: &Check) -> Value {
    let detail = check.found.as_ref().unwrap_or_else(|problem| problem);
    json!({ "name": check.name, "ok": check.found.is_ok(), "detail": detail })
}

fn about_settings(settings: &Settings) -> Vec<Check> {
    let master_key = match &settings.master_key.current {
        Some(key) => Ok(format!("key {}", key.id())),
        None => Err("LATCHKEY_MASTER_KEY is missing; `latchkey master-key generate` makes one".to_owned()),
    };
    let providers: Vec<&str> = settings.oidc.iter().map(|provider| provider.issuer.as_str()).collect();
    let sign_in = if providers.is_empty() {
        Err("no [[oidc]] provider: nobody can sign in".to_owned())
    } else {
        Ok(providers.join(", "))
    };
    let operators = match settings.operators.len() {
        0 => "none: only the command line may act for the whole installation".to_owned(),
        count => count.to_string(),
    };
    let mut checks = vec![
        Check { name: "settings", found: Ok("each can be used".to_owned()) },
        Check { name: "public URL", found: Ok(settings.public_url.to_string()) },
        Check { name: "sign-in", found: sign_in },
        Check { name: "operators", found: Ok(operators) },
        Check { name: "master key", found: master_key },
    ];
    if let Some(listener) = &settings.client_certificates.listener {
        let loaded = Tls::load(listener, Arc::new(SystemClock::new()));
        let found = loaded.map(|_| listener.certificate_file.display().to_string()).map_err(|error| error.to_string());
        checks.push(Check { name: "TLS listener", found });
    }
    checks
}

async fn about_database(settings: &Settings) -> Vec<Check> {
    if let Some(file) = sqlite_file(settings.database.expose()).filter(|file| !file.exists()) {
        let missing = format!("{} isn't there yet: `latchkey migrate` or the first start makes it", file.display());
        return vec![Check { name: "database", found: Err(missing) }];
    }
    let database = match Database::open(settings.database.expose()).await {
        Ok(database) => database,
        Err(error) => return vec![Check { name: "database", found: Err(error.to_string()) }],
    };
    let store = database.store();
    let ping = store.ping().await.map(|()| "answers".to_owned()).map_err(|error| error.to_string());
    let pending = database.pending_migrations().await;
    let migrated = matches!(pending, Ok(0));
    let migrations = match pending {
        Ok(0) => Ok("all applied".to_owned()),
        Ok(count) => Err(format!("{count} are missing: run `latchkey migrate`")),
        Err(error) => Err(error.to_string()),
    };
    let mut checks = vec![Check { name: "database", found: ping }, Check { name: "migrations", found: migrations }];
    if let Some(current) = settings.master_key.current.clone().filter(|_| migrated) {
        let core = Core::new(Parts {
            store,
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom),
            fetcher: Arc::new(NoFetcher),
            mailer: Arc::new(NoMailer),
            vault: Vault::new(current, settings.master_key.previous.clone()),
            settings: core_settings(settings),
        });
        checks.push(Check { name: "signing keys", found: signing_keys(&core).await });
    }
    database.close().await;
    checks
}

async fn signing_keys(core: &Core) -> Result<String, String> {
    let count = core.store.list_signing_keys().await.map_err(|error| error.to_string())?.len();
    if count == 0 {
        return Ok("none yet; the first start makes them".to_owned());
    }
    signing::load(core).await.map_err(|error| format!("the master key doesn't open them: {error}"))?;
    Ok(format!("{count}, opened by the master key"))
}

/// The clock can't be compared with anybody's offline; one before this program was written is wrong for sure.
fn clock() -> Result<String, String> {
    use latchkey_core::clock::Clock;
    const WRITTEN: Duration = Duration::from_secs(1_767_225_600);
    let now = SystemClock::new().now();
    let written = latchkey_types::Timestamp::from_seconds(i64::try_from(WRITTEN.as_secs()).unwrap_or_default());
    if now < written { Err(format!("{now} is in the past: tokens would expire at once")) } else { Ok(now.to_string()) }
}
