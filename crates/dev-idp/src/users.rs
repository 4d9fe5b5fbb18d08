//! The demo users.

use serde_json::{Map, Value, json};

/// A demo user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The `sub` of their ID tokens: it never changes.
    pub subject: &'static str,
    /// The `name` claim.
    pub name: &'static str,
    /// The `email` claim; verified.
    pub email: &'static str,
    /// What the page says of them.
    pub description: &'static str,
}

/// The two demo users: the first owns the demo organisation.
pub const USERS: [User; 2] = [
    User { subject: "ada", name: "Ada", email: "ada@example.com", description: "owns the demo organisation" },
    User { subject: "ben", name: "Ben", email: "ben@example.com", description: "starts without an organisation" },
];

/// The user of this `sub`.
pub fn find(subject: &str) -> Option<&'static User> {
    USERS.iter().find(|user| user.subject == subject)
}

impl User {
    /// The claims that these scopes ask for (OpenID Connect Core section 5.4), `sub` always among them.
    pub(crate) fn claims(&self, scope: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("sub".into(), json!(self.subject));
        for scope in scope.split(' ') {
            match scope {
                "profile" => {
                    claims.insert("name".into(), json!(self.name));
                    claims.insert("preferred_username".into(), json!(self.subject));
                }
                "email" => {
                    claims.insert("email".into(), json!(self.email));
                    claims.insert("email_verified".into(), json!(true));
                }
                _ => {}
            }
        }
        claims
    }
}
