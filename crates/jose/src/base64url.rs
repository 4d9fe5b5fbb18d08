//! Base64url without padding (RFC 7515 section 2). Only the canonical text of a value is taken: no padding, no
//! white space, no bits set behind the last byte; so two different texts are never the same token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_is_taken() {
        assert_eq!(decode("-_8"), Some(vec![0xFB, 0xFF]));
        for text in ["-_8=", "-_9", "+/8", "-_8 ", "-_8\n", "A", "ä"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
