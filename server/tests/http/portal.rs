//! The pages and forms: nobody sees or changes what belongs to another organisation (F-14). Made from the route table.

use latchkey::http::router::Route;
use latchkey_core::action_tokens::{self, NewActionToken};
use latchkey_core::apis::{self, NewApi, NewScope, ScopeGrant, Visibility};
use latchkey_core::apps::{self, NewApp, NewGrant};
use latchkey_core::audit::{self, AuditFilter};
use latchkey_core::initial_access_tokens::{self, NewInitialAccessToken};
use latchkey_core::keys::{self, NewKey};
use latchkey_core::management_keys;
use latchkey_core::notices::NoticeKind;
use latchkey_core::orgs;
use latchkey_core::ports::Page;
use latchkey_core::service_accounts::{self, NewServiceAccount};
use latchkey_core::trusted_issuers::{self, NewTrustedIssuer};
use latchkey_core::webhooks::{self, NewWebhook};
use latchkey_core::workloads::{self, NewWorkloadRule};
use latchkey_core::{NewClientKey, PlainSecret};
use latchkey_types::{CredentialKind, Environment, Role};

use crate::app::{COMMAND_LINE, Client, TestApp};

const AUDIENCE: &str = "https://orders.example";

/// RFC 8037 appendix A.2.
const JWK: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// Fields that make every form a good one.
const FIELDS: &[(&str, &str)] = &[
    ("name", "changed"),
    ("slug", "changed"),
    ("role", "viewer"),
    ("email", "someone@example.com"),
    ("kind", "api_key"),
    ("environment", "live"),
    ("environments", "live"),
    ("api", AUDIENCE),
    ("audience", "https://changed.example"),
    ("visibility", "private"),
    ("token_ttl_seconds", "300"),
    ("proof", "secret"),
    ("grants", "by_role"),
    ("jwk", JWK),
    ("issuer", "https://login.example"),
    ("claims", "repository = acme/shop"),
    ("principal", "app_0000000000000000"),
    ("token", "x"),
    ("default", "allow"),
    ("max_depth", "3"),
    ("uses", "1"),
    ("expires_at", "never"),
    ("overlap_seconds", "0"),
    ("confirm", "yes"),
    ("url", "https://hooks.example/changed"),
    ("kinds", "leak.reported"),
    ("email_kinds", "leak.reported"),
    ("until", "ntc_0000000000000000"),
    ("wants", "yes"),
    ("security_tier", "medium"),
    ("breaks", "0"),
];

/// `acme`, owned by Ada, with one of everything; `other`, owned by Ben.
struct Scene {
    app: TestApp,
    ada: Client,
    ben: Client,
    /// What a route's parameters stand for, by the word before them and their name.
    ids: Vec<(&'static str, String)>,
}

impl Scene {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let (mut ada, mut ben) = (app.sign_in("ada").await, app.sign_in("ben").await);
        for (browser, slug) in [(&mut ada, "acme"), (&mut ben, "other")] {
            let made = browser.form("/_portal/orgs", &[("name", slug), ("slug", slug)]).await;
            assert!(made.location().starts_with(&format!("/orgs/{slug}")), "{} {}", made.status, made.text());
        }
        let ids = furnish(&app).await;
        Self { app, ada, ben, ids }
    }

    /// The routes beneath an organisation.
    fn routes(&self) -> Vec<Route> {
        let beneath = |path: &str| path.starts_with("/orgs/{slug}") || path.starts_with("/_portal/orgs/{slug}");
        let routes: Vec<Route> = self.app.routes.iter().filter(|route| beneath(&route.path)).cloned().collect();
        assert!(routes.len() > 40, "the table lost its pages");
        routes
    }

    /// The route's path in this organisation, with the ids of what is in `acme`.
    fn path(&self, route: &Route, slug: &str) -> String {
        let mut before = "";
        let segments: Vec<&str> = route.path.split('/').collect();
        let filled = segments.iter().map(|segment| {
            let name = if *segment == "{id}" { before } else { segment };
            let known = self.ids.iter().find(|(known, _)| segment.starts_with('{') && *known == name);
            before = segment;
            match (*segment, known) {
                ("{slug}", _) => slug,
                (_, Some((_, id))) => id,
                (segment, None) => {
                    assert!(!segment.starts_with('{'), "{}: say what {segment} stands for", route.path);
                    segment
                }
            }
        });
        filled.collect::<Vec<_>>().join("/")
    }

    /// How many rows the audit log of `acme` has.
    async fn changes(&self) -> usize {
        let page = Page { limit: 200, cursor: None };
        audit::list(&self.app.core, &COMMAND_LINE, "acme", AuditFilter::default(), &page).await.unwrap().items.len()
    }
}

async fn furnish(app: &TestApp) -> Vec<(&'static str, String)> {
    let (core, caller) = (&app.core, &COMMAND_LINE);
    let scope = NewScope { name: "read".to_owned(), description: String::new(), grant: ScopeGrant::SelfService };
    let new = NewApi {
        name: "Orders".to_owned(),
        audience: AUDIENCE.to_owned(),
        visibility: Visibility::Private,
        scopes: vec![scope],
        token_ttl_seconds: None,
        signing_alg: None,
        token_format: None,
        two_token: None,
        ..NewApi::default()
    };
    let api = apis::create(core, caller, "acme", new).await.unwrap();
    let verification_key =
        apis::create_verification_key(core, caller, "acme", &api.id, "gateway", Vec::new()).await.unwrap().key;
    let new = NewKey {
        kind: CredentialKind::ApiKey,
        name: "checkout".to_owned(),
        api: AUDIENCE.to_owned(),
        environment: Environment::Live,
        scopes: Vec::new(),
        expires_at: None,
        owner: None,
        metadata: None,
        labels: None,
        ..NewKey::default()
    };
    let key = keys::create(core, caller, "acme", new).await.unwrap().key;
    let grants = vec![NewGrant { api: AUDIENCE.to_owned(), ..NewGrant::default() }];
    let new = NewApp { name: "reports".to_owned(), grants, ..NewApp::default() };
    let made = apps::create(core, caller, "acme", new).await.unwrap().app;
    let jwk: serde_json::Value = serde_json::from_str(JWK).unwrap();
    let app_key = NewClientKey { jwk: jwk.clone(), expires_at: None };
    let app_key = apps::add_key(core, caller, "acme", &made.id, app_key).await.unwrap();
    let secret = apps::list_secrets(core, caller, "acme", &made.id).await.unwrap().remove(0);
    let new = management_keys::NewKey { name: "ci".to_owned(), role: Role::Viewer, expires_at: None };
    let management_key = management_keys::create(core, caller, Some("acme"), new).await.unwrap().key;
    let invitation = orgs::invite(core, caller, "acme", "new@example.com", Role::Viewer).await.unwrap().invitation;
    let ada =
        orgs::members(core, caller, "acme", &Page { limit: 200, cursor: None }).await.unwrap().items.remove(0).user;
    let programs = furnish_programs(app, &jwk).await;
    let mut ids = vec![
        ("apis", api.id.to_string()),
        ("keys", key.id.to_string()),
        ("apps", made.id.to_string()),
        ("invitations", invitation.id.to_string()),
        ("management-keys", management_key.id.to_string()),
        ("{key}", verification_key.id.to_string()),
        ("{secret}", secret.id.to_string()),
        ("{user}", ada.to_string()),
        ("{consumer}", "other".to_owned()),
        ("{app_key}", app_key.id.to_string()),
        ("{request}", "req_0000000000000000".to_owned()),
    ];
    ids.extend(programs);
    ids
}

/// A service account with a key, a workload rule that names it, a trusted issuer, an initial access token.
async fn furnish_programs(app: &TestApp, jwk: &serde_json::Value) -> Vec<(&'static str, String)> {
    let (core, caller) = (&app.core, &COMMAND_LINE);
    let new = NewServiceAccount {
        name: "deploy".to_owned(),
        roles: vec![Role::Developer],
        jwks: Some(serde_json::json!({ "keys": [jwk] })),
        grants: None,
        ..NewServiceAccount::default()
    };
    let account = service_accounts::create(core, caller, "acme", new).await.unwrap();
    let rule = NewWorkloadRule {
        issuer: "https://token.actions.example".to_owned(),
        audience: "https://keys.example".to_owned(),
        claims: serde_json::json!({ "repository": "acme/shop" }).as_object().unwrap().clone(),
        jwks: None,
        principal: account.account.id.to_string(),
    };
    let rule = workloads::create(core, caller, "acme", rule).await.unwrap();
    let issuer = NewTrustedIssuer { issuer: "https://idp.example".to_owned(), audience: "shop".to_owned(), jwks: None };
    let issuer = trusted_issuers::create(core, caller, "acme", issuer).await.unwrap();
    let token = NewInitialAccessToken {
        name: "deploy".to_owned(),
        grants: vec![NewGrant { api: AUDIENCE.to_owned(), ..NewGrant::default() }],
        ..NewInitialAccessToken::default()
    };
    let token = initial_access_tokens::create(core, caller, "acme", token).await.unwrap().token;
    let webhook = NewWebhook { url: "https://hooks.example".to_owned(), kinds: NoticeKind::ALL.to_vec() };
    let webhook = webhooks::create(core, caller, "acme", webhook).await.unwrap();
    let delivery = webhooks::send_test(core, caller, "acme", &webhook.webhook.id).await.unwrap();
    vec![
        ("service-accounts", account.account.id.to_string()),
        ("{account_key}", account.keys[0].id.to_string()),
        ("workload-rules", rule.id.to_string()),
        ("trusted-issuers", issuer.id.to_string()),
        ("initial-access-tokens", token.id.to_string()),
        ("webhooks", webhook.webhook.id.to_string()),
        ("{delivery}", delivery.id.to_string()),
        ("{mail}", "dlv_0000000000000000".to_owned()),
        ("action-tokens", furnish_action_token(app).await),
    ]
}

async fn furnish_action_token(app: &TestApp) -> String {
    let new = NewActionToken { api: AUDIENCE.to_owned(), purpose: "checkout".to_owned(), ..NewActionToken::default() };
    action_tokens::create(&app.core, &COMMAND_LINE, "acme", new).await.unwrap().token.id.to_string()
}

#[tokio::test]
async fn every_page_and_form_of_another_organisation_is_not_there() {
    let mut scene = Scene::new().await;
    let before = scene.changes().await;
    for route in scene.routes() {
        let mut tries = vec![scene.path(&route, "acme")];
        if route.path.matches('{').count() > 1 {
            // their own organisation, with the other one's ids
            tries.push(scene.path(&route, "other"));
        }
        for path in tries {
            let answer = match route.method.as_str() {
                "GET" => scene.ben.get(&path).await,
                _ => scene.ben.form(&path, FIELDS).await,
            };
            assert_eq!(answer.status, 404, "{} {path}: {}", route.method, answer.text());
            assert!(!answer.text().contains("checkout"), "{path}");
        }
    }
    assert_eq!(scene.changes().await, before);
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in() {
    let scene = Scene::new().await;
    let before = scene.changes().await;
    for route in scene.routes() {
        let (mut anyone, path) = (scene.app.anonymous(), scene.path(&route, "acme"));
        let answer = match route.method.as_str() {
            "GET" => anyone.get(&path).await,
            _ => anyone.form(&path, FIELDS).await,
        };
        assert_eq!(answer.status, 303, "{} {path}: {}", route.method, answer.text());
        assert!(answer.location().starts_with("/sign-in"), "{path}: {}", answer.location());
    }
    assert_eq!(scene.changes().await, before);
}

#[tokio::test]
async fn the_owner_sees_every_page() {
    let mut scene = Scene::new().await;
    for route in scene.routes().into_iter().filter(|route| route.method == "GET") {
        let path = scene.path(&route, "acme");
        let answer = scene.ada.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

/// Makes Ben a viewer of `acme`.
async fn let_ben_look(scene: &mut Scene) {
    let (core, caller) = (&scene.app.core, &COMMAND_LINE);
    let invited = orgs::invite(core, caller, "acme", "ben@example.com", Role::Viewer).await.unwrap();
    let path = format!("/_portal/invitations/{}/accept", PlainSecret::expose(&invited.token));
    let accepted = scene.ben.form(&path, &[]).await;
    assert_eq!(accepted.status, 303, "{}", accepted.text());
}

#[tokio::test]
async fn a_viewer_changes_nothing_and_is_told_who_may() {
    let mut scene = Scene::new().await;
    let_ben_look(&mut scene).await;
    // what somebody has read is theirs to say, and changes nothing for anybody else
    let is_own = |route: &Route| route.path.ends_with("/notices/read");
    for route in scene.routes().into_iter().filter(|route| route.method == "POST" && !is_own(route)) {
        let path = scene.path(&route, "acme");
        let answer = scene.ben.form(&path, FIELDS).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    let id = |kind: &str| scene.ids.iter().find(|(known, _)| *known == kind).unwrap().1.clone();
    let pages = [
        (format!("/orgs/acme/apps/{}", id("apps")), 200),
        ("/orgs/acme/service-accounts".to_owned(), 200),
        (format!("/orgs/acme/service-accounts/{}", id("service-accounts")), 200),
        (format!("/orgs/acme/apis/{}", id("apis")), 200),
        ("/orgs/acme/apps/new".to_owned(), 403),
        (format!("/orgs/acme/apps/{}/edit", id("apps")), 403),
        ("/orgs/acme/service-accounts/new".to_owned(), 403),
        (format!("/orgs/acme/service-accounts/{}/edit", id("service-accounts")), 403),
        ("/orgs/acme/workload-rules".to_owned(), 403),
        ("/orgs/acme/workload-rules/test".to_owned(), 403),
        ("/orgs/acme/trusted-issuers".to_owned(), 403),
        ("/orgs/acme/initial-access-tokens".to_owned(), 403),
        ("/orgs/acme/webhooks".to_owned(), 403),
        (format!("/orgs/acme/webhooks/{}", id("webhooks")), 403),
        ("/orgs/acme/notices".to_owned(), 200),
        ("/orgs/acme/hygiene".to_owned(), 200),
        ("/orgs/acme/security-tier".to_owned(), 403),
        ("/orgs/acme/leaks".to_owned(), 200),
        (format!("/orgs/acme/apis/{}/call-paths", id("apis")), 403),
    ];
    for (path, status) in pages {
        let answer = scene.ben.get(&path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        // what may not be done isn't offered either
        assert!(!answer.text().contains("/_portal/orgs/acme"), "{path}");
    }
}

#[tokio::test]
async fn the_security_tier_is_taken_as_it_was_previewed() {
    let mut scene = Scene::new().await;
    let page = scene.ada.get("/orgs/acme/security-tier?tier=medium").await.text().to_owned();
    assert!(page.contains("Medium refuses one credential that works today"), "{page}");
    assert!(page.contains("name=\"breaks\" value=\"1\"") && page.contains("checkout"), "{page}");
    let post = "/_portal/orgs/acme/security-tier";
    // somebody made another key meanwhile, or nobody looked
    let refused = scene.ada.form(post, &[("security_tier", "medium"), ("breaks", "0")]).await;
    assert_eq!(refused.status, 303, "{}", refused.text());
    let page = scene.ada.get(refused.location()).await.text().to_owned();
    assert!(page.contains("refuses 1 credentials that work today") && page.contains("Take Medium"), "{page}");
    let taken = scene.ada.form(post, &[("security_tier", "medium"), ("breaks", "1")]).await;
    assert_eq!(taken.status, 303, "{}", taken.text());
    let page = scene.ada.get("/orgs/acme/security-tier").await.text().to_owned();
    assert!(page.contains("What would Low change?") && !page.contains("What would Medium change?"), "{page}");
    let page = scene.ada.get("/orgs/acme/hygiene?finding=refused_by_tier").await.text().to_owned();
    assert!(page.contains("Refused by the security tier") && page.contains("checkout"), "{page}");
}

// F-19: what somebody pastes into the tester is kept nowhere, and comes back nowhere
#[tokio::test]
async fn a_token_that_is_tested_does_not_come_back() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    let mut scene = Scene::new().await;
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = r#"{"iss":"https://token.actions.example","aud":"https://keys.example","repository":"acme/evil"}"#;
    let token = format!("{}.{}.{}", part(r#"{"alg":"RS256","kid":"k"}"#), part(claims), part("no signature"));
    let answer = scene.ada.form("/_portal/orgs/acme/workload-rules/test", &[("token", &token)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    assert!(text.contains("No rule takes it.") && text.contains("acme/evil"), "{text}");
    assert!(token.split('.').all(|part| !text.contains(part)), "{text}");
    assert!(answer.header("cache-control").contains("no-store"));

    let wrong = scene.ada.form("/_portal/orgs/acme/workload-rules/test", &[("token", "canary.canary")]).await;
    assert_eq!(wrong.status, 422);
    assert!(!wrong.text().contains("canary"), "{}", wrong.text());
}

// F-19: nor does a private key that somebody takes for the public one
#[tokio::test]
async fn a_private_key_does_not_wait_in_a_refused_form() {
    let mut scene = Scene::new().await;
    let private = JWK.replace("\"x\"", "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\"");
    let app = scene.ids.iter().find(|(known, _)| *known == "apps").unwrap().1.clone();
    let account = scene.ids.iter().find(|(known, _)| *known == "service-accounts").unwrap().1.clone();
    for (path, field) in [
        (format!("/_portal/orgs/acme/apps/{app}/keys"), "jwk"),
        (format!("/_portal/orgs/acme/service-accounts/{account}/keys"), "jwk"),
        ("/_portal/orgs/acme/service-accounts".to_owned(), "jwks"),
        ("/_portal/orgs/acme/apps".to_owned(), "jwks"),
    ] {
        let fields = [("name", "n"), ("role", "viewer"), ("grants", "by_role"), ("proof", "key"), (field, &private)];
        let refused = scene.ada.form(&path, &fields).await;
        assert_eq!(refused.status, 303, "{path}: {}", refused.text());
        let page = scene.ada.get(refused.location()).await;
        assert!(page.text().contains("This is a private key."), "{path}: {}", page.text());
        assert!(!page.text().contains("nWGxne_9"), "{path}");
    }
}
