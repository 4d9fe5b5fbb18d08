//! The form of every secret: `<brand>_<kind>_<id>_<secret><check>`.
//!
//! Only `[0-9A-Za-z_]` and a fixed length, so that a double click selects it and a scanner's pattern fits it.
//! `check` is the CRC-32 of everything before it, so that a typing error or a guess is refused without a look-up.

use std::fmt;

/// Characters of the public id.
pub const ID_LENGTH: usize = 16;
/// Characters of the secret part: 256 random bits.
pub const SECRET_LENGTH: usize = 43;
/// Characters of the CRC-32.
pub const CHECK_LENGTH: usize = 6;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretKind {
    /// API key, live.
    Live,
    /// API key, test.
    Test,
    /// Verification key.
    Verify,
    /// Management key.
    Manage,
    /// Client secret.
    Secret,
    /// Opaque access token.
    AccessToken,
    /// Action token.
    Once,
}

impl SecretKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Live, Self::Test, Self::Verify, Self::Manage, Self::Secret, Self::AccessToken, Self::Once];

    /// The second word of the secret.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
            Self::Verify => "verify",
            Self::Manage => "manage",
            Self::Secret => "secret",
            Self::AccessToken => "at",
            Self::Once => "once",
        }
    }
}

/// The text has not the form of a secret of this brand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a secret of this installation: its form or its check characters are wrong")]
pub struct Malformed;

/// What a well-formed secret says about itself, borrowed from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ParsedSecret<'a> {
    /// What it is for.
    pub kind: SecretKind,
    /// The public id: 16 base62 characters.
    pub id: &'a str,
}

impl fmt::Debug for ParsedSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ParsedSecret({}, {})", self.kind.as_str(), self.id)
    }
}

/// Writes a secret. `id` is 16 base62 characters; `random` the 256 bits of the secret part.
pub fn compose(brand: &str, kind: SecretKind, id: &str, random: &[u8; 32]) -> String {
    let mut text = format!("{brand}_{}_{id}_{}", kind.as_str(), encode_base62(random));
    let check = check_characters(&text);
    text.push_str(&check);
    text
}

/// Reads a secret of this brand: fixed words, lengths and alphabet, and the check characters. No allocation.
///
/// # Errors
/// [`Malformed`] for anything else.
pub fn parse<'a>(brand: &str, text: &'a str) -> Result<ParsedSecret<'a>, Malformed> {
    let rest = text.strip_prefix(brand).and_then(|rest| rest.strip_prefix('_')).ok_or(Malformed)?;
    let (word, rest) = rest.split_once('_').ok_or(Malformed)?;
    let kind = SecretKind::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(Malformed)?;
    let (id, secret) = rest.split_once('_').ok_or(Malformed)?;
    let right_form =
        id.len() == ID_LENGTH && secret.len() == SECRET_LENGTH + CHECK_LENGTH && is_base62(id) && is_base62(secret);
    if !right_form {
        return Err(Malformed);
    }
    let (before, check) = text.split_at(text.len() - CHECK_LENGTH);
    if crc_digits(before) != check.as_bytes() {
        return Err(Malformed);
    }
    Ok(ParsedSecret { kind, id })
}

/// Whether every byte is a base62 digit.
pub fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The six base62 digits of the CRC-32 (zlib's) of `text`.
pub fn check_characters(text: &str) -> String {
    crc_digits(text).iter().copied().map(char::from).collect()
}

fn crc_digits(text: &str) -> [u8; CHECK_LENGTH] {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECK_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// 256 bits as 43 base62 digits, most significant first, padded with `0`.
pub fn encode_base62(bits: &[u8; 32]) -> String {
    let mut number = *bits;
    let mut digits = [b'0'; SECRET_LENGTH];
    for digit in digits.iter_mut().rev() {
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = (remainder << 8) | u32::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            remainder = value % 62;
        }
        *digit = ALPHABET[remainder as usize];
    }
    digits.iter().copied().map(char::from).collect()
}

/// One base62 digit for a number below 62.
pub fn base62_digit(number: u8) -> Option<char> {
    ALPHABET.get(usize::from(number)).copied().map(char::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "7Gk2mPq9XzRtA1b2";

    fn example() -> String {
        compose("lk", SecretKind::Live, ID, &[7; 32])
    }

    #[test]
    fn has_the_length_and_words_of_the_contract() {
        let text = example();
        assert_eq!(text.len(), "lk_live_".len() + 16 + 1 + 49);
        assert_eq!(parse("lk", &text), Ok(ParsedSecret { kind: SecretKind::Live, id: ID }));
    }

    #[test]
    fn base62_counts_from_the_most_significant_digit() {
        let mut bits = [0; 32];
        bits[31] = 61;
        assert_eq!(encode_base62(&bits), format!("{}z", "0".repeat(42)));
        bits[30] = 1; // 256 + 61 = 5 * 62 + 7
        assert_eq!(encode_base62(&bits), format!("{}57", "0".repeat(41)));
        // 2^256 - 1, worked out with Python's integers
        assert_eq!(encode_base62(&[255; 32]), "yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1");
    }

    #[test]
    fn the_check_is_zlibs_crc() {
        // zlib.crc32(b"123456789") == 0xCBF43926
        assert_eq!(check_characters("123456789"), "3jZRME");
    }

    // ZITADEL CVE-2026-27840: every prefix, every one-character change, suffix, case flip
    #[test]
    fn no_neighbour_of_a_secret_parses() {
        let text = example();
        for end in 0..text.len() {
            assert_eq!(parse("lk", &text[..end]), Err(Malformed));
        }
        assert_eq!(parse("lk", &format!("{text}0")), Err(Malformed));
        for position in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[position] = if changed[position] == b'x' { b'y' } else { b'x' };
            assert_eq!(parse("lk", std::str::from_utf8(&changed).unwrap()), Err(Malformed), "{position}");
        }
        assert_eq!(parse("other", &text), Err(Malformed));
    }

    proptest! {
        #[test]
        fn every_secret_reads_back(random: [u8; 32], kind in 0_usize..7) {
            let kind = SecretKind::ALL[kind];
            let text = compose("acme", kind, ID, &random);
            prop_assert_eq!(parse("acme", &text), Ok(ParsedSecret { kind, id: ID }));
        }

        #[test]
        fn nothing_panics(text in "\\PC*") {
            let _ = parse("lk", &text);
        }
    }
}
