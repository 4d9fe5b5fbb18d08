//! Every page, rendered with samples.
use latchkey_core::apis::{Consumer, ConsumerDetail, ConsumerPolicy, VerificationKey, Visibility};
use latchkey_core::management_keys::ManagementKey;
use latchkey_core::orgs::{Invitation, Member};
use latchkey_core::ports::{Listed, Membership, SessionRow};
use latchkey_types::{Environment, Role};
use leptos::prelude::*;

use super::leaks::leak_of_key;
use super::operations::operations;
use super::programs::graph;
use super::samples::{
    HOSTILE, ago, api, audit_entry, chart, grantable, id, key, keys, left, listed, nav, now, org, person, points,
    refused, request, scopes, summary, user,
};
use crate::components::{Chart, ChartRange, Flash, FormState, OrgNav, Section, bare_layout, org_layout, plain_layout};
use crate::context::{Provider, SignInError};
use crate::pages;
use crate::shell::render;

pub(super) fn in_org(section: Section, flash: Option<Flash>, content: impl FnOnce(&OrgNav) -> AnyView) -> String {
    render(|| {
        let nav = nav(section);
        org_layout(&person(), &nav, flash, content(&nav))
    })
}

pub(super) fn plain(section: Section, content: impl FnOnce() -> AnyView) -> String {
    render(|| plain_layout(&person(), section, None, content()))
}

fn api_detail(nav: &OrgNav) -> AnyView {
    let policy =
        ConsumerPolicy { metadata: None, scopes: scopes("refunds:<b>"), blocked_at: None, ..ConsumerPolicy::default() };
    let consumer = Consumer { org: org(2, "initech", HOSTILE), policy, credentials: 1, last_used_at: Some(ago(5)) };
    pages::apis::detail::content(&pages::apis::detail::ApiDetail {
        nav: nav.clone(),
        api: api(1, "Orders", Visibility::Public),
        graph: graph(),
        operations: operations(),
        verification_keys: Some(vec![VerificationKey {
            id: id(1),
            api: id(1),
            name: HOSTILE.to_owned(),
            environments: vec![Environment::Live, Environment::Test],
            created_at: ago(500),
            last_used_at: Some(ago(1)),
            ends_at: Some(now().plus_seconds(3_600)),
        }]),
        consumers: listed(vec![ConsumerDetail { consumer, credentials: vec![summary()], left: left() }]),
        cursor: String::new(),
        requests: vec![request()],
        form: FormState::default(),
        secret: Some("lk_verify_7Gk2mPq9XzRtA1b2_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13jZRME".to_owned()),
        now: now(),
    })
}

pub(super) fn members_page(nav: &OrgNav) -> AnyView {
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
        members: listed(vec![member(1, "Ada Lovelace", Role::Owner), member(2, HOSTILE, Role::Developer)]),
        cursor: String::new(),
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

pub(super) fn key_pages() -> Vec<(&'static str, String)> {
    let key_detail = |number, name: &'static str| {
        in_org(Section::Keys, Some(Flash::Saved), |nav| {
            pages::keys::detail::content(&pages::keys::detail::KeyDetail {
                nav: nav.clone(),
                key: key(number, name),
                apis: grantable(),
                left: left(),
                leaks: vec![leak_of_key()],
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

pub(super) fn org_pages() -> Vec<(&'static str, String)> {
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

pub(super) fn plain_pages() -> Vec<(&'static str, String)> {
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
