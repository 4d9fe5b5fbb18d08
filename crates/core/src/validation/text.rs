//! Names, descriptions and other texts that people type.
//!
//! Texts are stored and shown as typed, but for white space around them: only what no database or log line can
//! hold safely is refused (F-27, F-28). Length counts the characters of the composed form (Unicode NFC), so that
//! both ways to write `é` are one character.

use unicode_normalization::UnicodeNormalization;

use super::{Checked, wrong};

/// The longest name, in characters.
pub const MAX_NAME_LENGTH: usize = 100;
/// The longest owner of a key, in characters.
pub const MAX_OWNER_LENGTH: usize = 100;
/// The longest description, in characters.
pub const MAX_DESCRIPTION_LENGTH: usize = 1_000;
/// The longest reason, in characters.
pub const MAX_REASON_LENGTH: usize = 500;
/// The longest search, in characters.
pub const MAX_SEARCH_LENGTH: usize = 255;

/// What people call something: 1 to 100 characters on one line.
pub fn name(field: &str, typed: &str) -> Checked<String> {
    let text = single_line(field, typed, MAX_NAME_LENGTH)?;
    if text.is_empty() { wrong(field, "give a name of 1 to 100 characters") } else { Ok(text) }
}

/// Whom an API's owner gave a key to: at most 100 characters on one line; empty is none.
pub fn owner(field: &str, typed: &str) -> Checked<Option<String>> {
    single_line(field, typed, MAX_OWNER_LENGTH).map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// What to search for: at most 255 characters on one line; empty is none.
pub fn search(field: &str, typed: Option<&str>) -> Checked<Option<String>> {
    let text = single_line(field, typed.unwrap_or_default(), MAX_SEARCH_LENGTH)?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// What something is or allows: at most 1 000 characters; lines may be broken.
pub fn description(field: &str, typed: &str) -> Checked<String> {
    lines(field, typed, MAX_DESCRIPTION_LENGTH)
}

/// Why something is done: at most 500 characters; lines may be broken.
pub fn reason(field: &str, typed: &str) -> Checked<String> {
    lines(field, typed, MAX_REASON_LENGTH)
}

fn single_line(field: &str, typed: &str, most: usize) -> Checked<String> {
    if typed.chars().any(char::is_control) {
        return wrong(field, "leave out line breaks, tabs and other control characters");
    }
    bounded(field, typed, most)
}

/// Browsers send line breaks of a text area as CR LF; they are kept as LF.
fn lines(field: &str, typed: &str, most: usize) -> Checked<String> {
    let text = typed.replace("\r\n", "\n").replace('\r', "\n");
    if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t')) {
        return wrong(field, "leave out control characters other than line breaks and tabs");
    }
    bounded(field, &text, most)
}

fn bounded(field: &str, text: &str, most: usize) -> Checked<String> {
    let text = text.trim();
    if text.nfc().nth(most).is_some() {
        return wrong(field, format!("at most {most} characters"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_trimmed_and_otherwise_kept() {
        // F-27
        for text in ["Orders", "<script>", "'--", "a\u{202E}b", "a\u{200B}b", "🦀", "e\u{301}", "é"] {
            assert_eq!(name("name", &format!(" {text}  ")).unwrap(), text);
        }
    }

    #[test]
    fn control_characters_are_refused() {
        // F-27, F-28
        for text in ["a\0b", "a\r\nb", "\n", "a\tb", "a\u{7f}", "a\u{85}b", "a\u{1b}[31m"] {
            assert_eq!(name("name", text).unwrap_err()[0].field, "name", "{text:?}");
            assert!(owner("owner", text).is_err(), "{text:?}");
            assert!(search("q", Some(text)).is_err(), "{text:?}");
        }
        assert!(description("description", "a\0b").is_err());
        assert!(reason("reason", "a\u{1b}b").is_err());
    }

    #[test]
    fn limits_count_characters_of_the_composed_form() {
        assert!(name("name", &"é".repeat(100)).is_ok());
        assert!(name("name", &"e\u{301}".repeat(100)).is_ok());
        assert!(name("name", &"e\u{301}".repeat(101)).is_err());
        assert!(name("name", &"🦀".repeat(101)).is_err());
        assert!(name("name", "   ").is_err());
        assert!(description("description", &"x".repeat(1000)).is_ok());
        assert!(description("description", &"x".repeat(1001)).is_err());
        assert!(reason("reason", &"x".repeat(501)).is_err());
    }

    #[test]
    fn line_breaks_of_longer_texts_become_lf() {
        assert_eq!(description("description", "a\r\nb\rc\n").unwrap(), "a\nb\nc");
    }

    #[test]
    fn an_empty_owner_or_search_is_none() {
        assert_eq!(owner("owner", " ").unwrap(), None);
        assert_eq!(search("q", Some("")).unwrap(), None);
        assert_eq!(search("q", None).unwrap(), None);
    }

    proptest! {
        #[test]
        fn a_good_name_stays_as_it_is(typed in ".*") {
            if let Ok(kept) = name("name", &typed) {
                prop_assert_eq!(kept.as_str(), typed.trim());
                prop_assert_eq!(name("name", &kept).unwrap(), kept);
            }
        }

        #[test]
        fn nothing_panics(typed: String) {
            let _ = (name("a", &typed), owner("a", &typed), description("a", &typed), reason("a", &typed), search("a", Some(&typed)));
        }
    }
}
