//! The pages and forms: nobody sees or changes what belongs to another organisation (F-14). Made from the route table.

use latchkey::http::router::Route;
use latchkey_core::apis::{self, NewApi, NewScope, ScopeGrant, Visibility};
use latchkey_core::apps::{self, NewApp, NewGrant};
use latchkey_core::audit::{self, AuditFilter};
use latchkey_core::keys::{self, NewKey};
use latchkey_core::management_keys;
use latchkey_core::orgs;
use latchkey_core::ports::Page;
use latchkey_types::{CredentialKind, Environment, Role};

use crate::app::{COMMAND_LINE, Client, TestApp};

const AUDIENCE: &str = "https://orders.example";

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
    ("auth_method", "client_secret_basic"),
    ("expires_at", "never"),
    ("overlap_seconds", "0"),
    ("confirm", "yes"),
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
        allowed_ips: Vec::new(),
    };
    let key = keys::create(core, caller, "acme", new).await.unwrap().key;
    let grants = vec![NewGrant { api: AUDIENCE.to_owned(), ..NewGrant::default() }];
    let new = NewApp { name: "reports".to_owned(), grants, ..NewApp::default() };
    let made = apps::create(core, caller, "acme", new).await.unwrap().app;
    let secret = apps::list_secrets(core, caller, "acme", &made.id).await.unwrap().remove(0);
    let new = management_keys::NewKey { name: "ci".to_owned(), role: Role::Viewer, expires_at: None };
    let management_key = management_keys::create(core, caller, Some("acme"), new).await.unwrap().key;
    let invitation = orgs::invite(core, caller, "acme", "new@example.com", Role::Viewer).await.unwrap().invitation;
    let ada = orgs::members(core, caller, "acme").await.unwrap().remove(0).user;
    vec![
        ("apis", api.id.to_string()),
        ("keys", key.id.to_string()),
        ("apps", made.id.to_string()),
        ("invitations", invitation.id.to_string()),
        ("management-keys", management_key.id.to_string()),
        ("{key}", verification_key.id.to_string()),
        ("{secret}", secret.id.to_string()),
        ("{user}", ada.to_string()),
        ("{consumer}", "other".to_owned()),
        ("{request}", "req_0000000000000000".to_owned()),
    ]
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
