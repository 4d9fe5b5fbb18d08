use latchkey_types::secret::{SecretKind, compose};
use latchkey_types::{InitialAccessTokenId, Timestamp};

use super::{InitialAccessToken, MAX_INITIAL_ACCESS_TOKENS, PURPOSE, StoredInitialAccessToken};
use crate::apps::{NewGrant, check_grants, grants_for_audit};
use crate::caller::{Action, Caller};
use crate::core::Core;
use crate::error::{Conflict, Error};
use crate::keys::refuse_suspended;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::validation::{self, Checked, Checks, wrong};

/// The most clients that one token may register.
pub const MAX_USES: i64 = 10_000;
/// The longest that a token holds, in days.
pub const MAX_DAYS: i64 = 365;
/// How long it holds where nothing is said, in days.
pub const DEFAULT_DAYS: i64 = 7;
const SECONDS_A_DAY: i64 = 86_400;

/// An initial access token to make, as typed.
#[derive(Clone, Debug, Default)]
pub struct NewInitialAccessToken {
    /// What people call it.
    pub name: String,
    /// What each client may ask for at most.
    pub grants: Vec<NewGrant>,
    /// How many clients it may register, 1 to [`MAX_USES`]; `None`: one.
    pub uses: Option<i64>,
    /// Until when it holds, at most [`MAX_DAYS`] ahead; `None`: [`DEFAULT_DAYS`].
    pub expires_at: Option<Timestamp>,
}

/// An initial access token that was just made, once.
#[derive(Clone, Debug)]
pub struct CreatedInitialAccessToken {
    /// What stays visible of it.
    pub token: InitialAccessToken,
    /// `lk_at_…`.
    pub secret: PlainSecret,
}

/// Makes an initial access token. Needs [`Action::ManageInitialAccessTokens`].
///
/// # Errors
/// [`Error::Invalid`] with every bad member; [`Error::Forbidden`] where the organisation is suspended;
/// [`Conflict::TooManyTokens`] beyond [`MAX_INITIAL_ACCESS_TOKENS`].
pub async fn create(
    core: &Core,
    caller: &Caller,
    org: &str,
    new: NewInitialAccessToken,
) -> Result<CreatedInitialAccessToken, Error> {
    let org = core.enter(caller, org, Action::ManageInitialAccessTokens).await?.org;
    refuse_suspended(&org)?;
    let now = core.clock.now();
    let mut checks = Checks::default();
    let name = checks.take(validation::name("name", &new.name));
    let grants = check_grants(core, &org, &new.grants, &mut checks).await?.grants;
    if new.grants.is_empty() {
        checks.note("grants", "name at least one API: a client without any could ask for nothing");
    }
    let uses_left = checks.take(check_uses(new.uses));
    let expires_at = checks.take(check_end(new.expires_at, now).map(Some)).unwrap_or(now);
    checks.finish()?;

    let random = core.random.as_ref();
    let id: InitialAccessTokenId = random::id(random);
    let secret = compose(&core.settings.brand, SecretKind::AccessToken, id.random_part(), &random::bits(random));
    let audit = core
        .audit_entry(caller, Some(&org.id), "initial_access_token.create", ("initial_access_token", id.as_str()))
        .with("name", name.as_str())
        .with("grants", grants_for_audit(&grants))
        .with("uses", uses_left)
        .with("expires_at", expires_at.to_string());
    let created_by = audit.actor().to_owned();
    let token = InitialAccessToken {
        id,
        org: org.id,
        name,
        grants,
        uses_left,
        created_at: now,
        created_by,
        expires_at,
        revoked_at: None,
    };
    let stored = StoredInitialAccessToken { token, mac: core.hasher.mac(PURPOSE, &secret) };
    if core.store.insert_initial_access_token(&stored, &audit).await? {
        return Ok(CreatedInitialAccessToken { token: stored.token, secret: PlainSecret::new(secret) });
    }
    Err(Error::conflict(
        Conflict::TooManyTokens,
        format!("there are {MAX_INITIAL_ACCESS_TOKENS} initial access tokens, which is the most: revoke one first"),
    ))
}

fn check_uses(typed: Option<i64>) -> Checked<i64> {
    let uses = typed.unwrap_or(1);
    if (1..=MAX_USES).contains(&uses) { Ok(uses) } else { wrong("uses", format!("1 to {MAX_USES}")) }
}

fn check_end(typed: Option<Timestamp>, now: Timestamp) -> Checked<Timestamp> {
    let end = typed.unwrap_or_else(|| now.plus_seconds(DEFAULT_DAYS * SECONDS_A_DAY));
    if end <= now {
        return wrong("expires_at", "give a time in the future");
    }
    if end > now.plus_seconds(MAX_DAYS * SECONDS_A_DAY) {
        return wrong("expires_at", format!("at most {MAX_DAYS} days from now"));
    }
    Ok(end)
}
