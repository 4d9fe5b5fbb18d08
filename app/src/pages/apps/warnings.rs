//! What somebody should look at.

use latchkey_core::apps::{App, AppSecret, AuthMethod, ClientKey};
use latchkey_core::hygiene::MANY_TOKENS;
use latchkey_types::{CredentialStatus, Timestamp};

use crate::pages::client_keys::{advice, holds};

const DAY: i64 = 86_400;
/// A secret that is older and in use is warned of, in days.
const OLD_SECRET_DAYS: i64 = 90;
/// A secret that nobody used for as long is warned of, in days.
const UNUSED_SECRET_DAYS: i64 = 7;

/// What is there, and how much it is used.
pub struct InUse<'a> {
    /// The app.
    pub app: &'a App,
    /// Its live secrets.
    pub secrets: &'a [AppSecret],
    /// Its public keys.
    pub keys: &'a [ClientKey],
    /// Tokens that it got within the last 24 hours.
    pub tokens: i64,
    /// Tokens that it got since midnight UTC.
    pub today: i64,
}

/// Each with its advice.
pub fn warnings(in_use: &InUse<'_>, now: Timestamp) -> Vec<String> {
    let InUse { app, secrets, keys, tokens, today } = in_use;
    if app.status() == CredentialStatus::Revoked {
        return Vec::new();
    }
    let mut found: Vec<String> = secrets.iter().filter_map(|secret| about_secret(app, secret, now)).collect();
    found.extend(app.tokens_per_day.and_then(|most| about_quota(*today, most)));
    if app.auth_method.is_by_secret() && *tokens > MANY_TOKENS {
        found.push(format!(
            "It got {tokens} tokens with a client secret within the last day. A secret that travels so often is best replaced by a key of its own, which never leaves the program."
        ));
    }
    if app.auth_method.is_by_secret() && secrets.is_empty() {
        found.push("It has no client secret, so it can't get any token. Add one below.".to_owned());
    }
    if app.auth_method == AuthMethod::PrivateKeyJwt && app.jwks_uri.is_none() {
        found.extend(advice(keys, now));
        if !keys.iter().any(|key| holds(key, now)) && !app.trades_secret_for_key() {
            found.push("It has no public key that holds, so it can't get any token. Add one below.".to_owned());
        }
    }
    found
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_seconds() - from.as_seconds()) / DAY
}

/// From 80 % on; at 60 % the figure alone stands among the facts.
fn about_quota(today: i64, most: i64) -> Option<String> {
    let percent = today.saturating_mul(100) / most.max(1);
    match percent {
        ..80 => None,
        80..100 => Some(format!(
            "It has had {percent} % of its {most} tokens for today. At 100 % it gets none until midnight UTC."
        )),
        _ => Some(format!(
            "It has had all of its {most} tokens for today and gets none until midnight UTC. Tokens that it holds stay good."
        )),
    }
}

fn about_secret(app: &App, secret: &AppSecret, now: Timestamp) -> Option<String> {
    let age = days(secret.created_at, now);
    if app.trades_secret_for_key() {
        return (age >= UNUSED_SECRET_DAYS)
            .then(|| format!("It hasn't traded its secret for a key in {age} days. If that isn't coming, revoke it."));
    }
    match secret.last_used_at {
        Some(last) if age >= OLD_SECRET_DAYS && days(last, now) < 1 => Some(format!(
            "The secret {} is {age} days old and in daily use. Change it, or better: let the app prove itself with a key of its own, which never leaves the program.",
            secret.id
        )),
        None if age >= UNUSED_SECRET_DAYS => {
            Some(format!("The secret {} was never used in {age} days. If nobody needs it, delete it.", secret.id))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gallery::samples::{app, id, now};

    fn secret(age: i64, last_used: Option<i64>) -> AppSecret {
        let before = |days: i64| now().plus_seconds(-days * DAY - 60);
        AppSecret { id: id(1), created_at: before(age), last_used_at: last_used.map(before), ends_at: None }
    }

    fn key(expires_in: Option<i64>) -> ClientKey {
        ClientKey {
            id: id(1),
            kid: "k1".to_owned(),
            jwk: String::new(),
            created_at: now(),
            expires_at: expires_in.map(|days| now().plus_seconds(days * DAY)),
            last_used_at: None,
        }
    }

    fn said(app: &App, secrets: &[AppSecret], keys: &[ClientKey], tokens: i64) -> String {
        warnings(&InUse { app, secrets, keys, tokens, today: tokens }, now()).join("\n")
    }

    #[test]
    fn secrets_that_are_old_and_used_or_never_used_are_told() {
        let app = app();
        assert_eq!(said(&app, &[secret(89, Some(0)), secret(400, Some(2)), secret(6, None)], &[], 1_000), "");
        assert!(said(&app, &[secret(90, Some(0))], &[], 0).contains("90 days old and in daily use"));
        assert!(said(&app, &[secret(7, None)], &[], 0).contains("never used in 7 days"));
        assert!(said(&app, &[secret(1, Some(0))], &[], 1_001).contains("1001 tokens with a client secret"));
        assert!(said(&app, &[], &[], 0).contains("no client secret"));
    }

    #[test]
    fn keys_that_end_soon_and_none_that_holds_are_told() {
        let app = App { auth_method: AuthMethod::PrivateKeyJwt, ..app() };
        assert_eq!(said(&app, &[], &[key(None), key(Some(15))], 5_000), "");
        assert!(
            said(&app, &[], &[key(Some(3))], 0).contains("The key \u{2068}k1\u{2069} ends on 2027-02-03 09:41 UTC.")
        );
        assert!(said(&app, &[], &[key(Some(-1))], 0).contains("no public key that holds"));
        let fetched = App { jwks_uri: Some("https://a.example/jwks".to_owned()), ..app };
        assert_eq!(said(&fetched, &[], &[], 0), "");
    }

    #[test]
    fn quotas_are_told_before_they_are_used_up() {
        let app = App { tokens_per_day: Some(50), auth_method: AuthMethod::TlsClientAuth, ..app() };
        for (today, told) in [(39, ""), (40, "80 % of its 50"), (49, "98 %"), (50, "all of its 50"), (51, "all of its")]
        {
            let text = said(&app, &[], &[], today);
            assert!(text.contains(told) && text.is_empty() == told.is_empty(), "{today}: {text}");
        }
    }

    #[test]
    fn an_ended_app_needs_no_advice() {
        let app = App { revoked_at: Some(now()), ..app() };
        assert_eq!(said(&app, &[secret(400, Some(0))], &[], 9_999), "");
    }
}
