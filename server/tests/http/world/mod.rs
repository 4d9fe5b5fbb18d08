//! Two organisations with one of everything, so that each route has something to find.

pub mod new_bodies;

use std::ops::Deref;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, header};

use latchkey_core::accounts::{self, Identity};
use latchkey_core::{Actor, Caller, management_keys, orgs};
use latchkey_jose::SigningKey;
use latchkey_types::{Role, Timestamp};
use serde_json::{Value, json};

use self::new_bodies::{
    new_action_token, new_api, new_app, new_initial_access_token, new_key, new_service_account, new_webhook,
    new_workload_rule,
};
pub use crate::app::COMMAND_LINE;
use crate::app::{Options, TestApp};

/// The issuer and public URL of every test.
pub const ISSUER: &str = "http://localhost:3000";

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The JSON body.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// One member of the JSON body, as text.
    #[track_caller]
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no {member}: {self:?}")).to_owned()
    }

    /// A header's value; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

/// An application without sign-in providers: these tests need none.
pub async fn app() -> TestApp {
    TestApp::with(Options { providers: Vec::new(), ..Options::default() }).await
}

/// Sends a request as it stands.
pub async fn send(app: &TestApp, request: Request<Body>) -> Answer {
    let (parts, body) = request.into_parts();
    let headers: Vec<(&str, &str)> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let answer = app.anonymous().send(parts.method, &parts.uri.to_string(), &headers, body).await;
    Answer { status: answer.status, headers: answer.headers, body: answer.body }
}

/// Sends JSON (or nothing, for `null`) with a key (or none, for an empty one).
async fn call(app: &TestApp, method: &str, path: &str, key: &str, body: &Value) -> Answer {
    send(app, request(method, path, key, body)).await
}

/// A request with JSON (or nothing, for `null`) and a key (or none, for an empty one).
pub fn request(method: &str, path: &str, key: &str, body: &Value) -> Request<Body> {
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    if !key.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    if body.is_null() {
        return request.body(Body::empty()).unwrap();
    }
    request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())).unwrap()
}

/// `acme`, which owns all that is named here, and `globex`, which owns nothing of it and holds a key for its API.
pub struct World {
    pub app: TestApp,
    /// `acme`'s management keys by role: viewer, developer, admin, owner.
    keys: Vec<(Role, String)>,
    /// A management key of `acme` that is revoked.
    pub revoked: String,
    /// `globex`'s owner's management key.
    pub foreign: String,
    /// The operators' management key.
    pub operator: String,
    /// A member of `acme` who isn't its only owner.
    pub user: String,
    pub api: String,
    /// An API that nothing holds credentials for.
    pub spare_api: String,
    pub verification_key: String,
    pub verification_key_id: String,
    pub key: String,
    pub key_secret: String,
    pub client: String,
    pub client_secret: String,
    pub client_secret_id: String,
    /// A public key of the app, that proves it where it authenticates so: [`client_key`]'s.
    pub client_key_id: String,
    /// A service account with the role of a developer and the key [`account_key`].
    pub service_account: String,
    pub service_account_key: String,
    /// Lets [`workload_token`] stand for the service account.
    pub workload_rule: String,
    pub invitation: String,
    /// `globex`'s key for `acme`'s API.
    pub foreign_key: String,
    pub foreign_key_secret: String,
    /// `globex` asks for a scope of `acme`'s API.
    pub access_request: String,
    pub management_key: String,
    /// An identity provider that `acme` trusts.
    pub trusted_issuer: String,
    /// What a page may swap for an access token.
    pub action_token: String,
    pub action_token_secret: String,
    /// With what a program registers a client.
    pub initial_access_token: String,
    /// An address that `acme`'s notices are posted to, and a test that is on its way there.
    pub webhook: String,
    pub delivery: String,
}

impl Deref for World {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl World {
    pub async fn new() -> Self {
        Self::on(app().await).await
    }

    /// The same in this application.
    pub async fn on(app: TestApp) -> Self {
        let user = with_two_owners(&app).await;
        orgs::create(&app.core, &COMMAND_LINE, "Globex", "globex", None).await.unwrap();
        let mut keys = Vec::new();
        for role in Role::ALL {
            keys.push((role, management_key(&app, Some("acme"), role).await.0));
        }
        let owner = keys[3].1.clone();
        let foreign = management_key(&app, Some("globex"), Role::Owner).await.0;
        let operator = management_key(&app, None, Role::Owner).await.0;
        let (revoked, revoked_id) = management_key(&app, Some("acme"), Role::Owner).await;
        let path = format!("/api/v1/orgs/acme/management-keys/{revoked_id}");
        call(&app, "DELETE", &path, &owner, &Value::Null).await.expect(204);

        let make = async |path: &str, key: &str, body: Value| call(&app, "POST", path, key, &body).await.expect(201);
        let api = make("/api/v1/orgs/acme/apis", &owner, new_api("https://orders.example")).await.text("id");
        let spare_api = make("/api/v1/orgs/acme/apis", &owner, new_api("https://spare.example")).await.text("id");
        let verification =
            make(&format!("/api/v1/orgs/acme/apis/{api}/verification-keys"), &owner, json!({ "name": "gateway" }))
                .await;
        let key = make("/api/v1/orgs/acme/keys", &owner, new_key()).await;
        let ours = json!({ "kind": "api_key", "name": "ours", "api": api });
        let foreign_key = make("/api/v1/orgs/globex/keys", &foreign, ours).await;
        let client = make("/api/v1/orgs/acme/apps", &owner, new_app()).await;
        let keys_of_client = format!("/api/v1/orgs/acme/apps/{}/keys", client.text("id"));
        let jwk = latchkey_jose::Jwk::new(client_key().public_key());
        let client_key = make(&keys_of_client, &owner, json!({ "jwk": jwk })).await;
        let secrets = format!("/api/v1/orgs/acme/apps/{}/secrets", client.text("id"));
        let secrets = call(&app, "GET", &secrets, &owner, &Value::Null).await.expect(200).json();
        let account = make("/api/v1/orgs/acme/service-accounts", &owner, new_service_account()).await.text("id");
        let account_keys = format!("/api/v1/orgs/acme/service-accounts/{account}/keys");
        let account_keys = call(&app, "GET", &account_keys, &owner, &Value::Null).await.expect(200).json();
        let rule = make("/api/v1/orgs/acme/workload-rules", &owner, new_workload_rule(&account)).await;
        let invitation =
            make("/api/v1/orgs/acme/invitations", &owner, json!({ "email": "bo@example.com", "role": "viewer" })).await;
        let access = json!({ "api": api, "scopes": ["orders:admin"], "reason": "for the back office" });
        let access_request = make("/api/v1/orgs/globex/access-requests", &foreign, access).await;
        let idp = json!({ "issuer": "https://idp.example", "audience": "shop" });
        let trusted_issuer = make("/api/v1/orgs/acme/trusted-issuers", &owner, idp).await;
        let initial = make("/api/v1/orgs/acme/initial-access-tokens", &owner, new_initial_access_token()).await;
        let webhook = make("/api/v1/orgs/acme/webhooks", &owner, new_webhook()).await.text("id");
        let test = format!("/api/v1/orgs/acme/webhooks/{webhook}/test");
        let delivery = make(&test, &owner, Value::Null).await.text("id");
        let action = make("/api/v1/orgs/acme/action-tokens", &owner, new_action_token()).await;
        Self {
            action_token: action.text("id"),
            action_token_secret: action.text("secret"),
            initial_access_token: initial.text("id"),
            webhook,
            delivery,
            management_key: management_key(&app, Some("acme"), Role::Viewer).await.1,
            keys,
            revoked,
            foreign,
            operator,
            user,
            api,
            spare_api,
            verification_key: verification.text("secret"),
            verification_key_id: verification.text("id"),
            key: key.text("id"),
            key_secret: key.text("secret"),
            client: client.text("id"),
            client_secret: client.text("client_secret"),
            client_key_id: client_key.text("id"),
            client_secret_id: secrets["items"][0]["id"].as_str().unwrap().to_owned(),
            service_account: account,
            service_account_key: account_keys["items"][0]["id"].as_str().unwrap().to_owned(),
            workload_rule: rule.text("id"),
            invitation: invitation.text("id"),
            foreign_key: foreign_key.text("id"),
            foreign_key_secret: foreign_key.text("secret"),
            access_request: access_request.text("id"),
            trusted_issuer: trusted_issuer.text("id"),
            app,
        }
    }

    /// Sends a request as it stands.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.app, request).await
    }

    /// Sends JSON (or nothing, for `null`) with a key (or none, for an empty one).
    pub async fn call(&self, method: &str, path: &str, key: &str, body: &Value) -> Answer {
        call(&self.app, method, path, key, body).await
    }

    /// `GET`.
    pub async fn get(&self, path: &str, key: &str) -> Answer {
        self.call("GET", path, key, &Value::Null).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.call("POST", path, key, body).await
    }

    /// Asks about a credential.
    pub async fn verify(&self, verification_key: &str, credential: &str) -> Value {
        self.post("/v1/verify", verification_key, &json!({ "credential": credential })).await.expect(200).json()
    }

    /// `POST /oauth/token` with these headers and parameters.
    pub async fn token(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        self.form("/oauth/token", headers, body).await
    }

    /// `POST` of a form with these headers and parameters.
    pub async fn form(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Lets seconds pass.
    pub async fn wait(&self, seconds: u64) {
        self.app.advance(Duration::from_secs(seconds)).await;
    }

    /// `acme`'s management key of this role.
    pub fn key_of(&self, role: Role) -> &str {
        &self.keys.iter().find(|(known, _)| *known == role).unwrap().1
    }

    /// `acme`'s owner's management key.
    pub fn owner(&self) -> &str {
        self.key_of(Role::Owner)
    }
}

/// What signs the assertions of `acme`'s service account.
pub fn account_key() -> SigningKey {
    SigningKey::from_seed(&[202; 32])
}

/// What the outside issuer of `acme`'s workload rule signs with.
pub fn issuer_key() -> SigningKey {
    SigningKey::from_seed(&[203; 32])
}

/// A token of a job that the workload rule takes, good for ten minutes.
pub fn workload_token(jti: &str, now: Timestamp) -> String {
    let now = now.as_seconds();
    let claims = json!({
        "iss": "https://token.actions.githubusercontent.com", "aud": ISSUER, "jti": jti,
        "sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "repository": "octo-org/octo-repo",
        "ref": "refs/heads/main", "iat": now, "nbf": now, "exp": now + 600,
    });
    issuer_key().sign("JWT", &claims).unwrap()
}

/// What signs the assertions of `acme`'s app.
pub fn client_key() -> SigningKey {
    SigningKey::from_seed(&[201; 32])
}

/// `acme` with two owners, of whom one can go: the second came by an invitation. Answers the second.
async fn with_two_owners(app: &TestApp) -> String {
    let person = async |subject: &str| {
        let identity = Identity {
            issuer: "https://idp.example".to_owned(),
            subject: subject.to_owned(),
            name: subject.to_owned(),
            email: Some(format!("{subject}@example.com")),
            email_verified: true,
        };
        let user = accounts::sign_in(&app.core, identity, None).await.unwrap();
        Caller { actor: Actor::User { id: user.id, operator: false }, ip: None }
    };
    let (first, second) = (person("ada").await, person("bea").await);
    orgs::create(&app.core, &first, "Acme", "acme", None).await.unwrap();
    let invited = orgs::invite(&app.core, &first, "acme", "bea@example.com", Role::Owner).await.unwrap();
    orgs::accept_invitation(&app.core, &second, invited.token.expose()).await.unwrap();
    match second.actor {
        Actor::User { id, .. } => id.to_string(),
        _ => unreachable!("a person"),
    }
}

async fn management_key(app: &TestApp, org: Option<&str>, role: Role) -> (String, String) {
    let new = management_keys::NewKey { name: format!("{role} key"), role, expires_at: None };
    let created = management_keys::create(&app.core, &COMMAND_LINE, org, new).await.unwrap();
    (created.secret.expose().to_owned(), created.key.id.to_string())
}
