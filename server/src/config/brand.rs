//! `LATCHKEY_BRAND`: the first word of every secret.

use super::ConfigError;
use super::source::Source;

pub(super) fn read(source: &Source) -> Result<String, ConfigError> {
    let brand = source.text("brand")?.unwrap_or_else(|| "lk".to_owned());
    if !is_good(&brand) {
        return Err(ConfigError::new(
            "LATCHKEY_BRAND",
            "must be 2 to 12 lower-case letters and digits, a letter first",
        ));
    }
    Ok(brand)
}

/// No `_`: it separates the words of a secret.
fn is_good(brand: &str) -> bool {
    let mut bytes = brand.bytes();
    (2..=12).contains(&brand.len())
        && bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_good;

    #[test]
    fn words() {
        assert!(["lk", "acme", "a1", "abcdefghijkl"].into_iter().all(is_good));
        assert!(!["", "l", "LK", "l_k", "1a", "abcdefghijklm", "l k", "lé"].into_iter().any(is_good));
    }
}
