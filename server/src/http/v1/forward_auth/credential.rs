//! The credential of whoever calls the gateway.

use axum::http::{HeaderMap, HeaderValue, header};

const API_KEY: &str = "x-api-key";
const SCOPE_TOKEN: &str = "x-scope-token";
const DPOP: &str = "dpop";

/// What the caller sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented<'a> {
    /// Nothing, or something of a scheme that isn't ours, such as `Basic`.
    Nothing,
    /// One credential: `Authorization: Bearer`, or `X-API-Key`.
    Bearer(&'a str),
    /// `Authorization: DPoP`, and the proof beside it (RFC 9449 section 7.1); empty where that is missing.
    Dpop {
        /// The access token.
        token: &'a str,
        /// The `DPoP` header.
        proof: &'a str,
    },
    /// Two different ones, a header that is there twice, or one that isn't text: none of them counts (B1).
    Unreadable,
}

impl<'a> Presented<'a> {
    /// The credential; empty where there is none.
    pub const fn text(self) -> &'a str {
        match self {
            Self::Bearer(text) | Self::Dpop { token: text, .. } => text,
            Self::Nothing | Self::Unreadable => "",
        }
    }

    /// The DPoP proof, where the caller says that there is one.
    pub const fn proof(self) -> Option<&'a str> {
        match self {
            Self::Dpop { proof, .. } => Some(proof),
            _ => None,
        }
    }

    /// Whether it is clear what was sent.
    pub fn is_readable(self) -> bool {
        self != Self::Unreadable
    }
}

/// Several headers where one is allowed, or one that isn't text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// The credential: the same one may come in both headers.
pub fn read(headers: &HeaderMap) -> Presented<'_> {
    match (from_authorization(headers), one(headers, API_KEY)) {
        (Ok(Presented::Nothing), Ok(Some(key))) => Presented::Bearer(key),
        (Ok(presented), Ok(None)) => presented,
        (Ok(presented), Ok(Some(key))) if presented.text() == key => presented,
        _ => Presented::Unreadable,
    }
}

/// The caller's own token, where the credential is the original user's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeToken<'a> {
    /// The token.
    pub token: &'a str,
    /// The DPoP proof that may be for it: no scheme says so.
    pub proof: Option<&'a str>,
}

/// The scope token, where there is one.
///
/// # Errors
/// [`Unreadable`].
pub fn scope_token(headers: &HeaderMap) -> Result<Option<ScopeToken<'_>>, Unreadable> {
    let Some(token) = one(headers, SCOPE_TOKEN)? else { return Ok(None) };
    Ok(Some(ScopeToken { token, proof: one(headers, DPOP)? }))
}

/// The scheme's letter case doesn't matter (B5).
fn from_authorization(headers: &HeaderMap) -> Result<Presented<'_>, Unreadable> {
    let Some(value) = one(headers, header::AUTHORIZATION.as_str())? else { return Ok(Presented::Nothing) };
    let (scheme, text) = value.split_once(' ').unwrap_or((value, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Presented::Bearer(text.trim()));
    }
    if scheme.eq_ignore_ascii_case("dpop") {
        return Ok(Presented::Dpop { token: text.trim(), proof: one(headers, DPOP)?.unwrap_or_default() });
    }
    Ok(Presented::Nothing)
}

/// The header's value; one that is empty is as good as none.
fn one<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Unreadable> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().map(HeaderValue::to_str).transpose().map_err(|_| Unreadable)?;
    if values.next().is_some() { Err(Unreadable) } else { Ok(value.map(str::trim).filter(|value| !value.is_empty())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[track_caller]
    fn check(pairs: &[(&'static str, &[u8])], expected: Presented<'_>) {
        assert_eq!(read(&headers(pairs)), expected, "{pairs:?}");
    }

    // B1, B5
    #[test]
    fn where_a_credential_may_stand() {
        check(&[], Presented::Nothing);
        check(&[("authorization", b"Bearer a")], Presented::Bearer("a"));
        check(&[("authorization", b"bEaReR  a ")], Presented::Bearer("a"));
        check(&[("x-api-key", b"a")], Presented::Bearer("a"));
        check(&[("authorization", b"Bearer a"), ("x-api-key", b"a")], Presented::Bearer("a"));
        check(&[("authorization", b"Bearer")], Presented::Bearer(""));
        check(&[("authorization", b"Bearer a"), ("x-api-key", b"")], Presented::Bearer("a"));
    }

    #[test]
    fn other_schemes_are_no_credential() {
        for other in [&b"Basic YTpi"[..], b"Digest a=b", b"", b"a", b"Bearera", b"Token a"] {
            check(&[("authorization", other)], Presented::Nothing);
            check(&[("authorization", other), ("x-api-key", b"k")], Presented::Bearer("k"));
        }
    }

    #[test]
    fn a_proof_counts_with_its_scheme_alone() {
        let proof = ("dpop", &b"p"[..]);
        check(&[("authorization", b"DPoP a"), proof], Presented::Dpop { token: "a", proof: "p" });
        check(&[("authorization", b"dpop a")], Presented::Dpop { token: "a", proof: "" });
        check(&[("authorization", b"Bearer a"), proof], Presented::Bearer("a"));
        check(&[("x-api-key", b"a"), proof], Presented::Bearer("a"));
        check(&[("authorization", b"DPoP a"), proof, proof], Presented::Unreadable);
    }

    // contract section 7: two different ones are 401
    #[test]
    fn which_of_several_is_not_guessed() {
        check(&[("authorization", b"Bearer a"), ("x-api-key", b"b")], Presented::Unreadable);
        check(&[("authorization", b"Bearer"), ("x-api-key", b"b")], Presented::Unreadable);
        check(&[("authorization", b"Bearer a"), ("authorization", b"Bearer a")], Presented::Unreadable);
        check(&[("authorization", b"Basic a"), ("authorization", b"Bearer a")], Presented::Unreadable);
        check(&[("x-api-key", b"a"), ("x-api-key", b"a")], Presented::Unreadable);
        check(&[("authorization", b"Bearer \xff")], Presented::Unreadable);
        check(&[("x-api-key", b"\xe4")], Presented::Unreadable);
        assert_eq!(scope_token(&headers(&[("x-scope-token", b"a"), ("x-scope-token", b"a")])), Err(Unreadable));
        let beside = |pairs: &[(&'static str, &[u8])]| {
            let headers = headers(pairs);
            scope_token(&headers).map(|found| found.map(|found| format!("{} {:?}", found.token, found.proof)))
        };
        assert_eq!(beside(&[("x-scope-token", b"a")]), Ok(Some("a None".to_owned())));
        assert_eq!(beside(&[("x-scope-token", b"a"), ("dpop", b"p")]), Ok(Some("a Some(\"p\")".to_owned())));
        assert_eq!(beside(&[("x-scope-token", b"a"), ("dpop", b"p"), ("dpop", b"p")]), Err(Unreadable));
        assert_eq!(beside(&[("dpop", b"p"), ("dpop", b"p")]), Ok(None));
    }
}
