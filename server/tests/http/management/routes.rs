//! Every management route: who may, what to send, what it answers. A route that isn't here fails the matrix.

use latchkey_types::Role::{self, Admin, Developer, Owner, Viewer};
use latchkey_types::Timestamp;
use serde_json::{Value, json};

use crate::world::World;
use crate::world::new_bodies::{
    new_action_token, new_api, new_app, new_import, new_initial_access_token, new_key, new_public_key,
    new_service_account, new_webhook, new_workload_rule,
};
use crate::world::workload_token;

/// Whose a route is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// An organisation's: with this role or more.
    Org(Role),
    /// Everybody's who has a key.
    Anyone,
    /// An operator's alone, and there is nothing for others: 404.
    Operator,
    /// An operator's alone, and others are told so: 403.
    OperatorTold,
}

/// A route with a good call.
pub struct Row {
    pub method: &'static str,
    /// As the router has it, without `/api/v1`.
    pub template: &'static str,
    pub whose: Whose,
    /// What a good call sends; `{client}` stands for the app of `acme`.
    pub body: Value,
    /// What a good call gets.
    pub status: u16,
}

fn row(method: &'static str, template: &'static str, whose: Whose, body: Value, status: u16) -> Row {
    Row { method, template, whose, body, status }
}

/// The table. Calls that need something prepared are prepared by [`path`].
pub fn table() -> Vec<Row> {
    organisations_and_apis().into_iter().chain(credentials()).collect()
}

fn organisations_and_apis() -> Vec<Row> {
    let org = Whose::Org;
    let none = || Value::Null;
    vec![
        row("GET", "/whoami", Whose::Anyone, none(), 200),
        row("GET", "/orgs", Whose::Anyone, none(), 200),
        row("POST", "/orgs", Whose::OperatorTold, json!({ "name": "Initech", "slug": "initech" }), 201),
        row("GET", "/catalogue", Whose::Anyone, none(), 200),
        row("GET", "/orgs/{slug}", org(Viewer), none(), 200),
        row("PATCH", "/orgs/{slug}", org(Admin), json!({ "name": "Acme Ltd" }), 200),
        row("GET", "/orgs/{slug}/members", org(Developer), none(), 200),
        row("PATCH", "/orgs/{slug}/members/{user}", org(Owner), json!({ "role": "viewer" }), 200),
        row("DELETE", "/orgs/{slug}/members/{user}", org(Owner), none(), 204),
        row("GET", "/orgs/{slug}/invitations", org(Admin), none(), 200),
        row(
            "POST",
            "/orgs/{slug}/invitations",
            org(Admin),
            json!({ "email": "cy@example.com", "role": "viewer" }),
            201,
        ),
        row("DELETE", "/orgs/{slug}/invitations/{id}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/management-keys", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/management-keys", org(Admin), json!({ "name": "ci", "role": "viewer" }), 201),
        row("DELETE", "/orgs/{slug}/management-keys/{id}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/access-requests", org(Viewer), none(), 200),
        row(
            "POST",
            "/orgs/{slug}/access-requests",
            org(Developer),
            json!({ "api": "https://files.example", "scopes": ["files:all"], "reason": "backups" }),
            201,
        ),
        row("GET", "/orgs/{slug}/apis", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/apis", org(Admin), new_api("https://third.example"), 201),
        row("GET", "/orgs/{slug}/apis/{id}", org(Viewer), none(), 200),
        row("PATCH", "/orgs/{slug}/apis/{id}", org(Admin), json!({ "name": "Orders 2" }), 200),
        row("DELETE", "/orgs/{slug}/apis/{id}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/apis/{id}/call-paths", org(Viewer), none(), 200),
        row(
            "PUT",
            "/orgs/{slug}/apis/{id}/call-paths",
            org(Admin),
            json!({ "default": "deny", "max_depth": 2, "items": [{ "caller": "app_0000000000000001" }] }),
            200,
        ),
        row("GET", "/orgs/{slug}/apis/{id}/openapi", org(Viewer), none(), 200),
        row("PUT", "/orgs/{slug}/apis/{id}/openapi", org(Admin), json!({ "openapi": "3.1.0", "paths": {} }), 200),
        row("GET", "/orgs/{slug}/apis/{id}/verification-keys", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/apis/{id}/verification-keys", org(Admin), json!({ "name": "second" }), 201),
        row("DELETE", "/orgs/{slug}/apis/{id}/verification-keys/{key}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/apis/{id}/access-requests", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/apis/{id}/access-requests/{request}/approve", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/apis/{id}/access-requests/{request}/deny", org(Admin), none(), 200),
        row("GET", "/orgs/{slug}/apis/{id}/consumers", org(Viewer), none(), 200),
        row(
            "PUT",
            "/orgs/{slug}/apis/{id}/consumers/{consumer}",
            org(Admin),
            json!({ "metadata": { "tier": 2 } }),
            200,
        ),
        row("POST", "/orgs/{slug}/apis/{id}/consumers/{consumer}/block", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/apis/{id}/consumers/{consumer}/unblock", org(Admin), none(), 200),
        row("PATCH", "/orgs/{slug}/apis/{id}/keys/{key}", org(Admin), json!({ "owner": "customer_7" }), 200),
    ]
}

fn credentials() -> Vec<Row> {
    let org = Whose::Org;
    let none = || Value::Null;
    vec![
        row("GET", "/orgs/{slug}/keys", org(Viewer), none(), 200),
        row("GET", "/orgs/{slug}/leaks", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/keys", org(Developer), new_key(), 201),
        row("POST", "/orgs/{slug}/keys/import", org(Developer), new_import("old-gateway-4711"), 201),
        row("GET", "/orgs/{slug}/keys/{id}", org(Viewer), none(), 200),
        row("PATCH", "/orgs/{slug}/keys/{id}", org(Developer), json!({ "name": "renamed" }), 200),
        row("POST", "/orgs/{slug}/keys/{id}/rotate", org(Developer), json!({ "overlap_seconds": 60 }), 201),
        row("POST", "/orgs/{slug}/keys/{id}/revoke", org(Developer), json!({ "reason": "leaked" }), 200),
        row("POST", "/orgs/{slug}/keys/{id}/disable", org(Developer), none(), 200),
        row("POST", "/orgs/{slug}/keys/{id}/enable", org(Developer), none(), 200),
        row("GET", "/orgs/{slug}/apps", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/apps", org(Developer), new_app(), 201),
        row("GET", "/orgs/{slug}/apps/{id}", org(Viewer), none(), 200),
        row("PATCH", "/orgs/{slug}/apps/{id}", org(Developer), json!({ "name": "renamed" }), 200),
        row("DELETE", "/orgs/{slug}/apps/{id}", org(Developer), none(), 204),
        row("POST", "/orgs/{slug}/apps/{id}/revoke", org(Developer), none(), 200),
        row("POST", "/orgs/{slug}/apps/{id}/disable", org(Developer), none(), 200),
        row("POST", "/orgs/{slug}/apps/{id}/enable", org(Developer), none(), 200),
        row("GET", "/orgs/{slug}/apps/{id}/secrets", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/apps/{id}/secrets", org(Developer), none(), 201),
        row("DELETE", "/orgs/{slug}/apps/{id}/secrets/{secret}", org(Developer), none(), 204),
        row("GET", "/orgs/{slug}/trusted-issuers", org(Admin), none(), 200),
        row(
            "POST",
            "/orgs/{slug}/trusted-issuers",
            org(Admin),
            json!({ "issuer": "https://other-idp.example", "audience": "shop" }),
            201,
        ),
        row("DELETE", "/orgs/{slug}/trusted-issuers/{id}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/apps/{id}/keys", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/apps/{id}/keys", org(Developer), new_public_key(), 201),
        row("DELETE", "/orgs/{slug}/apps/{id}/keys/{key}", org(Developer), none(), 204),
        row("GET", "/orgs/{slug}/service-accounts", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/service-accounts", org(Admin), new_service_account(), 201),
        row("GET", "/orgs/{slug}/service-accounts/{id}", org(Viewer), none(), 200),
        row("PATCH", "/orgs/{slug}/service-accounts/{id}", org(Admin), json!({ "name": "renamed" }), 200),
        row("DELETE", "/orgs/{slug}/service-accounts/{id}", org(Admin), none(), 204),
        row("POST", "/orgs/{slug}/service-accounts/{id}/revoke", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/service-accounts/{id}/disable", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/service-accounts/{id}/enable", org(Admin), none(), 200),
        row("GET", "/orgs/{slug}/service-accounts/{id}/keys", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/service-accounts/{id}/keys", org(Admin), new_public_key(), 201),
        row("DELETE", "/orgs/{slug}/service-accounts/{id}/keys/{key}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/workload-rules", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/workload-rules", org(Admin), new_workload_rule("{client}"), 201),
        row(
            "POST",
            "/orgs/{slug}/workload-rules/test",
            org(Admin),
            json!({ "token": workload_token("test", Timestamp::from_seconds(0)) }),
            200,
        ),
        row("DELETE", "/orgs/{slug}/workload-rules/{id}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/initial-access-tokens", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/initial-access-tokens", org(Admin), new_initial_access_token(), 201),
        row("DELETE", "/orgs/{slug}/initial-access-tokens/{id}", org(Admin), none(), 204),
        row("GET", "/orgs/{slug}/action-tokens", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/action-tokens", org(Developer), new_action_token(), 201),
        row("GET", "/orgs/{slug}/action-tokens/{id}", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/action-tokens/{id}/revoke", org(Developer), none(), 200),
        row("GET", "/orgs/{slug}/notices", org(Viewer), none(), 200),
        row("GET", "/orgs/{slug}/notice-settings", org(Admin), none(), 200),
        row("PATCH", "/orgs/{slug}/notice-settings", org(Admin), json!({ "email_kinds": ["leak.reported"] }), 200),
        row("GET", "/orgs/{slug}/webhooks", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/webhooks", org(Admin), new_webhook(), 201),
        row("GET", "/orgs/{slug}/webhooks/{id}", org(Admin), none(), 200),
        row("PATCH", "/orgs/{slug}/webhooks/{id}", org(Admin), json!({ "enabled": false }), 200),
        row("DELETE", "/orgs/{slug}/webhooks/{id}", org(Admin), none(), 204),
        row("POST", "/orgs/{slug}/webhooks/{id}/rotate", org(Admin), none(), 201),
        row("POST", "/orgs/{slug}/webhooks/{id}/test", org(Admin), none(), 201),
        row("GET", "/orgs/{slug}/webhooks/{id}/deliveries", org(Admin), none(), 200),
        row("POST", "/orgs/{slug}/webhooks/{id}/deliveries/{delivery}/send-again", org(Admin), none(), 200),
        row("GET", "/orgs/{slug}/usage", org(Viewer), none(), 200),
        row("GET", "/orgs/{slug}/hygiene", org(Viewer), none(), 200),
        row("POST", "/orgs/{slug}/security-tier/preview", org(Owner), json!({ "security_tier": "high" }), 200),
        row("GET", "/orgs/{slug}/audit", org(Admin), none(), 200),
        row("GET", "/operator/credentials", Whose::Operator, none(), 200),
        row("POST", "/operator/credentials/{id}/revoke", Whose::Operator, none(), 200),
        row("POST", "/operator/orgs/{slug}/suspend", Whose::Operator, none(), 200),
        row("POST", "/operator/orgs/{slug}/unsuspend", Whose::Operator, none(), 200),
        row("GET", "/operator/signing-keys", Whose::Operator, none(), 200),
        row("POST", "/operator/signing-keys/rotate", Whose::Operator, none(), 204),
        row("POST", "/operator/signing-keys/{kid}/revoke", Whose::Operator, none(), 204),
    ]
}

/// The route's path with `acme`'s ids in it.
pub async fn path(world: &World, row: &Row) -> String {
    let id = match row.template {
        "/orgs/{slug}/apis/{id}" if row.method == "DELETE" => &world.spare_api,
        template if template.starts_with("/orgs/{slug}/apis/{id}") => &world.api,
        template if template.starts_with("/orgs/{slug}/apps/{id}") => &world.client,
        template if template.starts_with("/orgs/{slug}/service-accounts/{id}") => &world.service_account,
        template if template.starts_with("/orgs/{slug}/workload-rules/{id}") => &world.workload_rule,
        template if template.starts_with("/orgs/{slug}/invitations/") => &world.invitation,
        template if template.starts_with("/orgs/{slug}/management-keys/") => &world.management_key,
        template if template.starts_with("/orgs/{slug}/trusted-issuers/") => &world.trusted_issuer,
        template if template.starts_with("/orgs/{slug}/action-tokens/") => &world.action_token,
        template if template.starts_with("/orgs/{slug}/initial-access-tokens/") => &world.initial_access_token,
        template if template.starts_with("/orgs/{slug}/webhooks/{id}") => &world.webhook,
        _ => &world.key,
    };
    let key = match row.template {
        "/orgs/{slug}/apis/{id}/keys/{key}" => &world.foreign_key,
        "/orgs/{slug}/apps/{id}/keys/{key}" => &world.client_key_id,
        "/orgs/{slug}/service-accounts/{id}/keys/{key}" => &world.service_account_key,
        _ => &world.verification_key_id,
    };
    let mut path = format!("/api/v1{}", row.template);
    for (part, value) in [
        ("{slug}", "acme"),
        ("{id}", id),
        ("{user}", &world.user),
        ("{key}", key),
        ("{request}", &world.access_request),
        ("{consumer}", "globex"),
        ("{secret}", &world.client_secret_id),
        ("{delivery}", &world.delivery),
    ] {
        path = path.replace(part, value);
    }
    if path.contains("{kid}") {
        let keys = world.get("/api/v1/operator/signing-keys", &world.operator).await.expect(200).json();
        path = path.replace("{kid}", keys["items"][0]["kid"].as_str().unwrap());
    }
    path
}
