//! E-mail addresses, as invitations are bound to them.

use super::{Checked, wrong};

/// The longest address, in characters (RFC 5321 section 4.5.3.1.3, without the brackets).
pub const MAX_EMAIL_LENGTH: usize = 254;
const MAX_LOCAL_LENGTH: usize = 64;
const MAX_LABEL_LENGTH: usize = 63;

/// An address in ASCII, `local@domain`, as typed but for white space around it.
///
/// Only ASCII, so that no look-alike character (a full-width `@`, a Cyrillic `а`) can stand for another after some
/// system's normalisation (F-32); a domain with other letters is written in its `xn--` form.
pub fn email(field: &str, typed: &str) -> Checked<String> {
    let text = typed.trim_matches(' ');
    if !text.is_ascii() {
        return wrong(field, "write the address in ASCII letters; of an international domain its xn-- form");
    }
    let good = text.len() <= MAX_EMAIL_LENGTH
        && text.split_once('@').is_some_and(|(local, domain)| is_local_part(local) && is_domain(domain));
    if good { Ok(text.to_owned()) } else { wrong(field, "an e-mail address, as in ada@example.com") }
}

/// Dot-atoms (RFC 5322 section 3.2.3); quoted forms are not taken.
fn is_local_part(text: &str) -> bool {
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    text.len() <= MAX_LOCAL_LENGTH && text.split('.').all(|part| !part.is_empty() && part.bytes().all(atom))
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=MAX_LABEL_LENGTH).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_addresses() {
        for text in ["ada@example.com", "Ada.L+x@sub.example.co", "o'neil@localhost", "a@xn--bcher-kva.example"] {
            assert_eq!(email("email", &format!(" {text} ")).unwrap(), text);
        }
    }

    // F-32
    #[test]
    fn look_alikes_and_broken_ones_are_refused() {
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "ada\u{FF20}example.com",
            "\u{430}da@example.com",
            "ada@ex\u{e4}mple.com",
            "a..b@example.com",
            ".a@example.com",
            "a b@example.com",
            "\"a\"@example.com",
            "ada@-x.com",
            "ada@x..com",
            "ada@x.com.",
            "ada@example.com\r\nbcc: x",
            "ada@example.com\0",
            "<ada@example.com>",
            "ada@[192.0.2.1]",
        ] {
            assert_eq!(email("email", text).unwrap_err()[0].field, "email", "{text:?}");
        }
        assert!(email("email", &format!("{}@example.com", "x".repeat(65))).is_err());
        assert!(email("email", &format!("a@{}", "x.".repeat(127))).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(typed: String) {
            let _ = email("email", &typed);
        }
    }
}
