//! What stands behind a signature. The input is a header and claims, a line feed between them; they are signed here, since
//! no fuzzer finds a signature, and whoever has a key may sign what it likes.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer;
use latchkey_jose::{
    AccessToken, Assertion, AssertionKind, CompactJws, DPOP_MAX_AGE_SECONDS, DpopProof, DpopRequest, MAX_ACTORS,
    MAX_ASSERTION_SECONDS, MAX_JTI_LENGTH, SigningKey,
};
use latchkey_types::Timestamp;
use serde_json::Value;

pub const ISSUER: &str = "https://portal.example";
pub const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
pub static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_seed(&SEED));

const SEED: [u8; 32] = [7; 32];
const TOKEN_ENDPOINT: &str = "https://portal.example/oauth/token";

/// A JWS with these bytes for header and claims, rightly signed with [`KEY`].
fn signed(bytes: &[u8]) -> (String, &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (header, claims) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = ed25519_dalek::SigningKey::from_bytes(&SEED).sign(input.as_bytes());
    (format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes())), claims)
}

fn claims_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("it was read before")
}

/// A client's assertion: about itself, for us alone, and not for long.
pub fn client_assertion(bytes: &[u8]) {
    let (token, claims) = signed(bytes);
    let Ok(jws) = CompactJws::parse(&token) else { return };
    for kind in [AssertionKind::ClientAuthentication, AssertionKind::Grant] {
        let Ok(assertion) = Assertion::verify(&jws, &KEY.public_key(), kind, ISSUER, NOW) else { continue };
        let claims = claims_of(claims);
        assert!(claims["aud"] == ISSUER || claims["aud"] == serde_json::json!([ISSUER]));
        assert_eq!((&claims["iss"], &claims["sub"]), (&Value::from(assertion.iss), &Value::from(assertion.sub)));
        assert!(kind == AssertionKind::Grant || claims["iss"] == claims["sub"]);
        assert!(assertion.exp > NOW && assertion.exp <= NOW.plus_seconds(MAX_ASSERTION_SECONDS));
        assert!((1..=MAX_JTI_LENGTH).contains(&assertion.jti.chars().count()));
        assert!(!jws.header().brings_a_key());
    }
}

/// A DPoP proof: the key in the header is the key that signed.
pub fn dpop_proof(bytes: &[u8]) {
    let (token, claims) = signed(bytes);
    let request = DpopRequest { method: "POST", url: TOKEN_ENDPOINT, access_token: None, now: NOW };
    let Ok(proof) = DpopProof::parse_and_verify([token.as_bytes()], &request) else { return };
    assert_eq!(proof.jkt, KEY.public_key().thumbprint());
    let claims = claims_of(claims);
    assert_eq!((&claims["htm"], &claims["jti"]), (&Value::from("POST"), &Value::from(proof.jti)));
    assert!(proof.remember_until > NOW && proof.remember_until <= NOW.plus_seconds(2 * DPOP_MAX_AGE_SECONDS));
    let other = DpopRequest { method: "GET", ..request };
    assert!(DpopProof::parse_and_verify([token.as_bytes()], &other).is_err());
    assert!(DpopProof::parse_and_verify([token.as_bytes(), token.as_bytes()], &request).is_err());
}

/// An access token of ours: what is read is what would be signed again.
pub fn access_token(bytes: &[u8]) {
    let (token, _) = signed(bytes);
    let Ok(jws) = CompactJws::parse(&token) else { return };
    let Ok(read) = AccessToken::verify(&jws, &KEY.public_key()) else { return };
    assert!(jws.header().is_type("at+jwt"));
    assert!(read.call_chain().len() <= MAX_ACTORS);
    let again = read.sign(&KEY).expect("it isn't longer than before");
    let again = CompactJws::parse(&again).expect("it is ours");
    assert_eq!(AccessToken::verify(&again, &KEY.public_key()), Ok(read));
}
