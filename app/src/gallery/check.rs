//! The page that says what verification answers to a credential.
use std::sync::Arc;

use latchkey_core::Principal;
use latchkey_core::verify::{Answer, Explanation, Grant, Part, Rule, Source, Verified, Written};
use latchkey_types::{CredentialKind, Environment, Outcome};

use super::rendered::in_org;
use super::samples::{HOSTILE, api, id, left, now, refused, scopes};
use crate::components::{FormState, Section};
use crate::pages::check::{CheckPage, Report, content};
use latchkey_core::apis::Visibility;

fn explained(decided_by: &'static str, rules: Vec<Rule>) -> Explanation {
    let source = Source::Cache;
    Explanation { decided_by, token: None, source, revision: 42, age_ms: 180, rules }
}

fn valid() -> Answer {
    let mut metadata = serde_json::Map::new();
    metadata.insert("plan".to_owned(), HOSTILE.into());
    let known = Verified {
        id: "key_7Gk2mPq9XzRtA101".to_owned(),
        kind: CredentialKind::ApiKey,
        environment: Environment::Test,
        name: HOSTILE.to_owned(),
        generation: Some(2),
        expires_at: Some(now().plus_seconds(90_000)),
        org_id: "org_7Gk2mPq9XzRtA102".to_owned(),
        org_slug: "initech".to_owned(),
        subject: "key_7Gk2mPq9XzRtA101".to_owned(),
        principal: Principal::Service,
        issued_at: now(),
        token: None,
        api: "https://api-1.acme.example".to_owned(),
        scopes: scopes("orders:read refunds:<b>"),
        owner: Some(HOSTILE.to_owned()),
        metadata,
        written: Written::default(),
    };
    let (scope, caller) = (HOSTILE.to_owned(), HOSTILE.to_owned());
    let rules = vec![
        Rule::Network { network: "203.0.113.0/24".to_owned() },
        Rule::Operation { id: Some(HOSTILE.to_owned()), method: "GET".to_owned(), path: "/v1/orders/{id}".to_owned() },
        Rule::Scope { scope, token: Part::Credential, grant: Grant::Approval },
        Rule::CallPath { caller, via: vec!["app_7Gk2mPq9XzRtA101".to_owned()] },
        Rule::CallPathDefault,
        Rule::Limit { name: HOSTILE.to_owned(), limit: 100, remaining: 40 },
    ];
    Answer {
        valid: Some(Arc::new(known)),
        rate_limits: left().rate_limits,
        credits_remaining: Some(999),
        explanation: Some(Box::new(explained("all_checks", rules))),
        ..refusal(Outcome::Valid)
    }
}

fn refusal(code: Outcome) -> Answer {
    Answer {
        code,
        id: None,
        valid: None,
        scopes: None,
        missing_scopes: Vec::new(),
        rate_limits: Vec::new(),
        credits_remaining: None,
        credits_back_in_seconds: None,
        actor: None,
        explanation: None,
    }
}

fn page(answer: Option<Answer>, form: FormState) -> String {
    in_org(Section::Apis, None, |nav| {
        let report = answer.map(|answer| Report { answer, key: Some(id(1)), has_address: false });
        let apis = vec![api(1, "Orders", Visibility::Public), api(2, HOSTILE, Visibility::Private)];
        content(&CheckPage { nav: nav.clone(), apis, report, form, now: now() })
    })
}

pub(super) fn check_pages() -> Vec<(&'static str, String)> {
    let typed = FormState::of([("api", api(1, "", Visibility::Public).id.to_string()), ("scopes", HOSTILE.to_owned())]);
    let lacking = Answer {
        id: Some("key_7Gk2mPq9XzRtA101".to_owned()),
        missing_scopes: vec![HOSTILE.to_owned()],
        explanation: Some(Box::new(explained("scopes", Vec::new()))),
        ..refusal(Outcome::InsufficientScope)
    };
    let unknown = Answer { explanation: Some(Box::new(explained("lookup", Vec::new()))), ..refusal(Outcome::NotFound) };
    let none = in_org(Section::Apis, None, |nav| {
        let (apis, form) = (Vec::new(), FormState::default());
        content(&CheckPage { nav: nav.clone(), apis, report: None, form, now: now() })
    });
    vec![
        ("check", page(None, FormState::default())),
        ("check-valid", page(Some(valid()), typed.clone())),
        ("check-lacking", page(Some(lacking), typed)),
        ("check-unknown", page(Some(unknown), FormState::default())),
        ("check-refused", page(None, refused().with_error("ip", HOSTILE).with_error("credential", HOSTILE))),
        ("check-no-api", none),
    ]
}
