//! Who holds a DPoP key (RFC 9449), and may sign with it whatever a test wants.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key of one seed byte.
pub struct Prover(SigningKey);

impl Prover {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(self.0.verifying_key().as_bytes()) })
    }

    /// Its thumbprint (RFC 7638), worked out apart from the code under test.
    pub fn jkt(&self) -> String {
        let x = encode(self.0.verifying_key().as_bytes());
        encode(&Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
    }

    /// The header of a good proof.
    pub fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "EdDSA", "jwk": self.jwk() })
    }

    /// A proof with these claims.
    pub fn prove(&self, claims: &Value) -> String {
        self.sign(&self.header(), claims)
    }

    /// Any JWS.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = self.0.sign(input.as_bytes());
        format!("{input}.{}", encode(&signature.to_bytes()))
    }
}

/// The `ath` of an access token.
pub fn ath(token: &str) -> String {
    encode(&Sha256::digest(token))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
