//! What the members of a rule may be.

use std::collections::BTreeMap;

use latchkey_jose::{JwkSet, RegisteredKeysError};
use serde_json::{Map, Value};
use url::{Host, Url};

use super::claim_path::{MAX_NAME_LENGTH, is_name, top_level};
use super::pattern::ClaimPattern;
use crate::error::FieldError;
use crate::validation::{self, Checked, wrong};

/// The most claims of a rule.
const MAX_CLAIMS: usize = 20;
/// The longest audience, in characters.
const MAX_AUDIENCE_LENGTH: usize = 255;

/// The outside issuer: an https URL without query and fragment (OpenID Connect Discovery 1.0 section 3), byte for byte
/// as in `iss`; http on loopback alone. Never ourselves: our own tokens have rules of their own.
pub(crate) fn issuer(field: &str, typed: &str, ours: &str) -> Checked<String> {
    let text = validation::audience(field, typed)?;
    let Ok(url) = Url::parse(&text) else { return wrong(field, EXPECTED_ISSUER) };
    let on_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let is_good = url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && on_loopback);
    if !is_good || url.query().is_some() {
        return wrong(field, EXPECTED_ISSUER);
    }
    let without_slash = |text: &str| text.strip_suffix('/').unwrap_or(text).to_owned();
    if without_slash(&text) == without_slash(ours) {
        return wrong(field, "this is Latchkey itself: give the issuer of the outside tokens");
    }
    Ok(text)
}

const EXPECTED_ISSUER: &str =
    "give the `iss` of the tokens, as in https://token.actions.githubusercontent.com: https, no query";

/// `aud` of the tokens: one text, no wildcard.
pub(crate) fn audience(field: &str, typed: &str) -> Checked<String> {
    let is_text = !typed.is_empty() && !typed.chars().any(|character| character.is_control() || character == '*');
    if is_text && typed.chars().nth(MAX_AUDIENCE_LENGTH).is_none() {
        Ok(typed.to_owned())
    } else {
        wrong(field, format!("give the `aud` of the tokens: 1 to {MAX_AUDIENCE_LENGTH} characters, no wildcard"))
    }
}

/// Conditions: a claim each, with a text or a pattern. At least one is exact, `iss` and `aud` not counted: a rule of
/// wildcards alone would take tokens that nobody thought of.
pub(super) fn claims(field: &str, typed: &Map<String, Value>) -> Checked<BTreeMap<String, ClaimPattern>> {
    if typed.len() > MAX_CLAIMS {
        return wrong(field, format!("at most {MAX_CLAIMS} claims"));
    }
    let mut errors = Vec::new();
    let mut good = BTreeMap::new();
    for (name, value) in typed {
        match claim(name, value) {
            Ok(pattern) => {
                good.insert(name.clone(), pattern);
            }
            Err(detail) => errors.push(FieldError::new(format!("{field}/{}", as_pointer(name)), detail)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let is_given_anyway = |name: &str| matches!(top_level(name).as_str(), "iss" | "aud");
    if !good.iter().any(|(name, pattern)| pattern.is_exact() && !is_given_anyway(name)) {
        return wrong(field, "at least one claim other than iss and aud must be an exact text, without `*`");
    }
    Ok(good)
}

fn claim(name: &str, value: &Value) -> Result<ClaimPattern, String> {
    if !is_name(name) {
        return Err(format!(
            "not a claim: give its name, or a JSON pointer as in /kubernetes.io/namespace, of at most {MAX_NAME_LENGTH} \
             characters"
        ));
    }
    let text = value.as_str().ok_or("give a text")?;
    let pattern = ClaimPattern::new(text).map_err(|error| error.to_string())?;
    if !pattern.is_exact() && matches!(top_level(name).as_str(), "iss" | "aud") {
        return Err("issuer and audience are never given by a wildcard".to_owned());
    }
    Ok(pattern)
}

/// A name as a part of a JSON pointer, short enough to be shown.
fn as_pointer(name: &str) -> String {
    name.chars()
        .filter(|character| !character.is_control())
        .take(100)
        .collect::<String>()
        .replace('~', "~0")
        .replace('/', "~1")
}

/// The issuer's keys: a JWK Set with at least one key that can be used. It is another party's document, pasted as it was
/// found, where keys for other uses stand beside (Keycloak's for encryption): they are left out, as they are where the set
/// is fetched (RFC 7517 section 5).
pub(crate) fn jwks(field: &str, typed: &Value) -> Checked<Option<String>> {
    match JwkSet::parse(typed.to_string().as_bytes()) {
        Ok(set) if !set.keys().is_empty() => Ok(Some(set.to_json())),
        Ok(_) => {
            let why = JwkSet::from_registration(typed).err().unwrap_or(RegisteredKeysError::Empty);
            wrong(field, why.to_string())
        }
        Err(error) => wrong(field, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn issuers() {
        let ours = "https://portal.example";
        for good in [
            "https://token.actions.githubusercontent.com",
            "https://kubernetes.default.svc.cluster.local",
            "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC",
            "https://idp.example/",
            "http://localhost:8080",
            "http://127.0.0.1:8080/realm",
            "http://[::1]:8080",
        ] {
            assert_eq!(issuer("issuer", good, ours).unwrap(), good);
        }
        for bad in [
            "",
            "kubernetes/serviceaccount",
            "urn:x:y",
            "http://idp.example",
            "https://idp.example?x=1",
            "https://idp.example#x",
            "https://u:p@idp.example",
            "https://*.example",
            "file:///etc/passwd",
            "http://localhost.evil.example",
            ours,
            "https://portal.example/",
        ] {
            assert_eq!(issuer("issuer", bad, ours).unwrap_err()[0].field, "issuer", "{bad}");
        }
    }

    // contract section 10: wildcards at the end behind : or /, never iss or aud, one exact at least
    #[test]
    fn conditions() {
        let read = |value: Value| claims("claims", value.as_object().unwrap());
        let fields = |value: Value| read(value).unwrap_err().into_iter().map(|error| error.field).collect::<Vec<_>>();
        assert!(read(json!({ "sub": "repo:o/r:ref:refs/heads/main" })).is_ok());
        assert!(read(json!({ "sub": "repo:o/*", "repository_owner": "o", "aud": "x", "iss": "y" })).is_ok());
        assert!(read(json!({ "/kubernetes.io/namespace": "shop", "kubernetes.io": "x" })).is_ok());
        for bad in [
            json!({}),
            json!({ "sub": "repo:o/*" }),
            json!({ "iss": "https://x" }),
            json!({ "/aud": "x", "sub": "a/*" }),
        ] {
            assert_eq!(fields(bad), ["claims"]);
        }
        for (bad, field) in [
            (json!({ "sub": "a", "x": "repo:*/a" }), "claims/x"),
            (json!({ "sub": "a", "x": "repo:o*" }), "claims/x"),
            (json!({ "sub": "a", "x": 1 }), "claims/x"),
            (json!({ "sub": "a", "x": ["a"] }), "claims/x"),
            (json!({ "sub": "a", "x": null }), "claims/x"),
            (json!({ "sub": "a", "iss": "https://x/*" }), "claims/iss"),
            (json!({ "sub": "a", "/iss": "https://x/*" }), "claims/~1iss"),
            (json!({ "sub": "a", "aud": "x/*" }), "claims/aud"),
            (json!({ "sub": "a", "": "x" }), "claims/"),
            (json!({ "sub": "a", "/a~": "x" }), "claims/~1a~0"),
        ] {
            assert_eq!(fields(bad.clone()), [field], "{bad}");
        }
        let many: Map<String, Value> = (0..21).map(|number| (format!("c{number}"), json!("x"))).collect();
        assert_eq!(fields(Value::Object(many)), ["claims"]);
    }

    // N6: a set as Keycloak publishes it, with a key for encryption beside; private keys and mere nonsense are refused
    #[test]
    fn keys_of_an_issuer() {
        let good =
            json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let mut encrypts = good.clone();
        (encrypts["use"], encrypts["kid"]) = (json!("enc"), json!("two"));
        let elliptic = json!({ "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" });
        let stored =
            jwks("jwks", &json!({ "keys": [encrypts.clone(), elliptic.clone(), good.clone()] })).unwrap().unwrap();
        let stored: Value = serde_json::from_str(&stored).unwrap();
        assert_eq!(stored["keys"].as_array().unwrap().len(), 1);
        assert_eq!(stored["keys"][0]["kid"], "one");
        let mut private = encrypts.clone();
        private["d"] = json!("AA");
        for (bad, why) in [
            (json!({ "keys": [good, private] }), "private"),
            (json!({ "keys": [good, good] }), "same kid"),
            (json!({ "keys": [encrypts, elliptic] }), "key 0"),
            (json!({ "keys": [] }), "no key"),
            (json!({ "keys": ["x"] }), "JSON object"),
            (json!([]), "JSON object"),
        ] {
            let error = jwks("jwks", &bad).unwrap_err().remove(0);
            assert!(error.field == "jwks" && error.detail.contains(why), "{bad}: {error:?}");
        }
    }

    #[test]
    fn audiences() {
        for good in ["latchkey", "https://portal.example", "a b", "x"] {
            assert_eq!(audience("audience", good).unwrap(), good);
        }
        for bad in ["", "a*", "a\nb", "\0", &"x".repeat(256)] {
            assert!(audience("audience", bad).is_err(), "{bad:?}");
        }
    }
}
