//! Slugs: what stands for an organisation in URLs.

use super::{Checked, wrong};

/// The shortest slug, in characters.
pub const MIN_SLUG_LENGTH: usize = 1;
/// The longest slug, in characters.
pub const MAX_SLUG_LENGTH: usize = 63;

/// Words that stand, or may come to stand, at a slug's place in a URL.
const RESERVED: [&str; 6] = ["new", "all", "api", "import", "operator", "none"];

/// Whether the text has the form of a slug: 1 to 63 of `a-z`, `0-9` and `-`, the hyphen not at an end.
pub fn is_slug(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (MIN_SLUG_LENGTH..=MAX_SLUG_LENGTH).contains(&text.len())
        && text.bytes().all(allowed)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A slug that an organisation may have.
pub fn slug(field: &str, typed: &str) -> Checked<String> {
    if !is_slug(typed) {
        return wrong(field, "1 to 63 of the characters a-z, 0-9 and -, without - at the ends");
    }
    if RESERVED.contains(&typed) {
        return wrong(field, "this word has a meaning of its own in URLs; choose another");
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn form_and_reserved_words() {
        for text in ["a", "acme", "a-1", "123", &"a".repeat(63)] {
            assert_eq!(slug("slug", text).unwrap(), text);
        }
        for text in
            ["", "-", "-ab", "ab-", "Abc", "a b", "a_b", "äbc", "abc\0", "../x", "new", "operator", &"a".repeat(64)]
        {
            assert_eq!(slug("slug", text).unwrap_err()[0].field, "slug", "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_slug_needs_no_escaping_in_a_url(typed: String) {
            if is_slug(&typed) {
                prop_assert!(typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
            }
        }
    }
}
