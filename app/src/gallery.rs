//! Every page with sample content whose names are as hostile as names can be, held to what all pages promise.
//! With `LATCHKEY_GALLERY` naming a folder the pages are also written there, to be looked at.

use std::collections::BTreeSet;

use latchkey_core::accounts::{Identity, User};
use latchkey_core::apis::{
    AccessRequest, AccessRequestStatus, Api, ApiScope, Consumer, ConsumerDetail, ConsumerPolicy, ScopeGrant,
    VerificationKey, Visibility,
};
use latchkey_core::apps::{App, AppGrant, AppSecret, AuthMethod};
use latchkey_core::audit::{AuditEntry, AuditOutcome};
use latchkey_core::keys::{Generation, GrantableApi, Key};
use latchkey_core::management_keys::ManagementKey;
use latchkey_core::operator::CredentialSummary;
use latchkey_core::orgs::{Invitation, Member, Org, OrgSettings};
use latchkey_core::ports::{Listed, Membership, SessionRow};
use latchkey_core::usage::UsagePoint;
use latchkey_core::{Actor, Caller};
use latchkey_types::{CredentialKind, Environment, Id, Kind, Outcome, Role, ScopeSet, Timestamp};
use leptos::prelude::*;

use crate::components::{Chart, ChartRange, Flash, FormState, OrgNav, Section, bare_layout, org_layout, plain_layout};
use crate::context::{Provider, SignInError, SignedIn};
use crate::pages;
use crate::shell::{document, render};

/// F-27: markup, quotes, a right-to-left override, zero width, four bytes.
const HOSTILE: &str = "<script>alert('1')</script>\"'--\u{202e}gnp\u{200b}🔑 & Söhne";

fn id<K: Kind>(number: u8) -> Id<K> {
    Id::from_random(&format!("7Gk2mPq9XzRtA1{number:02}")).unwrap()
}

fn now() -> Timestamp {
    "2027-01-31T09:41:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now().plus_seconds(-60 * minutes)
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::from_parameter(text).unwrap()
}

fn org(number: u8, slug: &str, name: &str) -> Org {
    let settings = OrgSettings { max_key_lifetime_days: Some(180) };
    Org {
        id: id(number),
        slug: slug.to_owned(),
        name: name.to_owned(),
        suspended_at: None,
        settings,
        created_at: ago(90_000),
    }
}

fn nav(section: Section) -> OrgNav {
    let orgs = vec![("acme".to_owned(), "Acme".to_owned()), ("initech".to_owned(), HOSTILE.to_owned())];
    OrgNav { org: org(1, "acme", "Acme"), role: Role::Owner, orgs, section }
}

fn user() -> User {
    let identity = Identity {
        issuer: "https://id.example".to_owned(),
        subject: "1".to_owned(),
        name: "Ada Lovelace".to_owned(),
        email: Some("ada@acme.example".to_owned()),
        email_verified: true,
    };
    User { id: id(1), identity, created_at: ago(90_000), last_sign_in_at: ago(10) }
}

fn person() -> SignedIn {
    let actor = Actor::User { id: id(1), operator: true };
    SignedIn { user: user(), caller: Caller { actor, ip: None }, session: [1; 32] }
}

fn api(number: u8, name: &str, visibility: Visibility) -> Api {
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
        created_at: ago(80_000),
    }
}

fn grantable() -> Vec<GrantableApi> {
    vec![
        GrantableApi {
            api: api(1, "Orders", Visibility::Public),
            own: true,
            scopes: scopes("orders:read orders:write refunds:<b>"),
            blocked: false,
        },
        GrantableApi {
            api: api(2, HOSTILE, Visibility::Public),
            own: false,
            scopes: scopes("orders:read"),
            blocked: false,
        },
    ]
}

fn key(number: u8, name: &str) -> Key {
    let generation = |number, minutes: i64, ends_at| Generation {
        number,
        created_at: ago(minutes),
        ends_at,
        last_used_at: Some(ago(3)),
        jti: None,
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
        expires_at: number.is_multiple_of(3).then(|| now().plus_seconds(86_400 * 30)),
        owner: number.is_multiple_of(2).then(|| format!("customer_{number}")),
        metadata,
        labels: serde_json::Map::new(),
        allowed_ips: vec!["203.0.113.0/24".parse().unwrap()],
        created_at: ago(40_000),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        disabled_at: (number % 7 == 5).then(|| ago(60)),
        revoked_at: (number % 7 == 6).then(|| ago(600)),
        revoke_reason: None,
        generations: vec![generation(2, 100, None), generation(1, 40_000, Some(now().plus_seconds(3_600)))],
    }
}

fn keys() -> Vec<Key> {
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

fn app() -> App {
    App {
        id: id(1),
        org: id(1),
        name: HOSTILE.to_owned(),
        grants: vec![
            AppGrant { api: id(1), scopes: scopes("orders:read") },
            AppGrant { api: id(2), scopes: scopes("orders:read") },
        ],
        auth_method: AuthMethod::ClientSecretBasic,
        created_at: ago(5_000),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        disabled_at: None,
        revoked_at: None,
        revoke_reason: None,
        last_used_at: None,
    }
}

fn points(range: ChartRange) -> Vec<UsagePoint> {
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

fn chart(range: ChartRange) -> Chart {
    Chart::new(range, now(), &points(range), &pages::usage::by_result)
}

fn in_org(section: Section, flash: Option<Flash>, content: impl FnOnce(&OrgNav) -> AnyView) -> String {
    render(|| {
        let nav = nav(section);
        org_layout(&person(), &nav, flash, content(&nav))
    })
}

fn plain(section: Section, content: impl FnOnce() -> AnyView) -> String {
    render(|| plain_layout(&person(), section, None, content()))
}

fn listed<T>(items: Vec<T>) -> Listed<T> {
    Listed { items, next_cursor: Some("next".to_owned()) }
}

fn refused() -> FormState {
    FormState::of([
        ("name", HOSTILE.to_owned()),
        ("kind", "jwt_key".to_owned()),
        ("metadata", "</textarea><script>".to_owned()),
    ])
    .with_error("name", "Write 1 to 100 characters.")
    .with_error("metadata", "Write a JSON object.")
}

fn api_detail(nav: &OrgNav) -> AnyView {
    let policy = ConsumerPolicy { metadata: None, scopes: scopes("refunds:<b>"), blocked_at: None };
    let consumer = Consumer { org: org(2, "initech", HOSTILE), policy, credentials: 1, last_used_at: Some(ago(5)) };
    pages::apis::detail::content(&pages::apis::detail::ApiDetail {
        nav: nav.clone(),
        api: api(1, "Orders", Visibility::Public),
        verification_keys: Some(vec![VerificationKey {
            id: id(1),
            api: id(1),
            name: HOSTILE.to_owned(),
            environments: vec![Environment::Live, Environment::Test],
            created_at: ago(500),
            last_used_at: Some(ago(1)),
        }]),
        consumers: vec![ConsumerDetail { consumer, credentials: vec![summary()] }],
        requests: vec![request()],
        form: FormState::default(),
        secret: Some("lk_verify_7Gk2mPq9XzRtA1b2_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13jZRME".to_owned()),
        now: now(),
    })
}

fn request() -> AccessRequest {
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

fn summary() -> CredentialSummary {
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

fn audit_entry(number: u8) -> AuditEntry {
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

fn members_page(nav: &OrgNav) -> AnyView {
    let member = |number, name: &str, role| Member {
        user: id(number),
        name: name.to_owned(),
        email: Some(format!("person-{number}@acme.example")),
        email_verified: number == 1,
        role,
        joined_at: ago(7_000),
    };
    pages::members::content(&pages::members::MembersPage {
        nav: nav.clone(),
        me: id(1),
        members: vec![member(1, "Ada Lovelace", Role::Owner), member(2, HOSTILE, Role::Developer)],
        invitations: Some(vec![Invitation {
            id: id(1),
            org: id(1),
            email: "grace@acme.example".to_owned(),
            role: Role::Admin,
            created_at: ago(10),
            expires_at: now().plus_seconds(600_000),
            accepted_at: None,
            revoked_at: None,
        }]),
        form: FormState::default(),
        link: Some("https://keys.example/invitations/abc".to_owned()),
        now: now(),
    })
}

fn key_pages() -> Vec<(&'static str, String)> {
    let key_detail = |number, name: &'static str| {
        in_org(Section::Keys, Some(Flash::Saved), |nav| {
            pages::keys::detail::content(&pages::keys::detail::KeyDetail {
                nav: nav.clone(),
                key: key(number, name),
                apis: grantable(),
                chart: chart(ChartRange::Week),
                form: FormState::default(),
                now: now(),
            })
        })
    };
    let secret = "lk_live_7Gk2mPq9XzRtA1b2_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13jZRME".to_owned();
    vec![
        (
            "keys",
            in_org(Section::Keys, None, |nav| {
                let filters = pages::keys::list::Filters { q: HOSTILE.to_owned(), ..Default::default() };
                pages::keys::list::content(nav, &listed(keys()), &grantable(), &filters, now())
            }),
        ),
        (
            "keys-empty",
            in_org(Section::Keys, None, |nav| {
                pages::keys::list::content(
                    nav,
                    &Listed { items: vec![], next_cursor: None },
                    &[],
                    &pages::keys::list::Filters::default(),
                    now(),
                )
            }),
        ),
        (
            "key-new",
            in_org(Section::Keys, None, |nav| pages::keys::form::content(nav, &grantable(), "", &FormState::default())),
        ),
        (
            "key-refused",
            in_org(Section::Keys, None, |nav| pages::keys::form::content(nav, &grantable()[..1], "", &refused())),
        ),
        (
            "key-created",
            in_org(Section::Keys, None, |nav| {
                pages::keys::created::content(nav, &key(1, HOSTILE), Some(secret), "https://keys.example")
            }),
        ),
        ("key", key_detail(2, "Checkout service")),
        ("key-hostile", key_detail(0, HOSTILE)),
    ]
}

fn app_pages() -> Vec<(&'static str, String)> {
    let detail = in_org(Section::Apps, None, |nav| {
        pages::apps::detail::content(&pages::apps::detail::AppDetail {
            nav: nav.clone(),
            app: app(),
            secrets: vec![AppSecret { id: id(1), created_at: ago(5_000), last_used_at: None }],
            apis: grantable(),
            chart: chart(ChartRange::Hour),
            form: FormState::default(),
            public_url: "https://keys.example".to_owned(),
            now: now(),
        })
    });
    vec![
        (
            "apps",
            in_org(Section::Apps, None, |nav| {
                pages::apps::list::content(nav, &listed(vec![app()]), &grantable(), "", "", now())
            }),
        ),
        (
            "app-new",
            in_org(Section::Apps, None, |nav| pages::apps::form::content(nav, &grantable(), &FormState::default())),
        ),
        (
            "app-created",
            in_org(Section::Apps, None, |nav| {
                pages::apps::created::content(
                    nav,
                    &app(),
                    Some("lk_secret_x".to_owned()),
                    Some(HOSTILE),
                    "https://keys.example",
                )
            }),
        ),
        ("app", detail),
    ]
}

fn org_pages() -> Vec<(&'static str, String)> {
    let overview = |used: bool| {
        in_org(Section::Overview, None, |nav| {
            let points = if used { points(ChartRange::Day) } else { Vec::new() };
            pages::orgs::overview::content(&pages::orgs::overview::Overview {
                nav: nav.clone(),
                chart: Chart::new(ChartRange::Day, now(), &points, &pages::usage::by_result),
                counts: ["2".to_owned(), "100+".to_owned(), "7".to_owned()],
                has_verification_key: Some(used),
                first_api: Some(id(1)),
                public_url: "https://keys.example".to_owned(),
            })
        })
    };
    let usage = in_org(Section::Usage, None, |nav| {
        let asked = pages::usage::query::UsageAsked { credential: Some(HOSTILE.to_owned()), ..Default::default() };
        pages::usage::content(nav, &asked, &chart(ChartRange::Day))
    });
    let settings = in_org(Section::Settings, None, |nav| {
        let key = ManagementKey {
            id: id(1),
            org: Some(id(1)),
            name: HOSTILE.to_owned(),
            role: Role::Admin,
            created_at: ago(99),
            expires_at: Some(now().plus_seconds(99_999)),
            last_used_at: Some(ago(1)),
            revoked_at: None,
        };
        let form = FormState::default();
        pages::settings::content(&pages::settings::SettingsPage {
            nav: nav.clone(),
            keys: vec![key],
            form,
            secret: None,
            now: now(),
        })
    });
    vec![
        ("overview", overview(true)),
        ("overview-first", overview(false)),
        (
            "apis",
            in_org(Section::Apis, None, |nav| {
                let apis = vec![api(1, "Orders", Visibility::Public), api(2, HOSTILE, Visibility::Private)];
                pages::apis::list::content(nav, &listed(apis), "", "")
            }),
        ),
        ("api-new", in_org(Section::Apis, None, |_| pages::apis::form::content("acme", None, &FormState::default()))),
        ("api", in_org(Section::Apis, None, api_detail)),
        ("usage", usage),
        (
            "audit",
            in_org(Section::Audit, None, |nav| {
                let filters = pages::audit::Filters { action: HOSTILE.to_owned(), ..Default::default() };
                pages::audit::content(
                    nav,
                    &listed((0..20).map(audit_entry).collect()),
                    &filters,
                    &[(id(1), HOSTILE.to_owned())],
                )
            }),
        ),
        ("members", in_org(Section::Members, None, members_page)),
        ("settings", settings),
    ]
}

fn plain_pages() -> Vec<(&'static str, String)> {
    let providers = [Provider { id: "dev".to_owned(), name: HOSTILE.to_owned() }];
    let memberships = vec![
        Membership { org: org(1, "acme", "Acme"), role: Role::Owner },
        Membership { org: org(2, "initech", HOSTILE), role: Role::Viewer },
    ];
    let catalogue = pages::catalogue::Catalogue {
        listed: listed(vec![(api(2, HOSTILE, Visibility::Public), org(2, "initech", HOSTILE))]),
        orgs: vec![("acme".to_owned(), HOSTILE.to_owned())],
        requests: vec![request()],
        search: HOSTILE.to_owned(),
        cursor: String::new(),
        form: FormState::default(),
        now: now(),
    };
    let mut suspended = org(2, "initech", HOSTILE);
    suspended.suspended_at = Some(ago(1));
    let desk = pages::operator::OperatorDesk {
        search: HOSTILE.to_owned(),
        cursor: String::new(),
        credentials: listed(vec![summary()]),
        orgs: vec![org(1, "acme", "Acme"), suspended],
        form: FormState::default(),
        now: now(),
    };
    let session = |number: u8| SessionRow {
        id_hash: [number; 32],
        user: Some(id(1)),
        data: String::new(),
        created_at: ago(5_000),
        last_seen_at: ago(2),
        expires_at: now(),
        user_agent: Some(HOSTILE.to_owned()),
        ip: Some("203.0.113.9".parse().unwrap()),
    };
    vec![
        ("welcome", render(|| bare_layout(pages::home::index::welcome()))),
        (
            "sign-in",
            render(|| {
                bare_layout(pages::home::sign_in::content(&providers, HOSTILE, Some(SignInError::Expired), true))
            }),
        ),
        ("organisations", plain(Section::Other, || pages::home::index::organisations(&memberships, true))),
        ("org-new", plain(Section::Other, || pages::orgs::create::content(&refused()))),
        ("catalogue", plain(Section::Catalogue, || pages::catalogue::content(&catalogue))),
        ("operator", plain(Section::Operator, || pages::operator::content(&desk))),
        (
            "account",
            plain(Section::Account, || pages::account::content(&user(), &[session(1), session(2)], &[1; 32], now())),
        ),
    ]
}

fn gallery() -> Vec<(&'static str, String)> {
    let mut pages = plain_pages();
    pages.extend(org_pages());
    pages.extend(key_pages());
    pages.extend(app_pages());
    pages.into_iter().map(|(name, body)| (name, document(HOSTILE, "n0nce", "", &body))).collect()
}

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let mark = format!(" {attribute}=\"");
    html.split(mark.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

// F-27, Q2
#[test]
fn no_page_lets_a_name_become_markup_and_none_needs_an_inline_style() {
    for (name, html) in gallery() {
        assert!(!html.contains("<script>alert") && !html.contains("refunds:<b>"), "{name}");
        assert!(!html.contains(" style=") && !html.contains("<style"), "{name}: inline style");
        assert!(!html.contains(" onclick") && !html.contains("javascript:"), "{name}: inline script");
        let scripts = html.matches("<script").count();
        assert!(scripts <= 1, "{name}: {scripts} scripts");
    }
}

#[test]
fn ids_are_unique_and_what_refers_to_one_finds_it() {
    for (name, html) in gallery() {
        let ids = values(&html, "id");
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        let twice: Vec<&&str> = ids.iter().filter(|id| ids.iter().filter(|other| other == id).count() > 1).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
        for attribute in ["for", "aria-describedby", "aria-labelledby", "popovertarget"] {
            for reference in values(&html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert!(unique.contains(reference), "{name}: {attribute}={reference}");
            }
        }
        for fragment in values(&html, "href").into_iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(unique.contains(fragment), "{name}: #{fragment}");
        }
    }
}

#[test]
fn every_page_has_one_heading_of_the_first_rank_and_a_way_past_the_navigation() {
    for (name, html) in gallery() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main ").count(), 1, "{name}");
        assert!(html.contains("href=\"#main\" class=\"skip\""), "{name}");
    }
}

#[test]
fn pages_can_be_looked_at() {
    let pages = gallery();
    assert!(pages.len() > 25);
    let Some(folder) = std::env::var_os("LATCHKEY_GALLERY") else { return };
    for (name, html) in pages {
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.html")), html).unwrap();
    }
}

// What a role may not do is refused by the use case; here it isn't even offered.
#[test]
fn a_viewer_is_offered_nothing_that_changes_things() {
    let html = render(|| {
        let nav = OrgNav { role: Role::Viewer, ..nav(Section::Keys) };
        let list = pages::keys::list::content(
            &nav,
            &listed(keys()),
            &grantable(),
            &pages::keys::list::Filters::default(),
            now(),
        );
        let detail = pages::keys::detail::content(&pages::keys::detail::KeyDetail {
            nav: nav.clone(),
            key: key(1, "Checkout service"),
            apis: grantable(),
            chart: chart(ChartRange::Day),
            form: FormState::default(),
            now: now(),
        });
        org_layout(&person(), &nav, None, view! { {list}{detail} }.into_any())
    });
    assert!(!html.contains("/_portal/"), "a form that changes something");
    for path in ["/orgs/acme/keys/new", "/orgs/acme/settings", "/orgs/acme/members", "/orgs/acme/audit"] {
        assert!(!html.contains(&format!("\"{path}\"")), "{path}");
    }
    assert!(html.contains("\"/orgs/acme/usage\""));
}
