//! The JWS compact serialization (RFC 7515 section 7.1) and its header.

use serde_json::{Map, Value};

use crate::{base64url, json};

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_LENGTH: usize = 16 * 1024;
/// The longest `kid` that is looked up, in bytes.
pub const MAX_KID_LENGTH: usize = 128;

/// Header parameters that change what is signed or how it is read. None is understood here, so all are refused
/// (RFC 7515 section 4.1.11, RFC 7797, RFC 7516).
const CHANGES_MEANING: [&str; 3] = ["crit", "b64", "zip"];
/// Header parameters with which a token would bring its own key (RFC 8725 section 3.10).
const BRINGS_A_KEY: [&str; 4] = ["jwk", "jku", "x5c", "x5u"];

/// Why a text is not a JWS that could be verified. Says nothing of what stood in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Longer than [`MAX_TOKEN_LENGTH`].
    #[error("the token is longer than {MAX_TOKEN_LENGTH} bytes")]
    TooLong,
    /// Not three parts of base64url with dots between them.
    #[error("a JWS in compact form has three parts of base64url with dots between them")]
    NotCompact,
    /// A part is not base64url in its canonical form.
    #[error("a part is not canonical base64url without padding")]
    NotBase64Url,
    /// Header or claims are not a JSON object in UTF-8 whose member names are unique.
    #[error("header and claims are JSON objects in UTF-8 with unique member names")]
    NotJson,
    /// A header parameter has the wrong JSON type, or `alg` is missing, or `kid` is longer than [`MAX_KID_LENGTH`].
    #[error("the header parameter `{0}` is missing or not of its type")]
    Parameter(&'static str),
    /// The header asks for a processing that isn't supported.
    #[error("the header parameter `{0}` is not supported")]
    Unsupported(&'static str),
}

/// The header of a JWS, before anything is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    brings_a_key: bool,
    jwk: Option<Value>,
}

impl Header {
    /// `alg`, as written. It never chooses the algorithm: the key does.
    pub fn alg(&self) -> &str {
        &self.alg
    }

    /// `typ`, as written.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// `kid`: an opaque word to look a key up by, at most [`MAX_KID_LENGTH`] bytes.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether `jwk`, `jku`, `x5c` or `x5u` stand in the header. They are never used to choose a key.
    pub fn brings_a_key(&self) -> bool {
        self.brings_a_key
    }

    /// `jwk`, which only a DPoP proof is verified with (RFC 9449 section 4.2).
    pub(crate) fn jwk(&self) -> Option<&Value> {
        self.jwk.as_ref()
    }

    /// Whether `typ` is this media type: case doesn't matter, nor a leading `application/` (RFC 7515 section 4.1.9).
    pub fn is_type(&self, expected: &str) -> bool {
        self.typ().is_some_and(|typ| without_application(typ).eq_ignore_ascii_case(without_application(expected)))
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut members = json::parse_object(bytes).ok_or(Malformed::NotJson)?;
        if let Some(name) = CHANGES_MEANING.into_iter().find(|name| members.contains_key(*name)) {
            return Err(Malformed::Unsupported(name));
        }
        let kid = optional_text(&members, "kid")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_LENGTH) {
            return Err(Malformed::Parameter("kid"));
        }
        Ok(Self {
            alg: optional_text(&members, "alg")?.ok_or(Malformed::Parameter("alg"))?,
            typ: optional_text(&members, "typ")?,
            kid,
            brings_a_key: BRINGS_A_KEY.into_iter().any(|name| members.contains_key(name)),
            jwk: members.remove("jwk"),
        })
    }
}

fn optional_text(members: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Malformed> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Malformed::Parameter(name)),
    }
}

fn without_application(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}

/// A compact JWS, taken apart, not verified. Its claims can be had only by verifying it.
pub struct CompactJws<'a> {
    header: Header,
    signing_input: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> CompactJws<'a> {
    /// Takes a compact JWS apart and reads its header. Reads nothing of the claims.
    ///
    /// # Errors
    /// [`Malformed`], where no key whatever could verify it.
    pub fn parse(token: &'a str) -> Result<Self, Malformed> {
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(Malformed::TooLong);
        }
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Malformed::NotCompact)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Malformed::NotCompact)?;
        if !token.bytes().all(is_allowed) || payload.contains('.') {
            return Err(Malformed::NotCompact);
        }
        let decode = |part| base64url::decode(part).ok_or(Malformed::NotBase64Url);
        Ok(Self {
            header: Header::read(&decode(header)?)?,
            signing_input,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// The header, of which nothing is proven yet.
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }

    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    pub(crate) fn signature(&self) -> &[u8] {
        &self.signature
    }
}

impl std::fmt::Debug for CompactJws<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompactJws").field("header", &self.header).finish_non_exhaustive()
    }
}

const fn is_allowed(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> String {
        format!("{}.e30.c2ln", base64url::encode(header))
    }

    fn refusal(token: &str) -> Malformed {
        CompactJws::parse(token).expect_err(token)
    }

    #[test]
    fn the_header_can_be_read_before_a_key_is_known() {
        let token = token(r#"{"alg":"EdDSA","typ":"at+jwt","kid":"one","other":{}}"#);
        let jws = CompactJws::parse(&token).unwrap();
        assert_eq!(jws.header().alg(), "EdDSA");
        assert_eq!(jws.header().kid(), Some("one"));
        assert!(!jws.header().brings_a_key());
        assert_eq!(jws.signing_input(), token.rsplit_once('.').unwrap().0.as_bytes());
        assert_eq!((jws.payload(), jws.signature()), (&b"{}"[..], &b"sig"[..]));
        assert!(!format!("{jws:?}").contains("c2ln"));
    }

    // D7
    #[test]
    fn three_parts_of_the_alphabet_and_nothing_else() {
        let good = token(r#"{"alg":"EdDSA"}"#);
        for bad in [
            String::new(),
            ".".into(),
            good.replace('.', ""),
            good.rsplit_once('.').unwrap().0.to_owned(),
            format!("{good}."),
            format!("{good}.a.b"),
            format!(" {good}"),
            format!("{good}\n"),
            format!("{good}ä"),
            good.replace("c2ln", "c2+n"),
            r#"{"payload":"e30","protected":"e30","signature":"c2ln"}"#.into(),
        ] {
            assert_eq!(refusal(&bad), Malformed::NotCompact, "{bad:?}");
        }
        assert_eq!(refusal(&format!("{good}=")), Malformed::NotCompact);
        assert_eq!(refusal(&good.replace("e30", "e31")), Malformed::NotBase64Url, "bits behind the last byte");
        assert_eq!(refusal(&good.replace("c2ln", "c2lnA")), Malformed::NotBase64Url);
        assert_eq!(refusal(".."), Malformed::NotJson);
    }

    // F-24
    #[test]
    fn length_is_bounded() {
        let filled = |length: usize| {
            let start = format!("{}.", base64url::encode(r#"{"alg":"EdDSA"}"#));
            format!("{start}{}.", "A".repeat(length - start.len() - 1))
        };
        assert!(CompactJws::parse(&filled(MAX_TOKEN_LENGTH)).is_ok());
        assert_eq!(refusal(&filled(MAX_TOKEN_LENGTH + 4)), Malformed::TooLong);
    }

    // D9
    #[test]
    fn parameters_that_change_the_meaning_are_refused() {
        for (header, name) in [
            (r#"{"alg":"EdDSA","crit":["exp"]}"#, "crit"),
            (r#"{"alg":"EdDSA","crit":[]}"#, "crit"),
            (r#"{"alg":"EdDSA","crit":null}"#, "crit"),
            (r#"{"alg":"EdDSA","b64":true}"#, "b64"),
            (r#"{"alg":"EdDSA","zip":"DEF"}"#, "zip"),
        ] {
            assert_eq!(refusal(&token(header)), Malformed::Unsupported(name), "{header}");
        }
    }

    // D2, D8
    #[test]
    fn parameters_have_their_type_once_and_are_bounded() {
        for (header, name) in [
            (r#"{"typ":"JWT"}"#, "alg"),
            (r#"{"alg":null}"#, "alg"),
            (r#"{"alg":["EdDSA"]}"#, "alg"),
            (r#"{"alg":"EdDSA","typ":1}"#, "typ"),
            (r#"{"alg":"EdDSA","kid":{}}"#, "kid"),
        ] {
            assert_eq!(refusal(&token(header)), Malformed::Parameter(name), "{header}");
        }
        let with_kid = |length| token(&format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, "k".repeat(length)));
        assert!(CompactJws::parse(&with_kid(MAX_KID_LENGTH)).is_ok());
        assert_eq!(refusal(&with_kid(MAX_KID_LENGTH + 1)), Malformed::Parameter("kid"));
        assert_eq!(refusal(&token(r#"{"alg":"none","alg":"EdDSA"}"#)), Malformed::NotJson);
        assert_eq!(refusal(&token("[]")), Malformed::NotJson);
    }

    // D3
    #[test]
    fn a_header_that_brings_a_key_is_marked() {
        for name in ["jwk", "jku", "x5c", "x5u"] {
            let token = token(&format!(r#"{{"alg":"EdDSA","{name}":null}}"#));
            assert!(CompactJws::parse(&token).unwrap().header().brings_a_key(), "{name}");
        }
    }

    // D6
    #[test]
    fn types_compare_as_media_types() {
        let is_at_jwt = |typ: &str| {
            let token = token(&format!(r#"{{"alg":"EdDSA"{typ}}}"#));
            CompactJws::parse(&token).unwrap().header().is_type("at+jwt")
        };
        for typ in [
            r#","typ":"at+jwt""#,
            r#","typ":"AT+JWT""#,
            r#","typ":"application/at+jwt""#,
            r#","typ":"Application/At+Jwt""#,
        ] {
            assert!(is_at_jwt(typ), "{typ}");
        }
        for typ in [
            "",
            r#","typ":"""#,
            r#","typ":"JWT""#,
            r#","typ":"at+jwt ""#,
            r#","typ":"application/application/at+jwt""#,
            r#","typ":"applicatioñ/""#,
        ] {
            assert!(!is_at_jwt(typ), "{typ}");
        }
    }
}
