//! Signing (RFC 7515 section 5.1) with Ed25519 (RFC 8037), P-256 and RSA (RFC 7518 section 3).
//!
//! Ed25519 signs by itself; the others by aws-lc-rs, on which jsonwebtoken signs too. jsonwebtoken's own signers are
//! not used: they read the key's DER anew for each token, and can't be shared between threads.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    RsaPublicKeyComponents,
};
use ed25519_dalek::Signer;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::compact::MAX_TOKEN_LENGTH;
use crate::public_key::PublicKey;

/// What stands before the 32 bytes of a P-256 private key in PKCS #8 without the public key (RFC 5958, RFC 5915).
const P256_PKCS8_PREFIX: [u8; 35] = [
    0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3,
    1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20,
];
/// How often a number that is no P-256 private key is drawn again. Each draw fails with a chance of 2^-32.
const P256_DRAWS: usize = 8;

/// Why a token can't be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The claims don't serialize as a JSON object.
    #[error("claims must be a JSON object")]
    NotAnObject,
    /// The token would be longer than any reader takes.
    #[error("the token would be longer than {MAX_TOKEN_LENGTH} bytes; ask for fewer scopes")]
    TooLong,
    /// The cryptographic library failed, for want of memory or randomness.
    #[error("the cryptographic library could not sign")]
    Failed,
}

/// The bytes are not a private key for the algorithm, or no key could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a private key for {0}")]
pub struct InvalidPrivateKey(pub Algorithm);

/// A private key and the one algorithm that it signs with. Wiped when the last clone is dropped; prints as its `kid`.
#[derive(Clone)]
pub struct SigningKey {
    secret: Arc<Secret>,
    public: PublicKey,
    kid: String,
}

enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

impl SigningKey {
    /// Makes a key. `random` fills its argument with bytes that nobody can guess; an RSA key is made of the operating
    /// system's randomness instead, since the library takes no other, and has 2048 bits. RSA takes up to a second: not
    /// for an async thread.
    ///
    /// # Errors
    /// [`InvalidPrivateKey`] where `random` is none, or the library fails.
    pub fn generate(algorithm: Algorithm, mut random: impl FnMut(&mut [u8])) -> Result<Self, InvalidPrivateKey> {
        let mut draw = || {
            let mut seed = Zeroizing::new([0; 32]);
            random(&mut *seed);
            seed
        };
        match algorithm {
            Algorithm::EdDsa => Ok(Self::from_seed(&draw())),
            Algorithm::Es256 => {
                (0..P256_DRAWS).find_map(|_| Self::from_p256_scalar(&draw()).ok()).ok_or(InvalidPrivateKey(algorithm))
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| InvalidPrivateKey(algorithm))?;
                Self::from_rsa(pair, algorithm)
            }
        }
    }

    /// The Ed25519 key of this seed (RFC 8032 section 5.1.5): 32 bytes that nobody can guess.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let public = PublicKey::from_dalek(key.verifying_key());
        Self::new(Secret::Ed25519(key), public)
    }

    /// Reads back what [`Self::private_bytes`] wrote.
    ///
    /// # Errors
    /// [`InvalidPrivateKey`].
    pub fn from_private_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, InvalidPrivateKey> {
        let invalid = InvalidPrivateKey(algorithm);
        match algorithm {
            Algorithm::EdDsa => bytes.try_into().map(Self::from_seed).map_err(|_| invalid),
            Algorithm::Es256 => Self::from_p256_pkcs8(bytes),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                Self::from_rsa(RsaKeyPair::from_pkcs8(bytes).map_err(|_| invalid)?, algorithm)
            }
        }
    }

    fn from_p256_scalar(scalar: &[u8; 32]) -> Result<Self, InvalidPrivateKey> {
        Self::from_p256_pkcs8(&Zeroizing::new([&P256_PKCS8_PREFIX[..], scalar].concat()))
    }

    fn from_p256_pkcs8(der: &[u8]) -> Result<Self, InvalidPrivateKey> {
        let invalid = InvalidPrivateKey(Algorithm::Es256);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map_err(|_| invalid)?;
        let point = pair.public_key().as_ref().try_into().map_err(|_| invalid)?;
        let public = PublicKey::from_point(point).map_err(|_| invalid)?;
        Ok(Self::new(Secret::P256(pair), public))
    }

    fn from_rsa(pair: RsaKeyPair, algorithm: Algorithm) -> Result<Self, InvalidPrivateKey> {
        let components = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let public = PublicKey::from_rsa(&components.n, &components.e).ok().and_then(|key| key.only(algorithm));
        let encoding: &'static dyn RsaEncoding =
            if algorithm == Algorithm::Ps256 { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        Ok(Self::new(Secret::Rsa(pair, encoding), public.ok_or(InvalidPrivateKey(algorithm))?))
    }

    fn new(secret: Secret, public: PublicKey) -> Self {
        let kid = public.thumbprint();
        Self { secret: Arc::new(secret), public, kid }
    }

    /// The algorithm that it signs with.
    pub fn alg(&self) -> Algorithm {
        self.public.algorithms()[0]
    }

    /// The RFC 7638 thumbprint of the public key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key, for this key's algorithm alone.
    pub fn public_key(&self) -> PublicKey {
        self.public.clone()
    }

    /// What to keep, sealed, and to give to [`Self::from_private_bytes`]: the seed of an Ed25519 key, else PKCS #8 DER.
    pub fn private_bytes(&self) -> Zeroizing<Vec<u8>> {
        const READ_BEFORE: &str = "a key that was read or made can be written";
        Zeroizing::new(match &*self.secret {
            Secret::Ed25519(key) => key.as_bytes().to_vec(),
            Secret::P256(pair) => pair.to_pkcs8v1().expect(READ_BEFORE).as_ref().to_vec(),
            Secret::Rsa(pair, _) => pair.as_der().expect(READ_BEFORE).as_ref().to_vec(),
        })
    }

    /// Signs `claims` as a compact JWS with the header `typ`, `alg` and `kid`.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignError> {
        let header = serde_json::json!({ "alg": self.alg().as_str(), "kid": self.kid, "typ": typ });
        let claims = serde_json::to_string(claims).map_err(|_| SignError::NotAnObject)?;
        if !claims.starts_with('{') {
            return Err(SignError::NotAnObject);
        }
        let mut token = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(claims));
        let signature = self.signature(token.as_bytes()).ok_or(SignError::Failed)?;
        token.push('.');
        token.push_str(&base64url::encode(signature));
        if token.len() > MAX_TOKEN_LENGTH {
            return Err(SignError::TooLong);
        }
        Ok(token)
    }

    /// ECDSA and PSS draw from the operating system: aws-lc-rs takes no randomness, whatever its signature says.
    fn signature(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &*self.secret {
            Secret::Ed25519(key) => Some(key.sign(message).to_bytes().to_vec()),
            Secret::P256(pair) => {
                pair.sign(&SystemRandom::new(), message).ok().map(|signature| signature.as_ref().to_vec())
            }
            Secret::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &SystemRandom::new(), message, &mut signature).ok().map(|()| signature)
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}
