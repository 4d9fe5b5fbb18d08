//! Whether a token fits a rule, and in what it doesn't.

use latchkey_jose::{Algorithm, CompactJws, JwkSet, LEEWAY_SECONDS, TypeRule, VerifiedClaims, VerifyError};
use latchkey_types::Timestamp;
use serde_json::{Map, Value};

use super::{WorkloadRule, claim_path};
use crate::core::Core;
use crate::error::Error;
use crate::remote_keys::RemoteKeysError;

/// How long an outside token may live, in seconds.
pub const MAX_TOKEN_SECONDS: i64 = 24 * 60 * 60;

/// One claim: what the rule wants, and what stands in the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimCheck {
    /// Its name, or a JSON pointer.
    pub name: String,
    /// The rule's text or pattern.
    pub expected: String,
    /// What stands there; `None`: nothing.
    pub found: Option<Value>,
    /// Whether it fits. Only a text can.
    pub holds: bool,
}

/// Why the times of a token aren't good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeProblem {
    /// No `exp`.
    #[error("exp is missing")]
    NoEnd,
    /// A time that is no `NumericDate`.
    #[error("exp, iat or nbf is not a number of seconds since 1970")]
    NotADate,
    /// `iat` or `nbf` lies ahead.
    #[error("the token does not hold yet: iat or nbf lies in the future")]
    NotYetValid,
    /// `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// It lives for more than [`MAX_TOKEN_SECONDS`].
    #[error("the token lives for more than 24 hours")]
    TooLongLived,
}

/// Why a signature isn't proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureProblem {
    /// The token's type, algorithm, key or signature.
    #[error(transparent)]
    Token(#[from] VerifyError),
    /// The issuer's keys can't be had now.
    #[error(transparent)]
    Keys(#[from] RemoteKeysError),
}

/// What a token's claims come to, by one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// `iss`.
    pub issuer: ClaimCheck,
    /// `aud`.
    pub audience: ClaimCheck,
    /// `exp`, `iat` and `nbf`; until when it holds.
    pub time: Result<Timestamp, TimeProblem>,
    /// The rule's own conditions.
    pub claims: Vec<ClaimCheck>,
}

impl Evaluation {
    /// Until when the token holds, where all of it is as the rule wants.
    pub(super) fn holds_until(&self) -> Option<Timestamp> {
        let fits = self.issuer.holds && self.audience.holds && self.claims.iter().all(|claim| claim.holds);
        self.time.ok().filter(|_| fits)
    }
}

/// Compares claims with a rule.
pub(super) fn evaluate(rule: &WorkloadRule, claims: &Map<String, Value>, now: Timestamp) -> Evaluation {
    let check = |name: &str, expected: &str, holds: fn(&Value, &str) -> bool| {
        let found = claims.get(name);
        ClaimCheck {
            name: name.to_owned(),
            expected: expected.to_owned(),
            holds: found.is_some_and(|found| holds(found, expected)),
            found: found.cloned(),
        }
    };
    let condition = |(name, pattern): (&String, &super::ClaimPattern)| {
        let found = claim_path::find(claims, name);
        ClaimCheck {
            name: name.clone(),
            expected: pattern.as_str().to_owned(),
            holds: found.and_then(Value::as_str).is_some_and(|text| pattern.matches(text)),
            found: found.cloned(),
        }
    };
    Evaluation {
        issuer: check("iss", &rule.issuer, |found, expected| found == expected),
        audience: check("aud", &rule.audience, is_audience),
        time: check_times(claims, now),
        claims: rule.claims.iter().map(condition).collect(),
    }
}

/// `aud` is one text, or a list of texts (RFC 7519 section 4.1.3).
pub(crate) fn is_audience(aud: &Value, expected: &str) -> bool {
    match aud {
        Value::String(audience) => audience == expected,
        Value::Array(audiences) => {
            audiences.iter().all(Value::is_string) && audiences.iter().any(|audience| audience == expected)
        }
        _ => false,
    }
}

/// Until when an outside token holds, where its `exp`, `iat` and `nbf` are good.
pub(crate) fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, TimeProblem> {
    let exp = date(claims, "exp")?.ok_or(TimeProblem::NoEnd)?;
    let (iat, nbf) = (date(claims, "iat")?, date(claims, "nbf")?);
    let latest_start = now.plus_seconds(LEEWAY_SECONDS);
    if [iat, nbf].into_iter().flatten().any(|start| start > latest_start) {
        return Err(TimeProblem::NotYetValid);
    }
    if exp <= now {
        return Err(TimeProblem::Expired);
    }
    if exp > iat.unwrap_or(now).plus_seconds(MAX_TOKEN_SECONDS) {
        return Err(TimeProblem::TooLongLived);
    }
    Ok(exp)
}

/// A `NumericDate` of another party, which may have fractions; they are rounded down.
fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, TimeProblem> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().ok_or(TimeProblem::NotADate)?.floor();
    let end = Timestamp::MAX.as_seconds();
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "below 2^38, and checked")]
    if (0.0..=end as f64).contains(&seconds) {
        Ok(Some(Timestamp::from_seconds(seconds as i64)))
    } else {
        Err(TimeProblem::NotADate)
    }
}

/// The keys by which a rule's tokens are proven.
///
/// # Errors
/// [`Error::Internal`] where stored keys can't be read.
pub(super) async fn keys_of(
    core: &Core,
    rule: &WorkloadRule,
    kid: Option<&str>,
) -> Result<Result<std::sync::Arc<JwkSet>, RemoteKeysError>, Error> {
    match &rule.jwks {
        Some(jwks) => match JwkSet::parse(jwks.as_bytes()) {
            Ok(set) => Ok(Ok(std::sync::Arc::new(set))),
            Err(error) => Err(Error::Internal(Box::new(error))),
        },
        None => Ok(core.remote_keys.discovered(core, &rule.issuer, kid).await),
    }
}

/// The claims, where one of the keys signed them. `typ` is absent or `JWT`: an access token of somebody else's, or a
/// logout token, is none of a workload.
pub(super) fn prove(jws: &CompactJws<'_>, keys: &JwkSet) -> Result<VerifiedClaims, VerifyError> {
    let mut problem = VerifyError::UnknownKey;
    for key in jws.candidates_in(keys) {
        match jws.verify_with(key, &Algorithm::ALL, TypeRule::JWT_BEARER) {
            Ok(claims) => return Ok(claims),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn times(claims: Value) -> Result<Timestamp, TimeProblem> {
        check_times(claims.as_object().unwrap(), NOW)
    }

    #[test]
    fn times_of_outside_tokens() {
        let now = NOW.as_seconds();
        assert_eq!(times(json!({ "exp": now + 1 })), Ok(NOW.plus_seconds(1)));
        let with_fraction =
            serde_json::from_str(&format!(r#"{{"exp":{}.9,"iat":{now},"nbf":{now}}}"#, now + 1)).unwrap();
        assert_eq!(times(with_fraction), Ok(NOW.plus_seconds(1)));
        assert_eq!(times(json!({ "exp": now + 86_400 })), Ok(NOW.plus_seconds(86_400)));
        assert_eq!(times(json!({ "exp": now + 30, "iat": now + 30, "nbf": now + 30 })), Ok(NOW.plus_seconds(30)));
        for (claims, problem) in [
            (json!({}), TimeProblem::NoEnd),
            (json!({ "exp": null }), TimeProblem::NotADate),
            (json!({ "exp": "1800000300" }), TimeProblem::NotADate),
            (json!({ "exp": -1 }), TimeProblem::NotADate),
            (json!({ "exp": 1e300 }), TimeProblem::NotADate),
            (json!({ "exp": now + 9, "iat": [] }), TimeProblem::NotADate),
            (json!({ "exp": now }), TimeProblem::Expired),
            (json!({ "exp": now + 99, "iat": now + 31 }), TimeProblem::NotYetValid),
            (json!({ "exp": now + 99, "nbf": now + 31 }), TimeProblem::NotYetValid),
            (json!({ "exp": now + 86_401 }), TimeProblem::TooLongLived),
            (json!({ "exp": now + 86_399, "iat": now - 2 }), TimeProblem::TooLongLived),
        ] {
            assert_eq!(times(claims.clone()), Err(problem), "{claims}");
        }
    }

    #[test]
    fn audiences() {
        for (aud, holds) in [
            (json!("a"), true),
            (json!(["b", "a"]), true),
            (json!("A"), false),
            (json!("a "), false),
            (json!([]), false),
            (json!(["a", 1]), false),
            (json!([["a"]]), false),
            (json!({ "a": "a" }), false),
            (json!(null), false),
        ] {
            assert_eq!(is_audience(&aud, "a"), holds, "{aud}");
        }
    }
}
