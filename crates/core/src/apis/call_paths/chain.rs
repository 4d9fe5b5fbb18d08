use latchkey_jose::{AccessToken, Actor, Principal};

use super::CallPaths;
use crate::apis::Api;

/// The callers that a token went through, the latest first: its client, then the clients of `act` (RFC 8693 section
/// 4.1), then the program that it is about, where it is about one.
///
/// `act` begins with whoever acts now, who is the caller itself; it is not counted twice. A program's own token says
/// nothing of `act`: the program is `origin`, and so the first of the chain ("order, called by cart").
pub(crate) fn chain<'t>(client: &'t str, act: Option<&'t Actor>, origin: Option<&'t str>) -> Vec<&'t str> {
    let acted = act.into_iter().flat_map(Actor::chain);
    let clients = acted.map(|actor| actor.client_id.as_deref().unwrap_or(&actor.sub));
    let earlier = clients.enumerate().filter(|(position, id)| *position > 0 || *id != client).map(|(_, id)| id);
    let mut chain: Vec<&str> = std::iter::once(client).chain(earlier).collect();
    if let Some(origin) = origin
        && chain.last() != Some(&origin)
    {
        chain.push(origin);
    }
    chain
}

/// The same, of a token that was issued.
pub(crate) fn chain_of(token: &AccessToken) -> Vec<&str> {
    let origin = (token.principal == Principal::Service).then_some(token.sub.as_str());
    chain(&token.client_id, token.act.as_ref(), origin)
}

impl Api {
    /// Whether this chain of callers, the latest first, may reach it.
    pub(crate) fn allows_chain(&self, chain: &[&str]) -> bool {
        match &self.call_paths {
            Some(paths) => paths.allow(chain),
            None => CallPaths::default().allow(chain),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn token(sub: &str, principal: &str, client: &str, act: Value) -> AccessToken {
        let mut claims = json!({
            "iss": "https://portal.example", "sub": sub, "aud": "https://x.example", "exp": 2, "iat": 1, "nbf": 1,
            "jti": "j", "client_id": client, "scope": "", "org": "org_0000000000000001", "principal": principal,
            "cred": "token_exchange",
        });
        if !act.is_null() {
            claims["act"] = act;
        }
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn every_client_stands_in_the_chain_once() {
        let cart = json!({ "sub": "cart" });
        let order_cart = json!({ "sub": "order", "act": cart });
        for (sub, principal, client, act, chain) in [
            ("cart", "service", "cart", Value::Null, &["cart"][..]),
            // order on behalf of cart, and as if it were cart
            ("cart", "service", "order", json!({ "sub": "order" }), &["order", "cart"]),
            ("cart", "service", "order", Value::Null, &["order", "cart"]),
            // payment on behalf of order on behalf of cart
            ("cart", "service", "pay", json!({ "sub": "pay", "act": { "sub": "order" } }), &["pay", "order", "cart"]),
            // a person who came by cart
            ("https://idp|ada", "user", "cart", cart.clone(), &["cart"]),
            ("https://idp|ada", "user", "cart", Value::Null, &["cart"]),
            ("https://idp|ada", "user", "order", order_cart.clone(), &["order", "cart"]),
            ("https://idp|ada", "user", "order", cart, &["order", "cart"]),
            // order was called by itself in between: a loop is part of the chain
            (
                "https://idp|ada",
                "user",
                "order",
                json!({ "sub": "order", "act": { "sub": "pay", "act": order_cart } }),
                &["order", "pay", "order", "cart"],
            ),
            // an account acts through a client
            ("cart", "service", "order", json!({ "sub": "sa", "client_id": "order" }), &["order", "cart"]),
            (
                "cart",
                "service",
                "pay",
                json!({ "sub": "pay", "act": { "sub": "sa", "client_id": "order" } }),
                &["pay", "order", "cart"],
            ),
        ] {
            let token = token(sub, principal, client, act);
            assert_eq!(chain_of(&token), chain);
        }
    }
}
