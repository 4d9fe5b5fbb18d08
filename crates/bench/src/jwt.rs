//! Ed25519 JWTs by the library that the program uses, with one key that both sides of the benchmark know.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use serde_json::{Value, json};

/// Signs and verifies, and checks nothing else.
pub struct Signer(SigningKey);

impl Signer {
    /// With the one key.
    pub fn new() -> Self {
        Self(SigningKey::from_bytes(&[7; 32]))
    }

    /// A JWT of this type.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "kid": "0".repeat(43), "typ": typ });
        self.sign_with(&header, claims)
    }

    /// A client's assertion.
    pub fn assertion(&self, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": "EdDSA", "typ": "JWT" }), claims)
    }

    fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
        let input = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = self.0.sign(input.as_bytes());
        format!("{input}.{}", encode(&signature.to_bytes()))
    }

    /// Whether it is a JWT that was signed with the key.
    pub fn verifies(&self, token: &str) -> bool {
        self.claims(token).is_some()
    }

    fn claims(&self, token: &str) -> Option<Value> {
        let (input, signature) = token.rsplit_once('.')?;
        let (_, claims) = input.split_once('.')?;
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        self.0.verifying_key().verify_strict(input.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// The key as a JWK Set (RFC 8037).
    pub fn jwks(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig" }] })
    }
}
