//! Everything that a use case needs, handed in once.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use latchkey_types::{OrgId, Role};

use crate::apis::operations::UnknownCalls;
use crate::attempts::Attempts;
use crate::caller::{Action, Caller};
use crate::clock::Clock;
use crate::error::Error;
use crate::hashing::Hasher;
use crate::leaks;
use crate::limits::Limits;
use crate::orgs::Org;
use crate::ports::{Change, Fetcher, Mailer, Store};
use crate::random::Random;
use crate::remote_keys::RemoteKeys;
use crate::settings::Settings;
use crate::signing::Keyring;
use crate::usage::Recorder;
use crate::vault::Vault;
use crate::verify::Verifier;

/// Wrong secrets that an app or management key may be tried with at once, and then one each.
const WRONG_SECRETS_AT_ONCE: u32 = 10;
const WRONG_SECRET_EACH: Duration = Duration::from_secs(1);
/// Texts that are no secrets of ours that a network may ask to revoke at once, and then one each.
const STRANGE_SECRETS_AT_ONCE: u32 = 20;
const STRANGE_SECRET_EACH: Duration = Duration::from_secs(1);

/// What [`Core::new`] is made of.
pub struct Parts {
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where secrets come from.
    pub random: Arc<dyn Random>,
    /// What fetches keys of other parties, and posts notices.
    pub fetcher: Arc<dyn Fetcher>,
    /// What sends mails.
    pub mailer: Arc<dyn Mailer>,
    /// The master key, and the one before it while it is being changed.
    pub vault: Vault,
    /// What the operator decided.
    pub settings: Settings,
}

/// Everything that a use case needs.
pub struct Core {
    /// Where things are kept.
    pub store: Arc<dyn Store>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where secrets come from.
    pub random: Arc<dyn Random>,
    /// What fetches keys of other parties, and posts notices.
    pub fetcher: Arc<dyn Fetcher>,
    /// What sends mails.
    pub mailer: Arc<dyn Mailer>,
    /// What it fetched.
    pub remote_keys: RemoteKeys,
    /// What the operator decided.
    pub settings: Settings,
    /// How secrets are hashed.
    pub hasher: Hasher,
    /// Wrong secrets per app and management key.
    pub(crate) wrong_secrets: Attempts,
    /// Texts that are no secrets of ours, by network.
    pub(crate) strangers: Attempts,
    /// Whose turn it is to report leaks.
    pub(crate) leak_turns: leaks::Turns,
    /// How many rows of the audit log this process has made.
    pub(crate) audit_rows: AtomicU32,
    /// What seals the signing keys.
    pub vault: Vault,
    /// The signing keys of this moment.
    pub keyring: Arc<Keyring>,
    /// The hot path and its cache.
    pub verifier: Arc<Verifier>,
    /// What was counted since the last flush.
    pub recorder: Arc<Recorder>,
    /// How far this replica's rate limits are used.
    pub limits: Limits,
    /// Calls that no operation was found for, since the last flush.
    pub(crate) unknown_calls: UnknownCalls,
}

/// A caller within one organisation, who may do what was asked.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where.
    pub org: Org,
    /// As what.
    pub role: Role,
}

impl Core {
    /// Puts the parts together and lets the cache listen to what this process commits.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { store, clock, random, fetcher, mailer, vault, settings } = parts;
        let verifier = Arc::new(Verifier::new(&settings, clock.monotonic()));
        let keyring = Arc::new(Keyring::default());
        let (of_listener, keys_of_listener) = (Arc::clone(&verifier), Arc::clone(&keyring));
        store.listen(Arc::new(move |changes| forget(&of_listener, &keys_of_listener, changes)));
        let recorder = Arc::new(Recorder::new(random.as_ref()));
        let hasher = Hasher::new(&vault);
        let wrong_secrets = Attempts::new(WRONG_SECRETS_AT_ONCE, WRONG_SECRET_EACH);
        Arc::new(Self {
            store,
            clock,
            random,
            fetcher,
            mailer,
            remote_keys: RemoteKeys::new(),
            settings,
            hasher,
            wrong_secrets,
            strangers: Attempts::new(STRANGE_SECRETS_AT_ONCE, STRANGE_SECRET_EACH),
            leak_turns: leaks::Turns::new(),
            audit_rows: AtomicU32::new(0),
            vault,
            keyring,
            verifier,
            recorder,
            limits: Limits::default(),
            unknown_calls: UnknownCalls::default(),
        })
    }

    /// Drops from memory what stands on these changes.
    pub(crate) fn forget(&self, changes: &[Change]) {
        forget(&self.verifier, &self.keyring, changes);
    }

    /// The organisation of this slug, where the caller is a member (or an operator) whose role allows `action`.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such organisation or the caller has no part in it, [`Error::Forbidden`]
    /// where the role may not.
    pub async fn enter(&self, caller: &Caller, slug: &str, action: Action) -> Result<Access, Error> {
        let access = self.membership(caller, slug).await?.ok_or(Error::NotFound)?;
        if access.role < action.least_role() {
            return Err(Error::Forbidden(action.who_may()));
        }
        Ok(access)
    }

    async fn membership(&self, caller: &Caller, slug: &str) -> Result<Option<Access>, Error> {
        use crate::caller::Actor;
        let own = |org: Org, of: &OrgId, role: Role| (org.id == *of).then_some(Access { org, role });
        match &caller.actor {
            Actor::User { id, operator } => {
                if let Some(membership) = self.store.membership(slug, id).await? {
                    return Ok(Some(Access { org: membership.org, role: membership.role }));
                }
                if *operator { self.as_operator(slug, Role::Owner).await } else { Ok(None) }
            }
            Actor::ManagementKey { org: Some(of), role, .. } | Actor::ServiceAccount { org: of, role, .. } => {
                Ok(self.store.find_org(slug).await?.and_then(|org| own(org, of, *role)))
            }
            Actor::ManagementKey { org: None, role, .. } => self.as_operator(slug, *role).await,
            Actor::CommandLine | Actor::System => self.as_operator(slug, Role::Owner).await,
        }
    }

    async fn as_operator(&self, slug: &str, role: Role) -> Result<Option<Access>, Error> {
        Ok(self.store.find_org(slug).await?.map(|org| Access { org, role }))
    }
}

fn forget(verifier: &Verifier, keyring: &Keyring, changes: &[Change]) {
    if changes.iter().any(Change::is_of_signing_key) {
        keyring.mark_stale();
    }
    verifier.forget(changes);
}
