//! A whole portal to test with: people sign in, make organisations, invite each other, all by the use cases themselves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use latchkey_core::accounts::{self, Identity, User};
use latchkey_core::apis::{self, Api, NewApi, NewScope, ScopeGrant, Visibility};
use latchkey_core::audit::{AuditEntry, AuditFilter};
use latchkey_core::keys::{self, CreatedKey, NewKey};
use latchkey_core::ports::NoMailer;
use latchkey_core::settings::{OrgCreation, Settings};
use latchkey_core::vault::{MasterKey, Vault};
use latchkey_core::{Actor, Caller, Conflict, Core, Error, Parts, orgs, signing};
use latchkey_store::SqliteStore;
use latchkey_types::{CredentialKind, Environment, OrgId, Role, UserId};

use crate::fetching::TestFetcher;
use crate::setup::{MASTER_KEY, TestClock, TestRandom, settings};
pub use crate::setup::{START, page};

/// A core on a database in memory, empty but for its signing keys.
pub struct Portal {
    pub core: Arc<Core>,
    pub store: SqliteStore,
    pub clock: Arc<TestClock>,
}

impl Portal {
    /// Everybody may make organisations; signing keys are loaded.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let store = SqliteStore::in_memory().await.unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START.as_millis())));
        let mut settings = Settings { org_creation: OrgCreation::Anyone, ..settings() };
        change(&mut settings);
        let core = Core::new(Parts {
            store: Arc::new(store.clone()),
            clock: clock.clone(),
            random: Arc::new(TestRandom::new(7)),
            fetcher: Arc::new(TestFetcher::default()),
            mailer: Arc::new(NoMailer),
            vault: Vault::new(MasterKey::from_bytes(MASTER_KEY), None),
            settings,
        });
        signing::load(&core).await.unwrap();
        Self { core, store, clock }
    }

    /// Signs a person in, whose verified address is `<name>@example.com`.
    pub async fn person(&self, name: &str) -> Caller {
        let user = self.sign_in(name, &format!("{name}@example.com"), true).await;
        as_user(&user.id)
    }

    pub async fn sign_in(&self, subject: &str, email: &str, email_verified: bool) -> User {
        let identity = Identity {
            issuer: "https://idp.example".to_owned(),
            subject: subject.to_owned(),
            name: subject.to_owned(),
            email: Some(email.to_owned()),
            email_verified,
        };
        accounts::sign_in(&self.core, identity, None).await.unwrap()
    }

    /// A new organisation, and the person `<slug>-owner` who owns it.
    pub async fn org(&self, slug: &str) -> (OrgId, Caller) {
        let owner = self.person(&format!("{slug}-owner")).await;
        let org = orgs::create(&self.core, &owner, &format!("The {slug}"), slug, None).await.unwrap();
        (org.id, owner)
    }

    /// A person who was invited by the owner and has accepted.
    pub async fn member(&self, slug: &str, owner: &Caller, name: &str, role: Role) -> Caller {
        let person = self.person(name).await;
        let email = format!("{name}@example.com");
        let invited = orgs::invite(&self.core, owner, slug, &email, role).await.unwrap();
        orgs::accept_invitation(&self.core, &person, invited.token.expose()).await.unwrap();
        person
    }

    /// An API of the organisation with the scopes `read` (self-service) and `admin` (by approval).
    pub async fn api(&self, slug: &str, owner: &Caller, audience: &str, visibility: Visibility) -> Api {
        apis::create(&self.core, owner, slug, new_api(audience, visibility)).await.unwrap()
    }

    /// An API key with the scope `read`.
    pub async fn key(&self, slug: &str, caller: &Caller, api: &str) -> CreatedKey {
        keys::create(&self.core, caller, slug, new_key(api)).await.unwrap()
    }

    /// Every row of the audit log, of an organisation or of the whole installation, newest first.
    pub async fn audit(&self, org: Option<&OrgId>) -> Vec<AuditEntry> {
        let filter = AuditFilter { org: org.cloned(), ..AuditFilter::default() };
        let mut page = page();
        let mut rows = Vec::new();
        loop {
            let listed = self.core.store.list_audit(&filter, &page).await.unwrap();
            rows.extend(listed.items);
            if listed.next_cursor.is_none() {
                return rows;
            }
            page.cursor = listed.next_cursor;
        }
    }

    /// What `act` answered, and the actions of the rows that it wrote to the audit log, by name.
    pub async fn audited<T>(&self, act: impl Future<Output = T>) -> (T, Vec<String>) {
        let before: BTreeSet<_> = self.audit(None).await.into_iter().map(|row| row.id).collect();
        let result = act.await;
        let rows = self.audit(None).await;
        let mut actions: Vec<_> =
            rows.into_iter().filter(|row| !before.contains(&row.id)).map(|row| row.action).collect();
        actions.sort();
        (result, actions)
    }
}

pub fn as_user(id: &UserId) -> Caller {
    Caller { actor: Actor::User { id: id.clone(), operator: false }, ip: None }
}

/// The same person as one whom `LATCHKEY_OPERATORS` names.
pub fn as_operator(caller: &Caller) -> Caller {
    Caller { actor: Actor::User { id: id_of(caller), operator: true }, ip: None }
}

pub fn command_line() -> Caller {
    Caller { actor: Actor::CommandLine, ip: None }
}

/// A management key of this organisation (`None`: an operator's) as it acts once it is authenticated.
pub fn management_key(org: Option<&OrgId>, role: Role) -> Caller {
    let id = "mk_0000000000000001".parse().unwrap();
    Caller { actor: Actor::ManagementKey { id, org: org.cloned(), role }, ip: None }
}

pub fn id_of(caller: &Caller) -> UserId {
    match &caller.actor {
        Actor::User { id, .. } => id.clone(),
        other => panic!("not a person: {other:?}"),
    }
}

pub fn new_scope(name: &str, grant: ScopeGrant) -> NewScope {
    NewScope { name: name.to_owned(), description: format!("May {name}"), grant }
}

pub fn new_api(audience: &str, visibility: Visibility) -> NewApi {
    NewApi {
        name: "Orders".to_owned(),
        audience: audience.to_owned(),
        visibility,
        scopes: vec![new_scope("read", ScopeGrant::SelfService), new_scope("admin", ScopeGrant::Approval)],
        token_ttl_seconds: None,
        signing_alg: None,
        token_format: None,
        two_token: None,
        ..NewApi::default()
    }
}

pub fn new_key(api: &str) -> NewKey {
    NewKey {
        kind: CredentialKind::ApiKey,
        name: "checkout".to_owned(),
        api: api.to_owned(),
        environment: Environment::Live,
        scopes: vec!["read".to_owned()],
        expires_at: None,
        owner: None,
        metadata: None,
        labels: None,
        ..NewKey::default()
    }
}

/// The members that are not good, by name.
pub fn bad_fields<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("not refused for its input: {other:?}"),
    }
}

pub fn conflict_of<T: std::fmt::Debug>(result: Result<T, Error>) -> Conflict {
    match result {
        Err(Error::Conflict(conflict, _)) => conflict,
        other => panic!("no conflict: {other:?}"),
    }
}

pub fn is_forbidden<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Forbidden(_)))
}

pub fn is_not_found<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::NotFound))
}
