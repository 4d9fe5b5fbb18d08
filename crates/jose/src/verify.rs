//! Verifying a JWS with a key that the caller chose (RFC 8725 section 3.1).

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::claims::is_storable;
use crate::compact::{CompactJws, Header, Malformed};
use crate::json;
use crate::jwk::Jwk;
use crate::jwk_set::JwkSet;
use crate::public_key::PublicKey;

/// Why a token doesn't hold. Says nothing of what stood in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a JWS that could be verified, or its payload is not an object.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No `kid`, or none of the keys has it.
    #[error("the token names no key that is known")]
    UnknownKey,
    /// `alg` is not one of the key's, or not one of those that the caller allows.
    #[error("the token's algorithm is not the key's, or is not allowed")]
    WrongAlgorithm,
    /// `typ` is not the expected one: a token for another purpose.
    #[error("the token is of another type")]
    WrongType,
    /// The header brings a key of its own (`jwk`, `jku`, `x5c`, `x5u`), which our tokens never do.
    #[error("the token brings its own key")]
    BringsAKey,
    /// The signature is not this key's over this token.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// The signature holds, but a claim is missing or has the wrong type or form.
    #[error("a claim of the token is missing or not of its type")]
    WrongClaims,
}

/// Which `typ` a token must have (RFC 8725 section 3.11). Types compare as media types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeRule<'a> {
    /// This one.
    Exactly(&'a str),
    /// None at all, or one of these.
    AbsentOr(&'a [&'a str]),
}

impl TypeRule<'static> {
    /// A client's assertion about itself (RFC 7523 section 2.2, and the draft that succeeds it).
    pub const CLIENT_ASSERTION: Self = Self::AbsentOr(&["JWT", "client-authentication+jwt"]);
    /// An assertion that is an authorization grant (RFC 7523 section 2.1, and the draft that succeeds it).
    pub const JWT_BEARER: Self = Self::AbsentOr(&["JWT", "authorization-grant+jwt"]);
    /// An ID token of another issuer (OpenID Connect Core section 2).
    pub const ID_TOKEN: Self = Self::AbsentOr(&["JWT"]);
    /// An access token of another issuer, which may know RFC 9068 or not.
    pub const FOREIGN_ACCESS_TOKEN: Self = Self::AbsentOr(&["JWT", "at+jwt"]);
}

impl TypeRule<'_> {
    fn allows(self, header: &Header) -> bool {
        match self {
            Self::Exactly(typ) => header.is_type(typ),
            Self::AbsentOr(types) => header.typ().is_none() || types.iter().any(|typ| header.is_type(typ)),
        }
    }
}

/// The claims of a token whose type and signature hold. Nothing is said yet of issuer, audience and times.
#[derive(Clone, PartialEq)]
pub struct VerifiedClaims(Map<String, Value>);

impl VerifiedClaims {
    /// One claim.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All of them, as they were sent.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// All of them, as a type.
    ///
    /// # Errors
    /// [`VerifyError::WrongClaims`].
    pub fn into_typed<T: DeserializeOwned>(self) -> Result<T, VerifyError> {
        serde_json::from_value(Value::Object(self.0)).map_err(|_| VerifyError::WrongClaims)
    }
}

impl std::fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VerifiedClaims")
    }
}

impl CompactJws<'_> {
    /// Checks algorithm (any of the key's), type and signature, and only then reads the claims.
    ///
    /// # Errors
    /// As [`Self::verify_with`].
    pub fn verify(&self, key: &PublicKey, typ: &str) -> Result<VerifiedClaims, VerifyError> {
        self.verify_with(key, key.algorithms(), TypeRule::Exactly(typ))
    }

    /// As [`Self::verify`], with an algorithm that is the key's and in `allowed`, and a type by a rule.
    ///
    /// # Errors
    /// [`VerifyError`], the first that applies of `WrongAlgorithm`, `WrongType`, `BadSignature`, `Malformed`.
    pub fn verify_with(
        &self,
        key: &PublicKey,
        allowed: &[Algorithm],
        typ: TypeRule<'_>,
    ) -> Result<VerifiedClaims, VerifyError> {
        let algorithm: Algorithm = self.header().alg().parse().map_err(|_| VerifyError::WrongAlgorithm)?;
        if !allowed.contains(&algorithm) || !key.algorithms().contains(&algorithm) {
            return Err(VerifyError::WrongAlgorithm);
        }
        if !typ.allows(self.header()) {
            return Err(VerifyError::WrongType);
        }
        if !key.verifies(algorithm, self.signing_input(), self.signature()) {
            return Err(VerifyError::BadSignature);
        }
        json::parse_object(self.payload()).map(VerifiedClaims).ok_or(VerifyError::Malformed(Malformed::NotJson))
    }

    /// A claim that is a text, of which nothing is proven: to choose by it whose keys to verify with (`iss`, RFC 8725
    /// section 3.8; `sub`, RFC 7521 section 4.2), and for nothing else. `None` also for what can be no such name: empty,
    /// over 255 characters or with control characters.
    pub fn unproven_claim(&self, name: &str) -> Option<String> {
        match json::parse_object(self.payload())?.remove(name)? {
            Value::String(text) if is_storable(&text) => Some(text),
            _ => None,
        }
    }

    /// The key of the set that the header's `kid` names.
    ///
    /// # Errors
    /// [`VerifyError::UnknownKey`].
    pub fn key_in<'k>(&self, keys: &'k JwkSet) -> Result<&'k PublicKey, VerifyError> {
        self.header().kid().and_then(|kid| keys.find(kid)).ok_or(VerifyError::UnknownKey)
    }

    /// The keys of the set that may have signed this token: the one that the header's `kid` names, or, where the header
    /// names none, as other parties' assertions may, all that know its algorithm.
    pub fn candidates_in<'k>(&self, keys: &'k JwkSet) -> Vec<&'k PublicKey> {
        match (self.header().kid(), self.header().alg().parse()) {
            (Some(kid), _) => keys.find(kid).into_iter().collect(),
            (None, Ok(algorithm)) => {
                keys.keys().iter().map(Jwk::key).filter(|key| key.algorithms().contains(&algorithm)).collect()
            }
            (None, Err(_)) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;

    fn verifies(token: &str, key: &PublicKey, algorithm: Algorithm) -> bool {
        let jws = CompactJws::parse(token).unwrap();
        key.verifies(algorithm, jws.signing_input(), jws.signature())
    }

    // RFC 8037 appendix A.4
    #[test]
    fn the_ed25519_example_of_the_standard_verifies() {
        let x = base64url::decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey::from_ed25519(&x.try_into().unwrap()).unwrap();
        let token = concat!(
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWb",
            "hijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert!(verifies(token, &key, Algorithm::EdDsa));
        assert!(!verifies(&token.replace("RXhh", "RXhi"), &key, Algorithm::EdDsa));
    }

    // RFC 7515 appendix A.3
    #[test]
    fn the_p256_example_of_the_standard_verifies() {
        let coordinate = |text| base64url::decode(text).unwrap().try_into().unwrap();
        let x = coordinate("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
        let y = coordinate("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        let key = PublicKey::from_p256(&x, &y).unwrap();
        let token = concat!(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290",
            "Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        );
        assert!(verifies(token, &key, Algorithm::Es256));
        assert!(!verifies(&token.replace("DtEh", "DtEi"), &key, Algorithm::Es256));
    }

    // RFC 7515 appendix A.2
    #[test]
    fn the_rsa_example_of_the_standard_verifies() {
        let n = concat!(
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ",
            "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2",
            "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD",
            "TW9gb54h4FRWyuXpoQ",
        );
        let key = PublicKey::from_rsa(&base64url::decode(n).unwrap(), &[1, 0, 1]).unwrap();
        let token = concat!(
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290",
            "Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbd",
            "s9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN938",
            "3LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlV",
            "mtVrBp0igcN_IoypGlUPQGe77Rw",
        );
        assert!(verifies(token, &key, Algorithm::Rs256));
        assert!(!verifies(token, &key, Algorithm::Ps256));
        assert!(!verifies(&token.replace("cC4h", "cC4i"), &key, Algorithm::Rs256));
    }
}
