//! Pages about programs: apps, service accounts, workload rules, identity providers, call paths.
use std::collections::BTreeMap;

use latchkey_core::action_tokens::ActionToken;
use latchkey_core::apis::{CallEdge, CallGraph, CallNode, CallPath, CallPathDefault, CallPaths, Visibility};
use latchkey_core::apps::{App, AppSecret, AuthMethod, ClientCertificate, SecretUse, TokenBinding};
use latchkey_core::initial_access_tokens::InitialAccessToken;
use latchkey_core::ports::Listed;
use latchkey_core::service_accounts::{AccountGrant, AccountGrants, ServiceAccount};
use latchkey_core::trusted_issuers::TrustedIssuer;
use latchkey_core::workloads::{
    ClaimCheck, ClaimPattern, Evaluation, RuleReport, SignatureProblem, TestReport, TimeProblem, Verdict, WorkloadRule,
};
use latchkey_types::Role;
use leptos::prelude::*;

use super::leaks::leak_of_app;
use super::rendered::in_org;
use super::samples::{
    HOSTILE, account, ago, api, app, chart, client_keys, grantable, id, left, listed, now, refused, scopes,
};
use crate::components::{ChartRange, FormState, OrgNav, Section};
use crate::pages;
use crate::pages::action_tokens::ActionTokensPage;
use crate::pages::apps::calls::CallsOf;
use crate::pages::apps::detail::{AppDetail, RecentTokens};
use crate::pages::initial_access_tokens::RegistrationPage;
use crate::pages::service_accounts::detail::AccountDetail;
use crate::pages::trusted_issuers::IssuersPage;
use crate::pages::workload_rules::list::{Principal, RulesPage};

fn app_detail(nav: &OrgNav, app: App, with_keys: bool) -> AnyView {
    let by_secret = app.auth_method.is_by_secret() || app.trades_secret_for_key();
    let secrets = if by_secret {
        vec![
            AppSecret { id: id(1), created_at: ago(60 * 24 * 200), last_used_at: Some(ago(3)), ends_at: None },
            AppSecret { id: id(2), created_at: ago(60 * 24 * 20), last_used_at: None, ends_at: None },
        ]
    } else {
        Vec::new()
    };
    pages::apps::detail::content(&AppDetail {
        nav: nav.clone(),
        app,
        secrets,
        keys: if with_keys { client_keys() } else { Vec::new() },
        apis: grantable(),
        left: left(),
        chart: chart(ChartRange::Hour),
        tokens: RecentTokens { today: 83, last_day: 1_200 },
        leaks: vec![leak_of_app()],
        form: FormState::default(),
        public_url: "https://keys.example".to_owned(),
        certificate_url: "https://keys.example:8443".to_owned(),
        now: now(),
    })
}

pub(super) fn app_pages() -> Vec<(&'static str, String)> {
    let detail = |app: App, with_keys| in_org(Section::Apps, None, move |nav| app_detail(nav, app, with_keys));
    let by_key = App { auth_method: AuthMethod::PrivateKeyJwt, tokens_per_day: Some(100), ..app() };
    let trading = App { secret_use: SecretUse::Bootstrap, ..by_key.clone() };
    let own = ClientCertificate::SelfSigned(vec!["bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2".to_owned(); 2]);
    let by_certificate = App {
        auth_method: AuthMethod::SelfSignedTlsClientAuth,
        certificate: Some(own),
        token_binding: TokenBinding::Certificate,
        ..app()
    };
    let by_name = App {
        auth_method: AuthMethod::TlsClientAuth,
        certificate: Some(ClientCertificate::SubjectDn(HOSTILE.to_owned())),
        token_binding: TokenBinding::Dpop,
        ..app()
    };
    let revoked = App { revoked_at: Some(ago(5)), revoke_reason: Some(HOSTILE.to_owned()), ..app() };
    let form = |app: Option<App>, form: FormState| {
        in_org(Section::Apps, None, move |nav| pages::apps::form::content(nav, app.as_ref(), &grantable(), &form))
    };
    let refused = FormState::of([("proof", "key".to_owned()), ("jwks", "</textarea><script>".to_owned())])
        .with_error("jwks/keys/0/d", "is private")
        .with_error("proof", HOSTILE);
    let created = in_org(Section::Apps, None, |nav| {
        let (app, apis) = (app(), grantable());
        let of = CallsOf {
            app: &app,
            keys: &[],
            apis: &apis,
            public_url: "https://keys.example",
            certificate_url: "https://keys.example",
            now: now(),
        };
        pages::apps::created::content(nav, Some("lk_secret_x".to_owned()), &of)
    });
    let list = in_org(Section::Apps, None, |nav| {
        pages::apps::list::content(nav, &listed(vec![app()]), &grantable(), "", "", now())
    });
    vec![
        ("apps", list),
        ("app-new", form(None, FormState::default())),
        ("app-refused", form(None, refused)),
        ("app-edit", form(Some(by_key.clone()), FormState::of([("name", HOSTILE.to_owned())]))),
        ("app-created", created),
        ("app", detail(app(), false)),
        ("app-by-key", detail(by_key, true)),
        ("app-trading", detail(trading, false)),
        ("app-by-certificate", detail(by_certificate, false)),
        ("app-by-name", detail(by_name, false)),
        ("app-revoked", detail(revoked, true)),
        ("registration", registration(true)),
        ("registration-empty", registration(false)),
        ("action-tokens", action_tokens(true)),
        ("action-tokens-empty", action_tokens(false)),
    ]
}

fn registration(full: bool) -> String {
    let token = |number, uses_left| InitialAccessToken {
        id: id(number),
        org: id(1),
        name: HOSTILE.to_owned(),
        grants: app().grants,
        uses_left,
        created_at: ago(90),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
        expires_at: now().plus_seconds(90_000),
        revoked_at: None,
    };
    in_org(Section::Apps, None, |nav| {
        pages::initial_access_tokens::content(&RegistrationPage {
            nav: nav.clone(),
            tokens: if full { vec![token(1, 5), token(2, 0)] } else { Vec::new() },
            apis: grantable(),
            form: FormState::default(),
            secret: full.then(|| "lk_at_7Gk2mPq9XzRtA1b2_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13jZRME".to_owned()),
            public_url: "https://keys.example".to_owned(),
            now: now(),
        })
    })
}

fn action_tokens(full: bool) -> String {
    let token = |number, expires_in, redeemed: bool, revoked: bool| ActionToken {
        id: id(number),
        org: id(1),
        api: id(2),
        scopes: scopes("orders:read refunds:<b>"),
        purpose: HOSTILE.to_owned(),
        max_access_seconds: 300,
        created_at: ago(5),
        created_by: "mk_7Gk2mPq9XzRtA101".to_owned(),
        expires_at: now().plus_seconds(expires_in),
        redeemed_at: redeemed.then(|| ago(3)),
        revoked_at: revoked.then(|| ago(1)),
    };
    let all = vec![
        token(1, 600, false, false),
        token(2, 60, true, false),
        token(3, 60, true, true),
        token(4, -5, false, false),
    ];
    let items = if full { all } else { Vec::new() };
    in_org(Section::Keys, None, |nav| {
        pages::action_tokens::content(&ActionTokensPage {
            nav: nav.clone(),
            tokens: Listed { items, next_cursor: full.then(|| "next".to_owned()) },
            cursor: String::new(),
            apis: grantable(),
            form: FormState::default(),
            secret: full
                .then(|| "lk_once_7Gk2mPq9XzRtA1b2_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp13jZRME".to_owned()),
            public_url: "https://keys.example".to_owned(),
            now: now(),
        })
    })
}

fn account_pages() -> Vec<(&'static str, String)> {
    let detail = |account: ServiceAccount, keys| {
        in_org(Section::ServiceAccounts, None, move |nav| {
            pages::service_accounts::detail::content(&AccountDetail {
                nav: nav.clone(),
                account,
                keys,
                apis: grantable(),
                left: left(),
                form: FormState::default(),
                public_url: "https://keys.example".to_owned(),
                now: now(),
            })
        })
    };
    let narrow = ServiceAccount {
        roles: vec![Role::Viewer],
        grants: AccountGrants::Listed(vec![AccountGrant {
            api: id(2),
            scopes: scopes("orders:read refunds:<b>"),
            operations: None,
        }]),
        disabled_at: Some(ago(3)),
        last_used_at: Some(ago(2)),
        ..account()
    };
    let list = |accounts: Vec<ServiceAccount>, next: bool| {
        let page = Listed { items: accounts, next_cursor: next.then(|| "next".to_owned()) };
        in_org(Section::ServiceAccounts, None, move |nav| {
            pages::service_accounts::list::content(nav, &page, "", "", now())
        })
    };
    let form = |account: Option<ServiceAccount>, form: FormState| {
        in_org(Section::ServiceAccounts, None, move |nav| {
            pages::service_accounts::form::content(nav, account.as_ref(), &grantable(), &form)
        })
    };
    vec![
        ("service-accounts", list(vec![account(), narrow.clone()], true)),
        ("service-accounts-empty", list(Vec::new(), false)),
        ("service-account-new", form(None, FormState::default())),
        ("service-account-refused", form(Some(account()), refused())),
        ("service-account", detail(account(), client_keys())),
        ("service-account-narrow", detail(narrow, Vec::new())),
    ]
}

fn rule(number: u8) -> WorkloadRule {
    let mut claims = BTreeMap::new();
    claims.insert("repository".to_owned(), ClaimPattern::new("acme/shop").unwrap());
    claims.insert(HOSTILE.to_owned(), ClaimPattern::new("repo:acme/*").unwrap());
    WorkloadRule {
        id: id(number),
        org: id(1),
        issuer: format!("https://{HOSTILE}"),
        audience: HOSTILE.to_owned(),
        claims,
        jwks: (number == 1).then(|| "{}".to_owned()),
        principal: "sa_7Gk2mPq9XzRtA101".to_owned(),
        created_at: ago(50),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
    }
}

fn report() -> TestReport {
    let check = |name: &str, found: Option<serde_json::Value>, holds| ClaimCheck {
        name: name.to_owned(),
        expected: HOSTILE.to_owned(),
        found,
        holds,
    };
    let evaluation = |holds| Evaluation {
        issuer: check("iss", Some(HOSTILE.into()), holds),
        audience: check("aud", Some(serde_json::json!([HOSTILE, 1])), holds),
        time: if holds { Ok(now()) } else { Err(TimeProblem::Expired) },
        claims: vec![check(HOSTILE, None, false), check("repository", Some(HOSTILE.into()), holds)],
    };
    let problem = SignatureProblem::Keys(latchkey_core::remote_keys::RemoteKeysError::Busy);
    let one = |number, holds, signature| RuleReport {
        rule: rule(number),
        matches: holds,
        principal_is_active: holds,
        signature,
        evaluation: evaluation(holds),
    };
    TestReport {
        verdict: Verdict::Principal("sa_7Gk2mPq9XzRtA101".to_owned()),
        rules: vec![one(1, true, Some(Ok(()))), one(2, false, Some(Err(problem))), one(3, false, None)],
    }
}

fn workload_pages() -> Vec<(&'static str, String)> {
    let rules = |rules: Vec<WorkloadRule>, principals: Vec<Principal>, form: FormState| {
        in_org(Section::Workloads, None, move |nav| {
            let public_url = "https://keys.example".to_owned();
            let page = RulesPage { nav: nav.clone(), rules, principals, form, public_url, now: now() };
            pages::workload_rules::list::content(&page)
        })
    };
    let principals = || vec![Principal { id: "sa_7Gk2mPq9XzRtA101".to_owned(), name: HOSTILE.to_owned() }];
    let tester = |report: Option<TestReport>, form: FormState| {
        in_org(Section::Workloads, None, move |nav| pages::workload_rules::test::content(nav, report.as_ref(), &form))
    };
    let issuers = |issuers: Vec<TrustedIssuer>| {
        in_org(Section::Workloads, None, move |nav| {
            let page = IssuersPage { nav: nav.clone(), issuers, form: FormState::default(), now: now() };
            pages::trusted_issuers::content(&page)
        })
    };
    let issuer = TrustedIssuer {
        id: id(1),
        org: id(1),
        issuer: format!("https://{HOSTILE}"),
        audience: HOSTILE.to_owned(),
        jwks: None,
        created_at: ago(70),
        created_by: "usr_7Gk2mPq9XzRtA101".to_owned(),
    };
    let wrong = FormState::of([("claims", "</textarea><script>".to_owned()), ("jwks", "{".to_owned())])
        .with_error("claims", HOSTILE)
        .with_error("jwks", "no JSON");
    vec![
        ("workload-rules", rules(vec![rule(1), rule(2)], principals(), FormState::default())),
        ("workload-rules-empty", rules(Vec::new(), Vec::new(), FormState::default())),
        ("workload-rules-refused", rules(Vec::new(), principals(), wrong)),
        ("workload-test", tester(None, FormState::default())),
        ("workload-test-report", tester(Some(report()), FormState::default())),
        ("workload-test-refused", tester(None, FormState::default().with_error("token", HOSTILE))),
        ("trusted-issuers", issuers(vec![issuer])),
        ("trusted-issuers-empty", issuers(Vec::new())),
    ]
}

/// The shop calls cart, cart calls order, order and a job call the API; one is another organisation's.
pub(super) fn graph() -> CallGraph {
    let node = |id: &str, name: Option<&str>| CallNode { id: id.to_owned(), name: name.map(str::to_owned) };
    let edge = |from: &str, to: &str| CallEdge { from: from.to_owned(), to: to.to_owned() };
    CallGraph {
        nodes: vec![
            node("api_7Gk2mPq9XzRtA101", Some("Orders")),
            node("app_7Gk2mPq9XzRtA101", Some(HOSTILE)),
            node("app_7Gk2mPq9XzRtA102", Some("cart")),
            node("app_7Gk2mPq9XzRtA103", None),
            node("sa_7Gk2mPq9XzRtA101", Some("nightly")),
        ],
        edges: vec![
            edge("app_7Gk2mPq9XzRtA101", "app_7Gk2mPq9XzRtA102"),
            edge("app_7Gk2mPq9XzRtA102", "app_7Gk2mPq9XzRtA103"),
            edge("app_7Gk2mPq9XzRtA102", "api_7Gk2mPq9XzRtA101"),
            edge("app_7Gk2mPq9XzRtA103", "api_7Gk2mPq9XzRtA101"),
            edge("sa_7Gk2mPq9XzRtA101", "api_7Gk2mPq9XzRtA101"),
        ],
    }
}

fn call_paths_page() -> String {
    let item = |caller: &str, via: &[&str]| CallPath {
        caller: caller.to_owned(),
        via: via.iter().map(ToString::to_string).collect(),
    };
    let paths = CallPaths {
        default: CallPathDefault::Deny,
        max_depth: 4,
        items: vec![item(HOSTILE, &["a", "b", HOSTILE]), item("app_7Gk2mPq9XzRtA103", &[])],
    };
    let form = FormState::typed(pages::apis::call_paths::stored(&paths)).with_error("items/0/caller", HOSTILE);
    in_org(Section::Apis, None, move |nav| {
        let known = [Principal { id: "sa_7Gk2mPq9XzRtA101".to_owned(), name: HOSTILE.to_owned() }];
        pages::apis::call_paths::content(nav, &api(1, HOSTILE, Visibility::Private), &known, &form)
    })
}

pub(super) fn program_pages() -> Vec<(&'static str, String)> {
    let mut pages = account_pages();
    pages.extend(workload_pages());
    pages.push(("call-paths", call_paths_page()));
    pages
}
