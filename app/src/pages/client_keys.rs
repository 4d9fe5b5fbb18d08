//! Public keys of apps and service accounts: rows of a table, the form that adds one.

use latchkey_core::apps::{ClientKey, MAX_CLIENT_KEYS};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use crate::components::{
    Confirm, Field, FormState, KeyAlgorithm, SigningKey, Tone, ago, ago_or_never, badge, plain_moment,
};

/// A key that ends sooner is warned of, in seconds.
const ENDS_SOON_SECONDS: i64 = 14 * 86_400;

/// Whether a key still proves anything.
pub(crate) fn holds(key: &ClientKey, now: Timestamp) -> bool {
    key.expires_at.is_none_or(|end| end > now)
}

/// What to know of keys that end soon, each with its advice.
pub(crate) fn advice(keys: &[ClientKey], now: Timestamp) -> Vec<String> {
    let soon =
        |key: &&ClientKey| key.expires_at.is_some_and(|end| now < end && end <= now.plus_seconds(ENDS_SOON_SECONDS));
    let text = |key: &ClientKey| {
        let end = key.expires_at.map(plain_moment).unwrap_or_default();
        // isolated: a name with a direction override turns nothing around but itself
        format!("The key \u{2068}{}\u{2069} ends on {end}. Add the next one now: both hold side by side.", key.kid)
    };
    keys.iter().filter(soon).map(text).collect()
}

/// The key for examples: the newest that holds.
pub(crate) fn example_key(keys: &[ClientKey], now: Timestamp) -> SigningKey {
    let found = keys.iter().find(|key| holds(key, now));
    found.map(|key| SigningKey { algorithm: KeyAlgorithm::of_jwk(&key.jwk), kid: key.kid.clone() }).unwrap_or_default()
}

/// One key as a row: what it is, since when, until when, last use, and the question that deletes it.
pub(crate) fn row(key: &ClientKey, now: Timestamp, delete: Option<String>) -> Vec<AnyView> {
    let delete = delete.map(|action| {
        Confirm {
            id: format!("delete-{}", key.id),
            open: "Delete…".to_owned(),
            title: "Delete this public key?".to_owned(),
            text:
                "What is signed with it is refused from then on. Tokens that were issued stay good until they expire."
                    .to_owned(),
            action,
            submit: "Delete key".to_owned(),
            danger: true,
        }
        .view()
    });
    let algorithm = KeyAlgorithm::of_jwk(&key.jwk).as_str();
    vec![
        view! { "Public key "{badge(Tone::Neutral, algorithm)}<small><code>{key.kid.clone()}</code></small> }
            .into_any(),
        ago(key.created_at, now),
        ends(key, now),
        ago_or_never(key.last_used_at, now),
        view! { <span class="row-actions">{delete}</span> }.into_any(),
    ]
}

fn ends(key: &ClientKey, now: Timestamp) -> AnyView {
    match key.expires_at {
        None => view! { <span class="quiet">"Never"</span> }.into_any(),
        Some(end) if end <= now => badge(Tone::Bad, "Expired"),
        Some(end) if end <= now.plus_seconds(ENDS_SOON_SECONDS) => {
            view! { <span class="badge warning">{ago(end, now)}</span> }.into_any()
        }
        Some(end) => ago(end, now),
    }
}

/// The form that adds a key, where there is room for one.
pub(crate) fn add_form(form: &FormState, action: String, count: usize) -> Option<AnyView> {
    let form = form.only("key");
    let ends = [("90d", "In 90 days"), ("180d", "In 180 days"), ("365d", "In 365 days"), ("never", "Never")]
        .map(|(value, text)| (value.to_owned(), text.to_owned()))
        .to_vec();
    (count < MAX_CLIENT_KEYS).then(|| {
        view! {
            <details class="more" open=!form.is_empty()>
                <summary>"Add a public key"</summary>
                <form method="post" action=action class="form">
                    <input type="hidden" name="form" value="key"/>
                    {Field::new(&form, "jwk", "Public key").required().mono().placeholder(r#"{"kty": "OKP", "crv": "Ed25519", "x": "…"}"#)
                        .hint("A JWK (RFC 7517) with public members only: Ed25519, P-256, or RSA of 2048 bits and more. The private key stays with the program.").area(5)}
                    {Field::new(&form, "expires_at", "Ends").default("365d").select(ends)}
                    <div class="actions"><button type="submit" class="button primary">"Add key"</button></div>
                </form>
            </details>
        }
        .into_any()
    })
}
