//! Keys of nobody, to check a signature with where there is no client's: whether a client exists doesn't show in the
//! work that is done (A9).

use latchkey_jose::{Algorithm, Jwk, PublicKey};

/// The base points of the curves, whose private key is 1, and the modulus of RFC 7515 appendix A.2, whose private key is
/// printed there: anybody can sign with them. What verifies with one must be refused all the same.
const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY"}"#;
const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}"#;
const RSA: &str = concat!(
    r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEz"#,
    "P1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB",
    "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91",
    r#"kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#
);

/// A key of this algorithm; `None` where it is none of ours.
pub(in crate::oauth) fn key(algorithm: &str) -> Option<PublicKey> {
    let jwk = match algorithm.parse().ok()? {
        Algorithm::EdDsa => ED25519,
        Algorithm::Es256 => P256,
        Algorithm::Rs256 | Algorithm::Ps256 => RSA,
    };
    Jwk::from_members(&serde_json::from_str(jwk).ok()?).ok().map(|jwk| jwk.key().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    // A9
    #[test]
    fn there_is_one_for_every_algorithm() {
        for algorithm in Algorithm::ALL {
            assert!(key(algorithm.as_str()).unwrap().algorithms().contains(&algorithm), "{algorithm}");
        }
        assert!(key("none").is_none());
        assert!(key("HS256").is_none());
    }
}
