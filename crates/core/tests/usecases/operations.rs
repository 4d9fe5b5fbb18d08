//! Operations: a document comes into force, calls are matched, grants follow it.

use latchkey_core::apis::operations::{
    self, DocumentFormat, NewDocument, OperationDiff, UnknownOperation, UnknownOperations,
};
use latchkey_core::apis::{self, Api, ApiPatch, ScopeGrant, Visibility};
use latchkey_core::apps::{self, AppPatch, NewApp, NewGrant};
use latchkey_core::keys::{self, CreatedKey, KeyPatch, NewKey};
use latchkey_core::verify::{self, Answer, Operation, VerifyRequest};
use latchkey_core::{Caller, Core, Error};
use latchkey_types::{Environment, Outcome, Role};

use crate::stage::{Portal, bad_fields, is_forbidden, is_not_found, new_key};

const ORDERS: &str = "
openapi: 3.1.0
info: {title: Orders, version: '1'}
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: /t, scopes: {'orders:write': Write orders}}}
security: [{oauth: [read]}]
paths:
  /orders:
    get: {operationId: listOrders}
    post: {operationId: createOrder, security: [{oauth: ['orders:write']}]}
  /orders/{id}:
    get: {operationId: getOrder}
    delete: {operationId: deleteOrder, security: [{oauth: [admin]}, {oauth: ['orders:write', 'orders:delete']}]}
  /health:
    get: {security: []}
";

/// An API of `acme` with a verification key.
struct Scene {
    portal: Portal,
    owner: Caller,
    api: Api,
    verification_key: String,
}

impl Scene {
    async fn new() -> Self {
        Self::of(Visibility::Private).await
    }

    async fn of(visibility: Visibility) -> Self {
        let portal = Portal::new().await;
        verify::follow(&portal.core).await.unwrap();
        let (_, owner) = portal.org("acme").await;
        let api = portal.api("acme", &owner, "https://orders.example", visibility).await;
        let made =
            apis::create_verification_key(&portal.core, &owner, "acme", &api.id, "gateway", vec![Environment::Live]);
        let verification_key = made.await.unwrap().secret.expose().to_owned();
        Self { portal, owner, api, verification_key }
    }

    fn core(&self) -> &Core {
        &self.portal.core
    }

    async fn set(&self, text: &str) -> OperationDiff {
        operations::set_operations(self.core(), &self.owner, "acme", &self.api.id, document(text)).await.unwrap()
    }

    async fn choose(&self, unknown_operations: UnknownOperations) {
        let patch = ApiPatch { unknown_operations: Some(unknown_operations), ..ApiPatch::default() };
        apis::update(self.core(), &self.owner, "acme", &self.api.id, patch).await.unwrap();
    }

    async fn key(&self, scopes: &[&str], operations: &[&str]) -> CreatedKey {
        keys::create(self.core(), &self.owner, "acme", self.new_key(scopes, operations)).await.unwrap()
    }

    fn new_key(&self, scopes: &[&str], operations: &[&str]) -> NewKey {
        let own = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        NewKey { scopes: own(scopes), operations: own(operations), ..new_key(self.api.id.as_str()) }
    }

    async fn ask(&self, key: &CreatedKey, method: &str, path: &str) -> Answer {
        let request = VerifyRequest {
            credential: key.secret.expose(),
            operation: Some(Operation { method, path }),
            cost: 1,
            ..VerifyRequest::default()
        };
        verify::verify(self.core(), &self.verification_key, &request).await.unwrap()
    }

    async fn code(&self, key: &CreatedKey, method: &str, path: &str) -> Outcome {
        self.ask(key, method, path).await.code
    }

    async fn unknown(&self) -> Vec<UnknownOperation> {
        operations::flush_unknown_operations(self.core()).await.unwrap();
        operations::unknown_operations(self.core(), &self.owner, "acme", &self.api.id).await.unwrap()
    }

    async fn scopes_of(&self, key: &CreatedKey) -> String {
        keys::get(self.core(), &self.owner, "acme", &key.key.id).await.unwrap().scopes.to_string()
    }
}

fn document(text: &str) -> NewDocument {
    NewDocument { text: text.as_bytes().to_vec(), format: DocumentFormat::Yaml }
}

#[tokio::test]
async fn calls_are_allowed_by_the_scopes_of_their_operation() {
    let scene = Scene::new().await;
    scene.set(ORDERS).await;
    let reader = scene.key(&["read"], &[]).await;
    let writer = scene.key(&["orders:write", "orders:delete"], &[]).await;
    for (key, method, path, missing) in [
        (&reader, "GET", "/orders", None),
        (&reader, "GET", "/orders?limit=1", None),
        (&reader, "GET", "/orders/42", None),
        (&reader, "HEAD", "/orders/42", None),
        (&reader, "GET", "/health", None),
        (&reader, "POST", "/orders", Some(vec!["orders:write"])),
        (&reader, "DELETE", "/orders/42", Some(vec!["admin"])),
        (&writer, "POST", "/orders", None),
        (&writer, "DELETE", "/orders/42", None),
        (&writer, "GET", "/orders", Some(vec!["read"])),
        (&writer, "GET", "/health", None),
    ] {
        let answer = scene.ask(key, method, path).await;
        let expected = if missing.is_some() { Outcome::InsufficientScope } else { Outcome::Valid };
        assert_eq!(answer.code, expected, "{method} {path}");
        assert_eq!(answer.missing_scopes, missing.unwrap_or_default(), "{method} {path}");
    }
    // beside what the API asks for itself
    let scopes = ["admin".to_owned()];
    let request = VerifyRequest {
        credential: reader.secret.expose(),
        scopes: &scopes,
        operation: Some(Operation { method: "POST", path: "/orders" }),
        ..VerifyRequest::default()
    };
    let answer = verify::verify(scene.core(), &scene.verification_key, &request).await.unwrap();
    assert_eq!(answer.missing_scopes, ["admin", "orders:write"]);
}

#[tokio::test]
async fn unknown_operations_are_refused_or_allowed_and_counted() {
    let scene = Scene::new().await;
    let key = scene.key(&["read"], &[]).await;
    // without a document nothing is known, and nothing is worth counting
    assert_eq!(scene.code(&key, "GET", "/orders").await, Outcome::Valid);
    scene.choose(UnknownOperations::Strict).await;
    assert_eq!(scene.code(&key, "GET", "/orders").await, Outcome::InsufficientScope);
    assert_eq!(scene.unknown().await, []);

    scene.set(ORDERS).await;
    let refused = scene.ask(&key, "GET", "/nothing/7").await;
    assert_eq!((refused.code, refused.missing_scopes), (Outcome::InsufficientScope, vec![]));
    scene.choose(UnknownOperations::Lenient).await;
    for path in ["/nothing/8", "/nothing/9?token=secret"] {
        assert_eq!(scene.code(&key, "GET", path).await, Outcome::Valid, "{path}");
    }
    assert_eq!(scene.code(&key, "BREW", "/orders").await, Outcome::Valid);
    // what a server could take for another operation never is
    for (method, path) in
        [("DELETE", "/orders//42"), ("DELETE", "/orders/42/"), ("DELETE", "/x/../orders/42"), ("delete", "/orders/42")]
    {
        assert_eq!(scene.code(&key, method, path).await, Outcome::InsufficientScope, "{method} {path}");
    }
    let known = |unknown: UnknownOperation| (unknown.method, unknown.path, unknown.ambiguous, unknown.count);
    let mut counted: Vec<_> = scene.unknown().await.into_iter().map(known).collect();
    counted.sort();
    let row = |method: &str, path: &str, ambiguous, count| (method.to_owned(), path.to_owned(), ambiguous, count);
    assert_eq!(
        counted,
        [
            row("*", "/orders", false, 1),
            row("*", "/orders/{}", true, 1),
            row("DELETE", "/orders//{}", true, 1),
            row("DELETE", "/orders/{}", true, 1),
            row("DELETE", "/x/{}/orders/{}", true, 1),
            row("GET", "/nothing/{}", false, 3),
        ]
    );
    // who isn't known isn't counted
    let request = VerifyRequest {
        credential: "lk_live_nothing",
        operation: Some(Operation { method: "GET", path: "/strangers" }),
        ..VerifyRequest::default()
    };
    verify::verify(scene.core(), &scene.verification_key, &request).await.unwrap();
    assert_eq!(scene.unknown().await.len(), 6);
    // a new document counts anew
    scene.set("openapi: 3.1.0").await;
    assert_eq!(scene.unknown().await, []);
}

#[tokio::test]
async fn a_broken_document_names_line_and_reason_and_changes_nothing() {
    let scene = Scene::new().await;
    scene.set(ORDERS).await;
    let (core, owner, id) = (scene.core(), &scene.owner, &scene.api.id);
    let before = operations::operations(core, owner, "acme", id).await.unwrap();
    let broken = "openapi: 3.1.0\npaths:\n  /a:\n    get: {}\n    get: {}\n";
    let (results, actions) = scene
        .portal
        .audited(async {
            [
                operations::set_operations(core, owner, "acme", id, document(broken)).await.map(drop),
                operations::preview_operations(core, owner, "acme", id, document(broken)).await.map(drop),
                operations::propose_operations(core, owner, "acme", id, document(broken)).await,
            ]
        })
        .await;
    for result in results {
        let Err(Error::Invalid(errors)) = result else { panic!("not refused") };
        assert_eq!(
            (errors[0].field.as_str(), errors[0].detail.as_str()),
            ("document", "line 5: `get` stands here twice")
        );
    }
    assert_eq!(actions, [""; 0]);
    assert_eq!(operations::operations(core, owner, "acme", id).await.unwrap(), before);
    assert!(operations::proposed_operations(core, owner, "acme", id).await.unwrap().is_none());
}

#[tokio::test]
async fn scopes_that_the_api_lacks_are_made() {
    for (visibility, grant) in
        [(Visibility::Private, ScopeGrant::SelfService), (Visibility::Public, ScopeGrant::Approval)]
    {
        let scene = Scene::of(visibility).await;
        let diff = scene.set(ORDERS).await;
        let added: Vec<_> = diff.scopes_added.iter().map(|scope| scope.name.to_string()).collect();
        assert_eq!(added, ["orders:delete", "orders:write"]);
        let api = apis::get(scene.core(), &scene.owner, "acme", &scene.api.id).await.unwrap();
        let scopes: Vec<_> =
            api.scopes.iter().map(|scope| (scope.name.as_str(), scope.description.as_str(), scope.grant)).collect();
        assert_eq!(
            scopes,
            [
                ("admin", "May admin", ScopeGrant::Approval),
                ("orders:delete", "", grant),
                ("orders:write", "Write orders", grant),
                ("read", "May read", ScopeGrant::SelfService),
            ]
        );
    }
}

#[tokio::test]
async fn a_preview_tells_who_would_be_refused_and_changes_nothing() {
    let scene = Scene::new().await;
    let (core, owner, id) = (scene.core(), &scene.owner, &scene.api.id);
    let key = scene.key(&["read"], &[]).await;
    let revoked = scene.key(&[], &[]).await;
    keys::revoke(core, owner, "acme", &revoked.key.id, None).await.unwrap();
    let preview = || operations::preview_operations(core, owner, "acme", id, document(ORDERS));
    let (diff, actions) = scene.portal.audited(async { preview().await.unwrap() }).await;
    assert_eq!(actions, [""; 0]);
    assert_eq!(operations::operations(core, owner, "acme", id).await.unwrap(), None);
    let refused = &diff.newly_refused[0];
    assert_eq!((diff.newly_refused_count, refused.credential.id.as_str()), (1, key.key.id.as_str()));
    let calls: Vec<_> =
        refused.operations.iter().map(|call| (call.operation.id.clone().unwrap(), call.missing.to_string())).collect();
    assert_eq!(
        calls,
        [("createOrder".to_owned(), "orders:write".to_owned()), ("deleteOrder".to_owned(), "admin".to_owned())]
    );
    scene.set(ORDERS).await;
    let again = preview().await.unwrap();
    assert!(again.is_empty() && again.newly_refused.is_empty() && again.unchanged == 5);
}

#[tokio::test]
async fn the_same_document_again_is_no_change() {
    let scene = Scene::new().await;
    let (_, actions) = scene.portal.audited(scene.set(ORDERS)).await;
    assert_eq!(actions, ["api.openapi.set"]);
    let (_, actions) = scene.portal.audited(scene.set(ORDERS)).await;
    assert_eq!(actions, [""; 0]);
}

#[tokio::test]
async fn operations_give_their_scopes_now_and_whenever_they_change() {
    let scene = Scene::new().await;
    scene.set(ORDERS).await;
    let key = scene.key(&["read"], &["createOrder", "deleteOrder", "createOrder"]).await;
    assert_eq!(key.key.operations.as_ref().unwrap().names, ["createOrder", "deleteOrder"]);
    assert_eq!(scene.scopes_of(&key).await, "admin orders:write read");
    assert_eq!(scene.code(&key, "DELETE", "/orders/42").await, Outcome::Valid);

    let changed = ORDERS.replace("[{oauth: ['orders:write']}]", "[{oauth: ['orders:create']}]");
    let diff = scene.set(&changed).await;
    assert_eq!(diff.newly_refused, [], "what follows the document isn't refused by it");
    assert_eq!(scene.scopes_of(&key).await, "admin orders:create read");
    assert_eq!(scene.code(&key, "POST", "/orders").await, Outcome::Valid);

    // an operation that is gone gives nothing, and gives again when it comes back
    scene.set("openapi: 3.1.0").await;
    assert_eq!(scene.scopes_of(&key).await, "read");
    scene.set(ORDERS).await;
    assert_eq!(scene.scopes_of(&key).await, "admin orders:write read");

    // both parts change by themselves
    let patch = async |patch: KeyPatch| {
        let key = keys::update(scene.core(), &scene.owner, "acme", &key.key.id, patch).await.unwrap();
        (key.scopes.to_string(), key.operations.map(|granted| granted.names).unwrap_or_default())
    };
    let own = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
    let changed =
        patch(KeyPatch { operations: own(&["listOrders"]), scopes: own(&["orders:delete"]), ..KeyPatch::default() });
    assert_eq!(changed.await, ("orders:delete read".to_owned(), vec!["listOrders".to_owned()]));
    let changed = patch(KeyPatch { scopes: own(&[]), ..KeyPatch::default() }).await;
    assert_eq!(changed, ("read".to_owned(), vec!["listOrders".to_owned()]));
    let changed = patch(KeyPatch { operations: own(&[]), ..KeyPatch::default() }).await;
    assert_eq!(changed, (String::new(), vec![]));
}

#[tokio::test]
async fn operations_that_may_not_be_granted_are_named() {
    let scene = Scene::of(Visibility::Public).await;
    let (core, api) = (scene.core(), scene.api.id.as_str());
    let refused = keys::create(core, &scene.owner, "acme", scene.new_key(&[], &["listOrders"])).await;
    assert_eq!(bad_fields(refused), ["operations/0"], "there is no document yet");
    scene.set(ORDERS).await;
    let refused = keys::create(core, &scene.owner, "acme", scene.new_key(&[], &["listOrders", "nothing"])).await;
    assert_eq!(bad_fields(refused), ["operations/1"]);

    // another organisation is granted what its scopes are open to it for
    let (_, theirs) = scene.portal.org("globex").await;
    let refused = keys::create(core, &theirs, "globex", scene.new_key(&[], &["listOrders", "createOrder"])).await;
    assert_eq!(bad_fields(refused), ["operations/1"]);
    let key = keys::create(core, &theirs, "globex", scene.new_key(&[], &["listOrders"])).await.unwrap();
    assert_eq!(key.key.scopes.to_string(), "read");
    let mut grantable = keys::grantable_apis(core, &theirs, "globex").await.unwrap();
    assert!(grantable[0].operations.is_empty(), "nobody asked for them");
    keys::load_operations(core, &mut grantable, |_| false).await.unwrap();
    assert!(grantable[0].operations.is_empty() && grantable[0].has_more_operations);
    let mut grantable = keys::grantable_apis(core, &theirs, "globex").await.unwrap();
    keys::load_operations(core, &mut grantable, |known| known.id == scene.api.id).await.unwrap();
    assert!(!grantable[0].has_more_operations);
    let names: Vec<_> = grantable[0].operations.iter().map(|operation| operation.id.as_str()).collect();
    assert_eq!(names, ["listOrders", "getOrder"]);

    let grant = |names: &[&str]| NewGrant {
        api: api.to_owned(),
        operations: names.iter().map(ToString::to_string).collect(),
        ..NewGrant::default()
    };
    let new_app = |grant: NewGrant| NewApp { name: "import".to_owned(), grants: vec![grant], ..NewApp::default() };
    let refused = apps::create(core, &theirs, "globex", new_app(grant(&["getOrder", "deleteOrder"]))).await;
    assert_eq!(bad_fields(refused), ["grants/0/operations/1"]);
}

#[tokio::test]
async fn grants_of_apps_follow_the_document() {
    let scene = Scene::new().await;
    scene.set(ORDERS).await;
    let (core, owner) = (scene.core(), &scene.owner);
    let grant = |names: &[&str]| NewGrant {
        api: scene.api.id.to_string(),
        operations: names.iter().map(ToString::to_string).collect(),
        ..NewGrant::default()
    };
    let new = NewApp { name: "import".to_owned(), grants: vec![grant(&["createOrder"])], ..NewApp::default() };
    let app = apps::create(core, owner, "acme", new).await.unwrap().app;
    let scopes = async || apps::get(core, owner, "acme", &app.id).await.unwrap().grants[0].scopes.to_string();
    assert_eq!(scopes().await, "orders:write");
    scene.set(&ORDERS.replace("[{oauth: ['orders:write']}]", "[{oauth: ['orders:create']}]")).await;
    assert_eq!(scopes().await, "orders:create");
    let patch = AppPatch { grants: Some(vec![grant(&["listOrders"])]), ..AppPatch::default() };
    apps::update(core, owner, "acme", &app.id, patch).await.unwrap();
    assert_eq!(scopes().await, "read");
}

#[tokio::test]
async fn a_document_is_looked_at_before_it_is_applied() {
    let scene = Scene::new().await;
    let (core, owner, id) = (scene.core(), &scene.owner, &scene.api.id);
    let propose = |text: &'static str| operations::propose_operations(core, owner, "acme", id, document(text));
    propose("openapi: 3.1.0").await.unwrap();
    let first = operations::proposed_operations(core, owner, "acme", id).await.unwrap().unwrap().0;
    propose(ORDERS).await.unwrap();
    let (second, diff) = operations::proposed_operations(core, owner, "acme", id).await.unwrap().unwrap();
    assert_eq!((diff.added.len(), diff.scopes_added.len()), (5, 2));
    assert_eq!(operations::operations(core, owner, "acme", id).await.unwrap(), None, "nothing is in force yet");

    let refused = operations::apply_proposed_operations(core, owner, "acme", id, &first.digest).await;
    assert_eq!(bad_fields(refused), ["document"], "another one was looked at");
    operations::apply_proposed_operations(core, owner, "acme", id, &second.digest).await.unwrap();
    let in_force = operations::operations(core, owner, "acme", id).await.unwrap().unwrap();
    assert_eq!((in_force.description, in_force.digest.as_str()), (second.description, second.digest.as_str()));
    assert!(operations::proposed_operations(core, owner, "acme", id).await.unwrap().is_none());
    let refused = operations::apply_proposed_operations(core, owner, "acme", id, &second.digest).await;
    assert_eq!(bad_fields(refused), ["document"]);

    propose("openapi: 3.0.0").await.unwrap();
    let discard = || operations::discard_proposed_operations(core, owner, "acme", id);
    let (_, actions) = scene.portal.audited(async { (discard().await.unwrap(), discard().await.unwrap()) }).await;
    assert_eq!(actions, ["api.openapi.discard"], "again is fine, and nothing");
    assert!(operations::proposed_operations(core, owner, "acme", id).await.unwrap().is_none());
}

#[tokio::test]
async fn admins_change_operations_and_viewers_see_them() {
    let scene = Scene::new().await;
    let (core, id) = (scene.core(), &scene.api.id);
    let developer = scene.portal.member("acme", &scene.owner, "dev", Role::Developer).await;
    let viewer = scene.portal.member("acme", &scene.owner, "eye", Role::Viewer).await;
    let (_, stranger) = scene.portal.org("globex").await;
    for who in [&developer, &viewer] {
        assert!(is_forbidden(&operations::set_operations(core, who, "acme", id, document(ORDERS)).await));
        assert!(is_forbidden(&operations::preview_operations(core, who, "acme", id, document(ORDERS)).await));
        assert!(is_forbidden(&operations::propose_operations(core, who, "acme", id, document(ORDERS)).await));
        assert!(is_forbidden(&operations::proposed_operations(core, who, "acme", id).await));
        assert!(is_forbidden(&operations::apply_proposed_operations(core, who, "acme", id, "x").await));
        assert!(is_forbidden(&operations::discard_proposed_operations(core, who, "acme", id).await));
        assert!(operations::operations(core, who, "acme", id).await.is_ok());
        assert!(operations::unknown_operations(core, who, "acme", id).await.is_ok());
    }
    for (org, who) in [("acme", &stranger), ("globex", &stranger)] {
        assert!(is_not_found(&operations::set_operations(core, who, org, id, document(ORDERS)).await), "{org}");
        assert!(is_not_found(&operations::operations(core, who, org, id).await), "{org}");
        assert!(is_not_found(&operations::unknown_operations(core, who, org, id).await), "{org}");
        assert!(is_not_found(&operations::proposed_operations(core, who, org, id).await), "{org}");
    }
}
