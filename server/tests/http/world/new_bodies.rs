//! Bodies of good creations.

use serde_json::{Value, json};

pub fn new_api(audience: &str) -> Value {
    json!({
        "name": "Orders",
        "audience": audience,
        "visibility": "public",
        "scopes": [
            { "name": "orders:read", "description": "Read orders" },
            { "name": "orders:write", "description": "Change orders" },
            { "name": "orders:admin", "description": "Everything", "grant": "approval" },
        ],
    })
}

pub fn new_key() -> Value {
    json!({
        "kind": "api_key",
        "name": "checkout",
        "api": "https://orders.example",
        "scopes": ["orders:read"],
        "expires_at": "2027-06-01T00:00:00Z",
        "owner": "customer_42",
        "metadata": { "plan": "pro" },
    })
}

pub fn new_import(secret: &str) -> Value {
    json!({ "items": [{
        "name": "from the old gateway",
        "api": "https://orders.example",
        "secret": secret,
        "scopes": ["orders:read"],
        "owner": "customer_7",
    }] })
}

pub fn new_app() -> Value {
    json!({ "name": "worker", "grants": [{ "api": "https://orders.example", "scopes": ["orders:read", "orders:write"] }] })
}

pub fn new_public_key() -> Value {
    let key = latchkey_jose::SigningKey::from_seed(&[200; 32]).public_key();
    json!({ "jwk": latchkey_jose::Jwk::new(key) })
}

pub fn new_service_account() -> Value {
    let key = latchkey_jose::Jwk::new(super::account_key().public_key());
    json!({ "name": "deployer", "roles": ["developer"], "jwks": { "keys": [key] } })
}

/// Tokens of a job on GitHub, with keys that were uploaded: [`super::workload_token`]'s.
pub fn new_workload_rule(principal: &str) -> Value {
    let key = latchkey_jose::Jwk::new(super::issuer_key().public_key());
    json!({
        "issuer": "https://token.actions.githubusercontent.com", "audience": super::ISSUER,
        "claims": { "repository": "octo-org/octo-repo", "sub": "repo:octo-org/octo-repo:*" },
        "jwks": { "keys": [key] }, "principal": principal,
    })
}

pub fn new_action_token() -> Value {
    json!({ "api": "https://orders.example", "scopes": ["orders:read"], "purpose": "confirm-order" })
}

pub fn new_initial_access_token() -> Value {
    json!({ "name": "cluster", "grants": [{ "api": "https://orders.example", "scopes": ["orders:read"] }] })
}

pub fn new_webhook() -> Value {
    json!({ "url": "https://hooks.example/latchkey", "kinds": ["credential.revoked", "leak.reported"] })
}
