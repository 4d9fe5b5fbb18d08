use latchkey_types::ActionTokenId;
use latchkey_types::secret::{SecretKind, compose};

use super::{ActionToken, StoredActionToken, USE};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::Error;
use crate::keys::{check_open, check_scopes, find_grantable, refuse_suspended};
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::{self, Checked, Checks, wrong};

/// The longest that an action token can wait to be swapped, in seconds: a day.
pub const MAX_SECONDS: i64 = 86_400;
/// How long it waits where nothing is said, in seconds.
pub const DEFAULT_SECONDS: i64 = 600;
/// The longest life of what it is swapped for, in seconds. The API's `token_ttl_seconds` may be less, and holds then.
pub const MAX_ACCESS_SECONDS: i64 = 3_600;
/// The same where nothing is said.
pub const DEFAULT_ACCESS_SECONDS: i64 = 300;
/// The most scopes: it is for one action.
pub const MAX_SCOPES: usize = 16;

/// An action token to make, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewActionToken {
    /// The API's id or its audience.
    pub api: String,
    /// What the access token allows, at most [`MAX_SCOPES`].
    pub scopes: Vec<String>,
    /// What it is for.
    pub purpose: String,
    /// How long it can be swapped, 1 to [`MAX_SECONDS`]; `None`: [`DEFAULT_SECONDS`].
    pub expires_in_seconds: Option<i64>,
    /// The longest life of the access token, 1 to [`MAX_ACCESS_SECONDS`]; `None`: [`DEFAULT_ACCESS_SECONDS`].
    pub max_access_seconds: Option<i64>,
}

/// An action token that was just made, once.
#[derive(Clone, Debug)]
pub struct CreatedActionToken {
    /// What stays visible of it.
    pub token: ActionToken,
    /// `lk_once_…`.
    pub secret: PlainSecret,
}

/// Makes an action token. Needs [`Action::ManageCredentials`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] where the organisation is suspended.
pub async fn create(core: &Core, caller: &Caller, org: &str, new: NewActionToken) -> Result<CreatedActionToken, Error> {
    let org = core.enter(caller, org, Action::ManageCredentials).await?.org;
    refuse_suspended(&org)?;
    let found = find_grantable(core, &org, &new.api).await?;
    let mut checks = Checks::default();
    let api = checks.take(check_open("api", found).map(Some));
    let scopes = checks.take(check_scopes("scopes", &new.scopes, api.as_ref()));
    if new.scopes.len() > MAX_SCOPES {
        checks.note("scopes", format!("at most {MAX_SCOPES} scopes: it is for one action"));
    }
    let purpose = checks.take(validation::name("purpose", &new.purpose));
    let waits = checks.take(seconds("expires_in_seconds", new.expires_in_seconds, DEFAULT_SECONDS, MAX_SECONDS));
    let access =
        checks.take(seconds("max_access_seconds", new.max_access_seconds, DEFAULT_ACCESS_SECONDS, MAX_ACCESS_SECONDS));
    checks.finish()?;
    let Some(api) = api else { return Err(Error::invalid("api", "unknown")) };

    let random = core.random.as_ref();
    let now = core.clock.now();
    let id: ActionTokenId = random::id(random);
    let secret = compose(&core.settings.brand, SecretKind::Once, id.random_part(), &random::bits(random));
    let expires_at = now.plus_seconds(i64::from(waits));
    let audit = core
        .audit_entry(caller, Some(&org.id), "action_token.create", ("action_token", id.as_str()))
        .with("api", api.api.id.as_str())
        .with("scopes", scopes.to_string())
        .with("purpose", purpose.as_str())
        .with("max_access_seconds", access)
        .with("expires_at", expires_at.to_string());
    let token = ActionToken {
        id,
        org: org.id,
        api: api.api.id,
        scopes,
        purpose,
        max_access_seconds: access,
        created_at: now,
        created_by: audit.actor().to_owned(),
        expires_at,
        redeemed_at: None,
        revoked_at: None,
    };
    let stored = StoredActionToken { token, mac: core.hasher.mac(USE, &secret) };
    core.store.insert_action_token(&stored, &audit).await?;
    Ok(CreatedActionToken { token: stored.token, secret: PlainSecret::new(secret) })
}

fn seconds(field: &str, typed: Option<i64>, default: i64, most: i64) -> Checked<u32> {
    match u32::try_from(typed.unwrap_or(default)) {
        Ok(seconds) if (1..=most).contains(&i64::from(seconds)) => Ok(seconds),
        _ => wrong(field, format!("1 to {most}")),
    }
}
