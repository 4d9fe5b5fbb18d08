//! Secrets and scopes.

use latchkey_types::ScopeSet;
use latchkey_types::secret::{CHECK_LENGTH, ID_LENGTH, check_characters, parse};

const BRAND: &str = "lk";

/// A secret: its check digits are right. No fuzzer finds a CRC, so that the right ones are tried too.
pub fn secret(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check(text);
    check(&format!("{text}{}", check_characters(text)));
}

fn check(text: &str) {
    let Ok(parsed) = parse(BRAND, text) else { return };
    let (before, digits) = text.split_at(text.len() - CHECK_LENGTH);
    assert_eq!(check_characters(before), digits);
    assert!(before.starts_with(&format!("{BRAND}_{}_{}_", parsed.kind.as_str(), parsed.id)));
    assert_eq!(parsed.id.len(), ID_LENGTH);
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    assert!(parse(BRAND, before).is_err());
}

/// A `scope` parameter.
pub fn scope(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scopes) = ScopeSet::from_parameter(text) else { return };
    assert_eq!(ScopeSet::from_parameter(&scopes.to_string()), Ok(scopes));
}
