//! What the pages of the gallery show: one of each, with hostile names.
use latchkey_core::accounts::{Identity, User};
use latchkey_core::apis::operations::{GrantableOperation, UnknownOperations};
use latchkey_core::apis::{
    AccessRequest, AccessRequestStatus, Api, ApiScope, Principals, ScopeGrant, TokenFormat, TwoToken, Visibility,
};
use latchkey_core::apps::{App, AppGrant, AuthMethod, ClientKey, Exchange, RepeatedRequest, SecretUse, TokenBinding};
use latchkey_core::audit::{AuditEntry, AuditOutcome};
use latchkey_core::keys::{Generation, GrantableApi, Key};
use latchkey_core::limits::{CreditRule, Left, LimitMode, LimitState, OnUnknown, Plan, RateLimit, Refill, RefillEvery};
use latchkey_core::operator::CredentialSummary;
use latchkey_core::orgs::{Org, OrgSettings};
use latchkey_core::ports::Listed;
use latchkey_core::service_accounts::{AccountGrants, ServiceAccount};
use latchkey_core::signing::SigningAlg;
use latchkey_core::tiers::SecurityTier;
use latchkey_core::usage::UsagePoint;
use latchkey_core::{Actor, AddressRules, Caller};
use latchkey_types::{CredentialKind, Environment, Id, Kind, Outcome, Role, ScopeSet, Timestamp};

use crate::components::{Chart, ChartRange, FormState, OrgNav, Section};
use crate::context::SignedIn;
use crate::pages;

/// F-27: markup, quotes, a right-to-left override, zero width, four bytes.
pub(crate) const HOSTILE: &str = "<script>alert('1')</script>\"'--\u{202e}gnp\u{200b}🔑 & Söhne";

pub(crate) fn id<K: Kind>(number: u8) -> Id<K> {
    Id::from_random(&format!("7Gk2mPq9XzRtA1{number:02}")).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2027-01-31T09:41:00Z".parse().unwrap()
}

pub(crate) fn ago(minutes: i64) -> Timestamp {
    now().plus_seconds(-60 * minutes)
}

pub(crate) fn scopes(text: &str) -> ScopeSet {
    ScopeSet::from_parameter(text).unwrap()
}

pub(crate) fn org(number: u8, slug: &str, name: &str) -> Org {
    let settings = OrgSettings { max_key_lifetime_days: Some(180), ..OrgSettings::default() };
    Org {
        id: id(number),
        slug: slug.to_owned(),
        name: name.to_owned(),
        suspended_at: None,
        settings,
        security_tier: SecurityTier::Low,
        created_at: ago(90_000),
    }
}

pub(crate) fn nav(section: Section) -> OrgNav {
    let orgs = vec![("acme".to_owned(), "Acme".to_owned()), ("initech".to_owned(), HOSTILE.to_owned())];
    OrgNav { org: org(1, "acme", "Acme"), role: Role::Owner, orgs, section, unread_notices: 3 }
}

pub(crate) fn user() -> User {
    let identity = Identity {
        issuer: "https://id.example".to_owned(),
        subject: "1".to_owned(),
        name: "Ada Lovelace".to_owned(),
        email: Some("ada@acme.example".to_owned()),
        email_verified: true,
    };
    User { id: id(1), identity, created_at: ago(90_000), last_sign_in_at: ago(10) }
}

pub(crate) fn person() -> SignedIn {
    let actor = Actor::User { id: id(1), operator: true };
    SignedIn { user: user(), caller: Caller { actor, ip: None }, session: [1; 32] }
}

pub(crate) fn api(number: u8, name: &str, visibility: Visibility) -> Api {
    let scope = |name: &str, description: &str, grant| ApiScope {
        name: name.parse().unwrap(),
        description: description.to_owned(),
        grant,
    };
    Api {
        id: id(number),
        org: id(1),
        name: name.to_owned(),
        audience: format!("https://api-{number}.acme.example"),
        visibility,
        scopes: vec![
            scope("orders:read", "Reads orders and their lines", ScopeGrant::SelfService),
            scope("orders:write", HOSTILE, ScopeGrant::SelfService),
            scope("refunds:<b>", "Pays money back", ScopeGrant::Approval),
        ],
        token_ttl_seconds: 300,
        signing_alg: SigningAlg::EdDsa,
        token_format: TokenFormat::Jwt,
        call_paths: None,
        plans: plans(),
        principals: Principals::Both,
        owner_tier: SecurityTier::Low,
        two_token: TwoToken::Either,
        unknown_operations: UnknownOperations::Lenient,
        created_at: ago(80_000),
    }
}

fn operations() -> Vec<GrantableOperation> {
    let operation = |id: &str, request: &str, takes: &str| GrantableOperation {
        id: id.to_owned(),
        request: request.to_owned(),
        summary: "List orders".to_owned(),
        scopes: scopes(takes),
    };
    vec![
        operation("listOrders", "GET /v1/orders", "orders:read"),
        operation(HOSTILE, "POST /v1/refunds", "refunds:<b>"),
    ]
}

pub(crate) fn grantable() -> Vec<GrantableApi> {
    vec![
        GrantableApi {
            api: api(1, "Orders", Visibility::Public),
            own: true,
            scopes: scopes("orders:read orders:write refunds:<b>"),
            operations: operations(),
            has_more_operations: false,
            blocked: false,
        },
        GrantableApi {
            api: api(2, HOSTILE, Visibility::Public),
            own: false,
            scopes: scopes("orders:read"),
            operations: Vec::new(),
            has_more_operations: true,
            blocked: false,
        },
    ]
}

pub(crate) fn addresses() -> AddressRules {
    AddressRules {
        allowed: vec!["203.0.113.0/24".parse().unwrap()],
        denied: vec!["203.0.113.7".parse::<std::net::IpAddr>().unwrap().into()],
    }
}

pub(crate) fn rate_limits() -> Vec<RateLimit> {
    let limit = |name: &str, window_seconds, mode| RateLimit {
        name: name.to_owned(),
        limit: 100,
        window_seconds,
        mode,
        on_unknown: OnUnknown::Refuse,
    };
    vec![limit("per minute", 60, LimitMode::Local), limit(HOSTILE, 86_400, LimitMode::Exact)]
}

fn credits() -> CreditRule {
    let refill = Refill { amount: 1_000, every: RefillEvery::Month };
    CreditRule { granted: 1_000, refill: Some(refill), on_unknown: OnUnknown::Allow }
}

fn plans() -> Vec<Plan> {
    vec![Plan { name: HOSTILE.to_owned(), rate_limits: rate_limits(), credits: Some(credits()) }]
}

/// What is left of the limits and credits above.
pub(crate) fn left() -> Left {
    let state = |limit: RateLimit| LimitState {
        name: limit.name.into(),
        limit: limit.limit,
        remaining: 40,
        reset_seconds: 36,
        window_seconds: limit.window_seconds,
        retry_after_seconds: 0,
    };
    Left { rate_limits: rate_limits().into_iter().map(state).collect(), credits: Some(999) }
}

pub(crate) fn key(number: u8, name: &str) -> Key {
    let generation = |number, minutes: i64, ends_at| Generation {
        number,
        created_at: ago(minutes),
        ends_at,
        last_used_at: Some(ago(3)),
        jti: None,
        imported: number == 1,
        revoked_at: None,
    };
    let mut metadata = serde_json::Map::new();
    metadata.insert("plan".to_owned(), HOSTILE.into());
    Key {
        id: id(number),
        org: id(1),
        api: id(1 + number % 2),
        kind: if number % 4 == 3 { CredentialKind::JwtKey } else { CredentialKind::ApiKey },
        environment: if number % 5 == 2 { Environment::Test } else { Environment::Live },
        name: name.to_owned(),
        scopes: scopes("orders:read orders:write"),
        operations: None,
        expires_at: number.is_multiple_of(3).then(|| now().plus_seconds(86_400 * 30)),
        owner: number.is_multiple_of(2).then(|| format!("customer_{number}")),
        metadata,
        labels: serde_json::Map::new(),
        rate_limits: rate_limits(),
        credits: Some(credits()),
        addresses: addresses(),
        created_at: ago(40_000),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        disabled_at: (number % 7 == 5).then(|| ago(60)),
        revoked_at: (number % 7 == 6).then(|| ago(600)),
        revoke_reason: None,
        last_used_at: Some(ago(3)),
        generations: vec![generation(2, 100, None), generation(1, 40_000, Some(now().plus_seconds(3_600)))],
    }
}

pub(crate) fn keys() -> Vec<Key> {
    let names = [
        "Checkout service",
        HOSTILE,
        "Nightly import",
        "Partner: Globex",
        "Mobile backend",
        "Old integration",
        "Billing",
    ];
    (0..50).map(|number| key(number, names[usize::from(number) % names.len()])).collect()
}

pub(crate) fn app() -> App {
    App {
        id: id(1),
        org: id(1),
        name: HOSTILE.to_owned(),
        grants: vec![
            AppGrant {
                api: id(1),
                scopes: scopes("orders:read"),
                operations: None,
                exchange: vec![Exchange::Delegation],
            },
            AppGrant {
                api: id(2),
                scopes: scopes("orders:read"),
                operations: None,
                exchange: vec![Exchange::Delegation],
            },
        ],
        auth_method: AuthMethod::ClientSecretBasic,
        jwks_uri: None,
        certificate: None,
        token_binding: TokenBinding::None,
        secret_use: SecretUse::Authenticate,
        tokens_per_day: None,
        repeated_request: RepeatedRequest::NewToken,
        rate_limits: rate_limits(),
        addresses: addresses(),
        created_at: ago(5_000),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    }
}

pub(crate) fn client_key(number: u8, jwk: &str, expires_in_days: Option<i64>) -> ClientKey {
    ClientKey {
        id: id(number),
        kid: HOSTILE.to_owned(),
        jwk: jwk.to_owned(),
        created_at: ago(9_000),
        expires_at: expires_in_days.map(|days| now().plus_seconds(days * 86_400)),
        last_used_at: expires_in_days.map(|_| ago(7)),
    }
}

/// A key of each kind, one that ends soon and one that has.
pub(crate) fn client_keys() -> Vec<ClientKey> {
    vec![
        client_key(1, r#"{"kty":"EC","crv":"P-256"}"#, None),
        client_key(2, r#"{"kty":"OKP","crv":"Ed25519"}"#, Some(5)),
        client_key(3, r#"{"kty":"RSA"}"#, Some(200)),
        client_key(4, r#"{"kty":"RSA"}"#, Some(-1)),
    ]
}

pub(crate) fn account() -> ServiceAccount {
    ServiceAccount {
        id: id(1),
        org: id(1),
        name: HOSTILE.to_owned(),
        roles: vec![Role::Developer],
        grants: AccountGrants::ByRole,
        rate_limits: rate_limits(),
        addresses: addresses(),
        created_at: ago(5_000),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    }
}

pub(crate) fn points(range: ChartRange) -> Vec<UsagePoint> {
    let (from, to) = range.window(now());
    let length = range.bucket().seconds();
    let bars = (to.as_seconds() - from.as_seconds()) / length;
    (0..bars)
        .flat_map(|bar| {
            let wave = ((bar * 37) % 23) * 11 + bar * 3;
            [
                (Outcome::Valid, wave + 40),
                (Outcome::Issued, wave / 5),
                (Outcome::Expired, if bar % 6 == 0 { wave / 8 + 2 } else { 0 }),
            ]
            .map(|(outcome, count)| UsagePoint {
                from: from.plus_seconds(bar * length),
                credential: Some(Some(HOSTILE.to_owned())),
                generation: Some(1),
                api: None,
                outcome: Some(outcome),
                count,
            })
        })
        .collect()
}

pub(crate) fn chart(range: ChartRange) -> Chart {
    Chart::new(range, now(), &points(range), &pages::usage::by_result)
}

pub(crate) fn listed<T>(items: Vec<T>) -> Listed<T> {
    Listed { items, next_cursor: Some("next".to_owned()) }
}

pub(crate) fn refused() -> FormState {
    FormState::of([
        ("name", HOSTILE.to_owned()),
        ("kind", "jwt_key".to_owned()),
        ("metadata", "</textarea><script>".to_owned()),
    ])
    .with_error("name", "Write 1 to 100 characters.")
    .with_error("metadata", "Write a JSON object.")
}

pub(crate) fn request() -> AccessRequest {
    AccessRequest {
        id: id(1),
        org: id(2),
        org_slug: "initech".to_owned(),
        api: id(1),
        api_name: HOSTILE.to_owned(),
        scopes: scopes("refunds:<b>"),
        reason: HOSTILE.to_owned(),
        status: AccessRequestStatus::Pending,
        created_at: ago(50),
        decided_at: None,
    }
}

pub(crate) fn summary() -> CredentialSummary {
    CredentialSummary {
        id: "key_7Gk2mPq9XzRtA109".to_owned(),
        kind: CredentialKind::ApiKey,
        name: HOSTILE.to_owned(),
        org: id(2),
        org_slug: "initech".to_owned(),
        created_at: ago(50),
        expires_at: None,
        last_used_at: None,
        disabled_at: None,
        revoked_at: None,
    }
}

pub(crate) fn audit_entry(number: u8) -> AuditEntry {
    let mut detail = serde_json::Map::new();
    detail.insert("name".to_owned(), HOSTILE.into());
    AuditEntry {
        id: id(number),
        org: Some(id(1)),
        at: ago(i64::from(number) * 13),
        actor_kind: "user".to_owned(),
        actor_id: Some("usr_7Gk2mPq9XzRtA101".to_owned()),
        action: if number.is_multiple_of(2) { "key.create".to_owned() } else { "member.set_role".to_owned() },
        target_type: "key".to_owned(),
        target_id: "key_7Gk2mPq9XzRtA109".to_owned(),
        outcome: if number % 5 == 4 { AuditOutcome::Denied } else { AuditOutcome::Done },
        ip: Some("203.0.113.9".parse().unwrap()),
        detail,
    }
}
