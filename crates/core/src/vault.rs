//! The master key: what is derived from it, and what it seals (contract section 2).
//!
//! The master key itself encrypts nothing: each use has a key of its own, derived by HKDF-SHA-256 (RFC 5869) with a
//! label that no other use has.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::Random;

/// Bytes of the nonce in front of what is sealed (XChaCha20-Poly1305).
const NONCE_LENGTH: usize = 24;

/// The master key in use, and the one before it while it is being changed.
#[derive(Clone)]
pub struct Vault {
    current: MasterKey,
    previous: Option<MasterKey>,
}

/// 32 secret bytes.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

/// The master key can't be used, or what it sealed can't be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not 32 bytes of base64.
    #[error("the master key is not 32 bytes of base64")]
    BadMasterKey,
    /// Sealed by another key, or changed since.
    #[error("sealed by another master key, or damaged")]
    CannotOpen,
}

/// What the vault sealed, and by which master key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The nonce, then the ciphertext with its tag.
    pub bytes: Vec<u8>,
    /// The [`MasterKey::id`] that sealed it.
    pub by: String,
}

impl MasterKey {
    /// Reads base64, standard or URL-safe, padding optional.
    ///
    /// # Errors
    /// [`VaultError::BadMasterKey`] where that isn't 32 bytes.
    pub fn from_base64(text: &str) -> Result<Self, VaultError> {
        let standard: Zeroizing<String> = Zeroizing::new(text.trim().replace('-', "+").replace('_', "/"));
        let bytes = Zeroizing::new(
            STANDARD_NO_PAD.decode(standard.trim_end_matches('=')).map_err(|_| VaultError::BadMasterKey)?,
        );
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| VaultError::BadMasterKey)?;
        Ok(Self::from_bytes(bytes))
    }

    /// From 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Standard base64, for the file that holds it.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(*self.0))
    }

    /// A public name of the key: 8 characters derived from it, which stands in each hash and beside each sealed key.
    pub fn id(&self) -> String {
        let derived = self.derive("key-id");
        // 6 bytes are 8 characters of the alphabet that PHC strings take
        STANDARD_NO_PAD.encode(&derived[..6])
    }

    /// 32 bytes for this use alone.
    pub(crate) fn derive(&self, usage: &str) -> Zeroizing<[u8; 32]> {
        let label = format!("latchkey/1/{usage}");
        let mut derived = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, &*self.0)
            .expand(label.as_bytes(), derived.as_mut())
            .expect("32 bytes are fewer than HKDF-SHA-256 can give");
        derived
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.derive("seal")))
    }
}

impl Vault {
    /// With the key in use and the one before it.
    pub fn new(current: MasterKey, previous: Option<MasterKey>) -> Self {
        Self { current, previous }
    }

    /// The key in use.
    pub fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The key before it, while it is being changed.
    pub fn previous(&self) -> Option<&MasterKey> {
        self.previous.as_ref()
    }

    /// Seals with the key in use, by XChaCha20-Poly1305 under a random nonce. `associated` isn't in the result; it must
    /// be the same to open it, so that one sealed thing can't be put in the place of another.
    ///
    /// # Panics
    /// Where `plain` is longer than 256 GiB, the cipher's limit.
    pub fn seal(&self, associated: &[u8], plain: &[u8], random: &dyn Random) -> Sealed {
        let mut nonce = [0; NONCE_LENGTH];
        random.fill(&mut nonce);
        let ciphertext = self
            .current
            .cipher()
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: associated })
            .expect("what is sealed is far shorter than the cipher's limit");
        Sealed { bytes: [&nonce[..], &ciphertext].concat(), by: self.current.id() }
    }

    /// Opens what the key of this id sealed: the one in use, or the one before it.
    ///
    /// # Errors
    /// [`VaultError::CannotOpen`].
    pub fn open(&self, by: &str, associated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let key = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id() == by)
            .ok_or(VaultError::CannotOpen)?;
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(VaultError::CannotOpen)?;
        key.cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: associated })
            .map(Zeroizing::new)
            .map_err(|_| VaultError::CannotOpen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not random at all: tests want to know the nonce.
    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn vault(current: u8, previous: Option<u8>) -> Vault {
        Vault::new(MasterKey::from_bytes([current; 32]), previous.map(|byte| MasterKey::from_bytes([byte; 32])))
    }

    // contract section 10, "Program"
    #[test]
    fn base64_of_any_flavour_reads() {
        let bytes = [0xFB; 32];
        let standard = MasterKey::from_bytes(bytes).to_base64();
        assert!(standard.contains('+') && standard.ends_with('='));
        let url_safe = standard.replace('+', "-").replace('/', "_");
        for text in [standard.as_str(), standard.trim_end_matches('='), &url_safe, &format!("{}\n", standard.as_str())]
        {
            assert_eq!(*MasterKey::from_base64(text).unwrap().0, bytes);
        }
    }

    // F-37
    #[test]
    fn other_lengths_and_alphabets_are_refused() {
        for text in ["", "c2hvcnQ=", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43)] {
            assert_eq!(MasterKey::from_base64(text).unwrap_err(), VaultError::BadMasterKey, "{text}");
        }
    }

    #[test]
    fn each_key_has_its_own_id_and_each_use_its_own_bytes() {
        let key = MasterKey::from_bytes([1; 32]);
        assert_eq!(key.id().len(), 8);
        assert_ne!(key.id(), MasterKey::from_bytes([2; 32]).id());
        assert_ne!(key.derive("seal"), key.derive("pepper"));
        assert_ne!(*key.derive("seal"), *key.0);
    }

    #[test]
    fn hkdf_is_that_of_rfc_5869() {
        // worked out with Python: hmac and hashlib, salt of 32 zero bytes, info "latchkey/1/seal"
        let expected = "f6cc2f7e2f7b4753";
        let derived: String = MasterKey::from_bytes([7; 32]).derive("seal")[..8]
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(derived, expected);
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_name_only() {
        let sealed = vault(1, None).seal(b"kid", b"seed", &Fixed(9));
        assert_eq!(sealed.bytes[..NONCE_LENGTH], [9; NONCE_LENGTH]);
        assert!(!sealed.bytes.windows(4).any(|window| window == b"seed"));
        let open = |vault: &Vault, associated: &[u8], bytes: &[u8]| vault.open(&sealed.by, associated, bytes);
        assert_eq!(open(&vault(1, None), b"kid", &sealed.bytes).unwrap().as_slice(), b"seed");
        assert_eq!(open(&vault(2, Some(1)), b"kid", &sealed.bytes).unwrap().as_slice(), b"seed");
        assert_eq!(open(&vault(2, None), b"kid", &sealed.bytes).unwrap_err(), VaultError::CannotOpen);
        assert_eq!(open(&vault(1, None), b"other", &sealed.bytes).unwrap_err(), VaultError::CannotOpen);
        for position in 0..sealed.bytes.len() {
            let mut changed = sealed.bytes.clone();
            changed[position] ^= 1;
            assert!(open(&vault(1, None), b"kid", &changed).is_err(), "{position}");
            assert!(open(&vault(1, None), b"kid", &sealed.bytes[..position]).is_err(), "{position}");
        }
    }

    // F-19
    #[test]
    fn nothing_of_a_key_is_in_its_debug_text() {
        assert_eq!(format!("{:?} {:?}", MasterKey::from_bytes([65; 32]), vault(65, Some(66))), "MasterKey Vault");
    }
}
