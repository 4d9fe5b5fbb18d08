//! How an app proves who it is, and whether what is there for it goes together.

use serde_json::Value;
use url::Url;

use super::{AuthMethod, ClientKey, SecretUse};
use crate::client_keys;
use crate::core::Core;
use crate::validation::{Checked, Checks, wrong};

/// The longest `jwks_uri`, in characters.
const MAX_JWKS_URI_LENGTH: usize = 1_000;

/// What an app has to prove who it is, as it would be after a change.
pub(super) struct Credentials<'a> {
    pub(super) auth_method: AuthMethod,
    pub(super) secret_use: SecretUse,
    pub(super) has_keys: bool,
    pub(super) jwks_uri: Option<&'a str>,
}

impl Credentials<'_> {
    /// What the method wants must be there, and only one of two that exclude each other. What belongs to another method
    /// may stay where it is, for the way back: it proves nothing meanwhile.
    pub(super) fn check(&self, checks: &mut Checks) {
        // what certificates want is checked in certificate.rs; secrets want nothing
        if self.auth_method == AuthMethod::PrivateKeyJwt {
            self.check_keys(checks);
        }
        if self.secret_use == SecretUse::Bootstrap && self.auth_method != AuthMethod::PrivateKeyJwt {
            checks.note("secret_use", "`bootstrap` trades the secret for a key: set `auth_method` to private_key_jwt");
        }
    }

    fn check_keys(&self, checks: &mut Checks) {
        match (self.has_keys, self.jwks_uri.is_some(), self.secret_use) {
            (true, true, _) => checks.note("jwks_uri", "give the keys by `jwks` or by `jwks_uri`, not by both"),
            (_, true, SecretUse::Bootstrap) => {
                checks.note("jwks_uri", "an app whose secret is for `bootstrap` registers its key itself");
            }
            (false, false, SecretUse::Authenticate) => {
                checks.note("jwks", "private_key_jwt wants the app's public keys: give `jwks` or `jwks_uri`");
            }
            _ => {}
        }
    }
}

/// What was typed for a method that has no use for it is refused.
pub(super) fn check_typed(method: AuthMethod, jwks: bool, jwks_uri: bool, checks: &mut Checks) {
    if method != AuthMethod::PrivateKeyJwt {
        for (name, typed) in [("jwks", jwks), ("jwks_uri", jwks_uri)] {
            if typed {
                checks.note(name, "only an app that authenticates by private_key_jwt has public keys");
            }
        }
    }
}

/// A JWK Set as typed. A key that was there before, by `kid` and by what it is, stays the same row with its last use.
pub(super) fn check_jwks(core: &Core, typed: &Value, before: &[ClientKey]) -> Checked<Vec<ClientKey>> {
    let keep = |new: ClientKey| {
        let same = before.iter().find(|old| old.kid == new.kid && old.jwk == new.jwk);
        same.cloned().unwrap_or(new)
    };
    Ok(client_keys::check_set(core, "jwks", typed)?.into_iter().map(keep).collect())
}

/// Where an app's keys are to be had (RFC 7591 section 2). Whether it may be asked is decided when it is.
pub(super) fn check_jwks_uri(typed: &str) -> Checked<String> {
    const EXPECTED: &str = "an https URL, as in https://app.example/jwks.json";
    if typed.len() > MAX_JWKS_URI_LENGTH {
        return wrong("jwks_uri", format!("at most {MAX_JWKS_URI_LENGTH} characters"));
    }
    // the parser forgives spaces, line breaks and backslashes
    if !typed.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return wrong("jwks_uri", EXPECTED);
    }
    let Ok(url) = Url::parse(typed) else { return wrong("jwks_uri", EXPECTED) };
    let on_loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return wrong("jwks_uri", EXPECTED),
    };
    // on loopback http is for trying out: the fetcher asks there only in `serve --dev`
    if url.scheme() != "https" && !(url.scheme() == "http" && on_loopback) {
        return wrong("jwks_uri", EXPECTED);
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return wrong("jwks_uri", "leave out user, password and fragment");
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // F-30, API7
    #[test]
    fn addresses_of_keys() {
        for good in ["https://app.example/jwks.json", "https://app.example:8443/a?b=c", "http://localhost:3000/jwks"] {
            assert_eq!(check_jwks_uri(good).unwrap(), good);
        }
        for bad in [
            "",
            "app.example/jwks",
            "http://app.example/jwks",
            "ftp://app.example/jwks",
            "file:///etc/passwd",
            "https://user@app.example/",
            "https://u:p@app.example/",
            "https://app.example/#keys",
            "https://app.example/\r\nx",
            " https://app.example/",
            "https:\\\\app.example",
            "data:application/json,{}",
        ] {
            assert_eq!(check_jwks_uri(bad).unwrap_err()[0].field, "jwks_uri", "{bad:?}");
        }
        assert!(check_jwks_uri(&format!("https://app.example/{}", "x".repeat(1_000))).is_err());
    }
}
