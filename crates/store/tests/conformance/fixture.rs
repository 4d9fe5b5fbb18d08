//! Things to store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use latchkey_core::AddressRules;
use latchkey_core::accounts::{Identity, User};
use latchkey_core::apis::operations::UnknownOperations;
use latchkey_core::apis::{
    Api, ApiScope, NewVerificationKey, Principals, ScopeGrant, TokenFormat, TwoToken, VerificationKey, Visibility,
};
use latchkey_core::apps::{
    App, AppGrant, AppSecret, AuthMethod, Exchange, NewAppSecret, RepeatedRequest, SecretUse, TokenBinding,
};
use latchkey_core::audit::{AuditFilter, AuditOutcome};
use latchkey_core::hashing::SecretHash;
use latchkey_core::keys::{Generation, GenerationSecret, Key};
use latchkey_core::limits::{LimitMode, OnUnknown, RateLimit};
use latchkey_core::management_keys::{ManagementKey, NewManagementKey};
use latchkey_core::orgs::{Invitation, NewInvitation, Org, OrgSettings};
use latchkey_core::ports::{AuditEntry, Page, Store};
use latchkey_core::signing::SigningAlg;
use latchkey_core::tiers::SecurityTier;
use latchkey_types::{ApiId, AppId, CredentialKind, Environment, Id, Kind, OrgId, Role, ScopeSet, Timestamp, UserId};
use serde_json::{Map, Value};

/// When every test begins.
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// A store, and things that are in it.
pub struct Fixture {
    pub store: Arc<dyn Store>,
    count: AtomicU64,
}

pub fn id<K: Kind>(name: &str) -> Id<K> {
    Id::from_random(&format!("{name:0>16}")).unwrap()
}

pub fn scopes(parameter: &str) -> ScopeSet {
    ScopeSet::from_parameter(parameter).unwrap()
}

pub fn object(json: Value) -> Map<String, Value> {
    match json {
        Value::Object(object) => object,
        _ => panic!("not an object"),
    }
}

pub fn hash(text: &str) -> SecretHash {
    SecretHash::from_phc(format!("$argon2id$v=19$m=1024,t=1,p=1${text}"))
}

pub fn page(limit: u32) -> Page {
    Page { limit, cursor: None }
}

pub fn after(limit: u32, cursor: Option<String>) -> Page {
    Page { limit, cursor }
}

pub fn org(name: &str) -> Org {
    Org {
        id: id(name),
        slug: format!("{name}-slug"),
        name: format!("{name} Ltd"),
        suspended_at: None,
        settings: OrgSettings::default(),
        security_tier: SecurityTier::Low,
        created_at: NOW,
    }
}

pub fn user(name: &str) -> User {
    User {
        id: id(name),
        identity: Identity {
            issuer: "https://idp.example".to_owned(),
            subject: name.to_owned(),
            name: format!("Name of {name}"),
            email: Some(format!("{name}@example.com")),
            email_verified: true,
        },
        created_at: NOW,
        last_sign_in_at: NOW,
    }
}

pub fn invitation(name: &str, org: &OrgId, role: Role) -> NewInvitation {
    let mut token_hash = [7; 32];
    token_hash[..name.len()].copy_from_slice(name.as_bytes());
    NewInvitation {
        invitation: Invitation {
            id: id(name),
            org: org.clone(),
            email: "Guest@Example.com".to_owned(),
            role,
            created_at: NOW,
            expires_at: NOW.plus_seconds(7 * 86_400),
            accepted_at: None,
            revoked_at: None,
        },
        token_hash,
        claim_at_sign_in: false,
    }
}

pub fn management_key(name: &str, org: Option<&OrgId>) -> NewManagementKey {
    NewManagementKey {
        key: ManagementKey {
            id: id(name),
            org: org.cloned(),
            name: name.to_owned(),
            role: Role::Admin,
            created_at: NOW,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        },
        hash: hash(name),
    }
}

pub fn api(name: &str, org: &OrgId) -> Api {
    let scope = |name: &str, grant| ApiScope { name: name.parse().unwrap(), description: format!("May {name}"), grant };
    Api {
        id: id(name),
        org: org.clone(),
        name: format!("{name} API"),
        audience: format!("https://{name}.example"),
        visibility: Visibility::Public,
        scopes: vec![scope("read", ScopeGrant::SelfService), scope("write", ScopeGrant::Approval)],
        token_ttl_seconds: 300,
        signing_alg: SigningAlg::EdDsa,
        token_format: TokenFormat::Jwt,
        call_paths: None,
        principals: Principals::User,
        owner_tier: SecurityTier::Low,
        plans: Vec::new(),
        two_token: TwoToken::Either,
        unknown_operations: UnknownOperations::Lenient,
        created_at: NOW,
    }
}

pub fn verification_key(name: &str, api: &ApiId) -> NewVerificationKey {
    NewVerificationKey {
        key: VerificationKey {
            id: id(name),
            api: api.clone(),
            name: name.to_owned(),
            environments: vec![Environment::Live, Environment::Test],
            created_at: NOW,
            last_used_at: None,
            ends_at: None,
        },
        hash: hash(name),
    }
}

pub fn generation(number: u32) -> Generation {
    Generation {
        number,
        created_at: NOW.plus_seconds(i64::from(number)),
        ends_at: None,
        last_used_at: None,
        jti: None,
        imported: false,
        revoked_at: None,
    }
}

pub fn addresses() -> AddressRules {
    AddressRules {
        allowed: vec!["203.0.113.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()],
        denied: vec!["203.0.113.7/32".parse().unwrap()],
    }
}

pub fn key(name: &str, org: &OrgId, api: &ApiId) -> Key {
    Key {
        id: id(name),
        org: org.clone(),
        api: api.clone(),
        kind: CredentialKind::ApiKey,
        environment: Environment::Live,
        name: format!("Key {name}"),
        scopes: scopes("read write"),
        operations: None,
        expires_at: None,
        owner: Some("Customer_42".to_owned()),
        metadata: object(serde_json::json!({ "plan": "pro", "text": "a\u{0}\"ä" })),
        labels: object(serde_json::json!({ "team": ["a", 1] })),
        rate_limits: Vec::new(),
        credits: None,
        addresses: addresses(),
        created_at: NOW,
        created_by: "usr_00000000000owner".to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
        generations: vec![generation(1)],
    }
}

pub fn rate_limit() -> RateLimit {
    let (mode, on_unknown) = (LimitMode::Exact, OnUnknown::Allow);
    RateLimit { name: "per minute".to_owned(), limit: 100, window_seconds: 60, mode, on_unknown }
}

pub fn secret(text: &str) -> GenerationSecret {
    GenerationSecret::Hash(hash(text))
}

pub fn app(name: &str, org: &OrgId, grants: &[(&ApiId, &str)]) -> App {
    App {
        id: id(name),
        org: org.clone(),
        name: format!("App {name}"),
        grants: grants
            .iter()
            .map(|(api, text)| AppGrant {
                api: (*api).clone(),
                scopes: scopes(text),
                operations: None,
                exchange: vec![Exchange::Delegation],
            })
            .collect(),
        auth_method: AuthMethod::ClientSecretPost,
        jwks_uri: None,
        certificate: None,
        token_binding: TokenBinding::None,
        secret_use: SecretUse::Authenticate,
        tokens_per_day: None,
        repeated_request: RepeatedRequest::NewToken,
        addresses: addresses(),
        rate_limits: vec![rate_limit()],
        created_at: NOW,
        created_by: "usr_00000000000owner".to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    }
}

pub fn app_secret(name: &str) -> NewAppSecret {
    NewAppSecret {
        secret: AppSecret { id: id(name), created_at: NOW, last_used_at: None, ends_at: None },
        hash: hash(name),
    }
}

impl Fixture {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, count: AtomicU64::new(0) }
    }

    /// An audit row for the next write.
    pub fn audit(&self, action: &str) -> AuditEntry {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        AuditEntry {
            id: id(&format!("audit{number}")),
            org: None,
            at: NOW,
            actor_kind: "system".to_owned(),
            actor_id: None,
            action: action.to_owned(),
            target_type: "test".to_owned(),
            target_id: "target".to_owned(),
            outcome: AuditOutcome::Done,
            ip: Some("203.0.113.9".parse().unwrap()),
            detail: Map::new(),
        }
    }

    /// How many audit rows there are of this action.
    pub async fn audited(&self, action: &str) -> usize {
        let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
        self.store.list_audit(&filter, &page(200)).await.unwrap().items.len()
    }

    pub async fn user(&self, name: &str) -> UserId {
        self.store.upsert_user(&user(name), &self.audit("user.sign_in")).await.unwrap().id
    }

    /// An organisation that this person owns.
    pub async fn org(&self, name: &str, owner: &UserId) -> OrgId {
        let org = org(name);
        self.store.insert_org(&org, Some(owner), None, &self.audit("org.create")).await.unwrap();
        org.id
    }

    pub async fn api(&self, name: &str, org: &OrgId) -> ApiId {
        let api = api(name, org);
        self.store.insert_api(&api, &self.audit("api.create")).await.unwrap();
        api.id
    }

    /// The organisation `acme` with the API `orders`.
    pub async fn acme(&self) -> (OrgId, ApiId) {
        let owner = self.user("owner").await;
        let org = self.org("acme", &owner).await;
        let api = self.api("orders", &org).await;
        (org, api)
    }

    pub async fn insert_key(&self, key: &Key) {
        let secret = secret(key.id.as_str());
        self.store.insert_key(key, &secret, &self.audit("key.create")).await.unwrap();
    }

    pub async fn insert_app(&self, app: &App) -> AppId {
        let secret = app_secret(app.id.random_part());
        self.store.insert_app(app, Some(&secret), &[], &self.audit("app.create")).await.unwrap();
        app.id.clone()
    }
}
