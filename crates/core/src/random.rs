//! Randomness, handed in. Production takes the operating system's.

use latchkey_types::Id;
use latchkey_types::secret::{ID_LENGTH, base62_digit};

/// Hands out random bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Panics
    /// Where the operating system has no randomness to give: nothing safe could follow.
    fn fill(&self, bytes: &mut [u8]);
}

/// 256 random bits.
pub fn bits(random: &dyn Random) -> [u8; 32] {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    bytes
}

/// A new id: 16 base62 characters, each equally likely.
///
/// # Panics
/// As [`Random::fill`].
pub fn id<K: latchkey_types::Kind>(random: &dyn Random) -> Id<K> {
    let mut text = String::with_capacity(ID_LENGTH);
    while text.len() < ID_LENGTH {
        let mut bytes = [0; 2 * ID_LENGTH];
        random.fill(&mut bytes);
        // 62 of 64 values are digits; the others are drawn again, so that no digit is likelier
        text.extend(bytes.iter().filter_map(|byte| base62_digit(byte & 63)).take(ID_LENGTH - text.len()));
    }
    Id::from_random(&text).expect("16 base62 digits")
}

/// A new name for a token (its `jti`): 22 base62 characters, about 130 random bits.
pub fn token_id(random: &dyn Random) -> String {
    let digits = latchkey_types::secret::encode_base62(&bits(random));
    // the last digits: the first one of 256 bits is no longer each digit alike
    digits[digits.len() - 22..].to_owned()
}
