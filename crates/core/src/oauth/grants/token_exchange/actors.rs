//! `act` (RFC 8693 section 4.1): who acts, and who acted before. No client that a token went through gets lost.

use latchkey_jose::{AccessToken, Actor, MAX_ACTORS};

/// Whoever acted so far by this token, its own client at last. A client that acts as if it were the subject stands in no
/// `act` of its token: here it is put where it belongs.
pub(super) fn so_far(token: &AccessToken) -> Option<Actor> {
    let is_known = match &token.act {
        Some(latest) => client_of(latest) == token.client_id,
        None => token.sub == token.client_id,
    };
    if is_known {
        return token.act.clone();
    }
    let act = token.act.clone().map(Box::new);
    Some(Actor { sub: token.client_id.clone(), client_id: None, act })
}

/// Whoever acted so far, and then `actor` through `client`. Who acts already doesn't act twice, and nobody acts on behalf
/// of itself.
pub(super) fn then(so_far: Option<Actor>, subject: &str, actor: &str, client: &str) -> Option<Actor> {
    let acts_already = match &so_far {
        Some(latest) => latest.sub == actor && client_of(latest) == client,
        None => subject == actor && actor == client,
    };
    if acts_already {
        return so_far;
    }
    let client_id = (actor != client).then(|| client.to_owned());
    Some(Actor { sub: actor.to_owned(), client_id, act: so_far.map(Box::new) })
}

/// Whether there are more than a token may name.
pub(super) fn are_too_many(act: Option<&Actor>) -> bool {
    act.into_iter().flat_map(Actor::chain).count() > MAX_ACTORS
}

/// The client through which it acts.
fn client_of(actor: &Actor) -> &str {
    actor.client_id.as_deref().unwrap_or(&actor.sub)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn actor(value: Value) -> Option<Actor> {
        serde_json::from_value(value).unwrap()
    }

    fn token(sub: &str, client: &str, act: Value) -> AccessToken {
        let mut claims = json!({
            "iss": "https://portal.example", "sub": sub, "aud": "https://x.example", "exp": 2, "iat": 1, "nbf": 1,
            "jti": "j", "client_id": client, "scope": "", "org": "org_0000000000000001", "principal": "service",
            "cred": "token_exchange",
        });
        if !act.is_null() {
            claims["act"] = act;
        }
        serde_json::from_value(claims).unwrap()
    }

    // K5
    #[test]
    fn nobody_who_acted_gets_lost() {
        for (sub, client, act, expected) in [
            ("cart", "cart", json!(null), json!(null)),
            ("ada", "cart", json!({ "sub": "cart" }), json!({ "sub": "cart" })),
            // cart acts as if it were ada
            ("ada", "cart", json!(null), json!({ "sub": "cart" })),
            ("ada", "order", json!({ "sub": "cart" }), json!({ "sub": "order", "act": { "sub": "cart" } })),
            (
                "ada",
                "order",
                json!({ "sub": "sa", "client_id": "order" }),
                json!({ "sub": "sa", "client_id": "order" }),
            ),
            ("cart", "order", json!({ "sub": "order" }), json!({ "sub": "order" })),
        ] {
            assert_eq!(so_far(&token(sub, client, act.clone())), actor(expected), "{sub} {client} {act}");
        }
    }

    // K5
    #[test]
    fn the_latest_actor_stands_outside() {
        let cart = json!({ "sub": "cart" });
        for (before, subject, who, client, expected) in [
            (json!(null), "ada", "cart", "cart", cart.clone()),
            (cart.clone(), "ada", "order", "order", json!({ "sub": "order", "act": cart })),
            (cart.clone(), "ada", "sa", "order", json!({ "sub": "sa", "client_id": "order", "act": cart })),
            // the same again is the same
            (cart.clone(), "ada", "cart", "cart", cart.clone()),
            (json!(null), "cart", "cart", "cart", json!(null)),
            (json!(null), "cart", "cart", "order", json!({ "sub": "cart", "client_id": "order" })),
            (cart.clone(), "ada", "cart", "order", json!({ "sub": "cart", "client_id": "order", "act": cart })),
        ] {
            assert_eq!(then(actor(before.clone()), subject, who, client), actor(expected), "{before} {who} {client}");
        }
    }

    #[test]
    fn a_token_names_eight_actors_at_most() {
        let mut act = None;
        for number in 0..8 {
            act = then(act, "ada", &format!("app{number}"), &format!("app{number}"));
        }
        assert!(!are_too_many(act.as_ref()) && !are_too_many(None));
        assert!(are_too_many(then(act, "ada", "one more", "one more").as_ref()));
    }
}
