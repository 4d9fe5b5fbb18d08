//! Public keys of the three kinds that we verify with: Ed25519, P-256 and RSA.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RsaPublicKeyComponents};
use ed25519_dalek::VerifyingKey;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use sha2::{Digest, Sha256};
use spki::der::asn1::UintRef;
use spki::der::{Decode, Reader, SliceReader};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::algorithm::Algorithm;
use crate::base64url;

/// The bits that an RSA modulus may have.
pub const RSA_MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// The least public exponent of an RSA key (FIPS 186-5 section 5.4).
const MIN_RSA_EXPONENT: u64 = 65_537;
/// The library takes exponents of 33 bits at most: a larger one is refused here, and not at each signature.
const MAX_RSA_EXPONENT: u64 = (1 << 33) - 1;

const ID_ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const ID_EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ID_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ID_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What stands before the 32 bytes of an Ed25519 key in its `SubjectPublicKeyInfo` (RFC 8410 section 4).
const ED25519_SPKI_PREFIX: [u8; 12] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0];
/// What stands before the 65 bytes of a P-256 point in its `SubjectPublicKeyInfo` (RFC 5480 section 2).
const P256_SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7, 3,
    0x42, 0,
];

/// The bytes are not a public key that can be trusted: another kind or length, no point of the curve, another encoding
/// than the canonical one, a point of small order, an RSA modulus of less than 2048 bits or an unfit exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519, P-256 or RSA public key that can be trusted")]
pub struct InvalidKey;

/// A public key, and the algorithms whose signatures it may verify. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey {
    material: Arc<Material>,
    algorithms: &'static [Algorithm],
}

enum Material {
    Ed25519(VerifyingKey),
    /// 4, x and y (SEC 1 section 2.3.3, uncompressed).
    P256 {
        point: [u8; 65],
        decoding: DecodingKey,
    },
    /// Big endian, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
        decoding: DecodingKey,
    },
}

impl PublicKey {
    /// Reads the 32 bytes of an Ed25519 key (RFC 8032 section 5.1.5).
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_ed25519(bytes: &[u8; 32]) -> Result<Self, InvalidKey> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| InvalidKey)?;
        if key.is_weak() || !is_canonical(bytes) {
            return Err(InvalidKey);
        }
        Ok(Self::from_dalek(key))
    }

    /// Reads the two coordinates of a point of P-256, big endian (RFC 7518 section 6.2.1).
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_p256(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, InvalidKey> {
        let mut point = [4; 65];
        point[1..33].copy_from_slice(x);
        point[33..].copy_from_slice(y);
        Self::from_point(point)
    }

    pub(crate) fn from_point(point: [u8; 65]) -> Result<Self, InvalidKey> {
        // the library checks that both coordinates are below the field's prime and that the point is on the curve
        if point[0] != 4 || ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).is_err() {
            return Err(InvalidKey);
        }
        let decoding = DecodingKey::from_ec_der(&point);
        Ok(Self { material: Arc::new(Material::P256 { point, decoding }), algorithms: &[Algorithm::Es256] })
    }

    /// Reads modulus and exponent of an RSA key, big endian without leading zeros (RFC 7518 section 6.3.1). It verifies
    /// both [`Algorithm::Rs256`] and [`Algorithm::Ps256`] until [`Self::only`] narrows it.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_rsa(n: &[u8], e: &[u8]) -> Result<Self, InvalidKey> {
        let (Some(first), Some(last)) = (n.first(), n.last()) else { return Err(InvalidKey) };
        let bits = (n.len() * 8).saturating_sub(first.leading_zeros() as usize);
        let exponent = exponent(e).ok_or(InvalidKey)?;
        let fits = *first != 0
            && last % 2 == 1
            && RSA_MODULUS_BITS.contains(&bits)
            && (MIN_RSA_EXPONENT..=MAX_RSA_EXPONENT).contains(&exponent)
            && exponent % 2 == 1;
        if !fits {
            return Err(InvalidKey);
        }
        let decoding = DecodingKey::from_rsa_raw_components(n, e);
        Ok(Self {
            material: Arc::new(Material::Rsa { n: n.to_vec(), e: e.to_vec(), decoding }),
            algorithms: &[Algorithm::Rs256, Algorithm::Ps256],
        })
    }

    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), as certificates hold one.
    ///
    /// # Errors
    /// [`InvalidKey`], also for other kinds of keys.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, InvalidKey> {
        let info = SubjectPublicKeyInfoRef::try_from(der).map_err(|_| InvalidKey)?;
        let bytes = info.subject_public_key.as_bytes().ok_or(InvalidKey)?;
        match (info.algorithm.oid, info.algorithm.parameters) {
            (ID_ED25519, None) => Self::from_ed25519(bytes.try_into().map_err(|_| InvalidKey)?),
            (ID_EC_PUBLIC_KEY, Some(curve)) if curve.decode_as() == Ok(ID_P256) => {
                Self::from_point(bytes.try_into().map_err(|_| InvalidKey)?)
            }
            (ID_RSA, Some(null)) if null.is_null() => Self::from_pkcs1_der(bytes),
            _ => Err(InvalidKey),
        }
    }

    /// Reads a DER `RSAPublicKey` (RFC 8017 appendix A.1.1).
    fn from_pkcs1_der(der: &[u8]) -> Result<Self, InvalidKey> {
        let read = || -> spki::der::Result<_> {
            let mut reader = SliceReader::new(der)?;
            let (n, e) = reader.sequence(|members| {
                Ok::<_, spki::der::Error>((UintRef::decode(members)?, UintRef::decode(members)?))
            })?;
            reader.finish()?;
            Ok((n, e))
        };
        let (n, e) = read().map_err(|_| InvalidKey)?;
        Self::from_rsa(n.as_bytes(), e.as_bytes())
    }

    /// The DER `SubjectPublicKeyInfo`, which [`Self::from_spki_der`] reads back, apart from what [`Self::only`] said.
    pub fn to_spki_der(&self) -> Vec<u8> {
        match &*self.material {
            Material::Ed25519(key) => [&ED25519_SPKI_PREFIX[..], key.as_bytes()].concat(),
            Material::P256 { point, .. } => [&P256_SPKI_PREFIX[..], point].concat(),
            Material::Rsa { n, e, .. } => {
                RsaPublicKeyComponents { n, e }.as_der().expect("n and e were checked").as_ref().to_vec()
            }
        }
    }

    /// The algorithms whose signatures this key may verify: one, or both of RSA's.
    pub fn algorithms(&self) -> &'static [Algorithm] {
        self.algorithms
    }

    /// The same key for one of its algorithms alone (RFC 8725 section 3.1); `None` where it isn't one of them.
    #[must_use]
    pub fn only(&self, algorithm: Algorithm) -> Option<Self> {
        let found = self.algorithms.iter().find(|own| **own == algorithm)?;
        Some(Self { material: Arc::clone(&self.material), algorithms: std::slice::from_ref(found) })
    }

    /// The 32 bytes of RFC 8032 section 5.1.5, of an Ed25519 key.
    pub fn as_ed25519(&self) -> Option<&[u8; 32]> {
        match &*self.material {
            Material::Ed25519(key) => Some(key.as_bytes()),
            _ => None,
        }
    }

    /// The RFC 7638 thumbprint (SHA-256, base64url): the `kid` of our keys and the `jkt` of RFC 9449.
    pub fn thumbprint(&self) -> String {
        let members: Vec<String> =
            self.members().iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
        base64url::encode(Sha256::digest(format!("{{{}}}", members.join(","))))
    }

    /// The members that make the key what it is, in alphabetical order (RFC 7638 section 3.2, RFC 8037 section 2).
    pub(crate) fn members(&self) -> Vec<(&'static str, String)> {
        match &*self.material {
            Material::Ed25519(key) => {
                vec![("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", base64url::encode(key.as_bytes()))]
            }
            Material::P256 { point, .. } => vec![
                ("crv", "P-256".into()),
                ("kty", "EC".into()),
                ("x", base64url::encode(&point[1..33])),
                ("y", base64url::encode(&point[33..])),
            ],
            Material::Rsa { n, e, .. } => {
                vec![("e", base64url::encode(e)), ("kty", "RSA".into()), ("n", base64url::encode(n))]
            }
        }
    }

    pub(crate) fn from_dalek(key: VerifyingKey) -> Self {
        Self { material: Arc::new(Material::Ed25519(key)), algorithms: &[Algorithm::EdDsa] }
    }

    /// Whether `signature` is this key's over `message`; never with an algorithm that isn't the key's.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.algorithms.contains(&algorithm)
            && match &*self.material {
                Material::Ed25519(key) => verifies_ed25519(key, message, signature),
                Material::P256 { decoding, .. } | Material::Rsa { decoding, .. } => {
                    verifies_with_library(decoding, algorithm, message, signature)
                }
            }
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithms == other.algorithms && self.members() == other.members()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

/// Takes only what RFC 8032 section 5.1.7 takes, and no R of small order: a signature has one form.
fn verifies_ed25519(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    ed25519_dalek::Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
}

/// By jsonwebtoken, on its provider by name and not on the one of the process, which anybody might have set.
fn verifies_with_library(key: &DecodingKey, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    let algorithm = match algorithm {
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
    };
    (DEFAULT_PROVIDER.verifier_factory)(&algorithm, key)
        .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
}

/// Whether the y coordinate (little endian, without the sign bit) is below the field's prime 2^255 - 19. The only
/// other double encoding, x = 0 with a sign, belongs to points of small order.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    bytes[31] & 0x7F != 0x7F || bytes[1..31].iter().any(|byte| *byte != 0xFF) || bytes[0] < 0xED
}

/// A big endian number of at most 64 bits without leading zeros.
fn exponent(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 8 || bytes[0] == 0 {
        return None;
    }
    Some(bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}
