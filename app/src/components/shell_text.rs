//! Text that people paste into a shell.

/// A text as one word of a POSIX shell, whatever stands in it: addresses and names come from other people.
pub fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // F-27
    #[test]
    fn nothing_in_a_word_is_run() {
        assert_eq!(shell_word("https://x.example/$(id)`id`\"\\"), "'https://x.example/$(id)`id`\"\\'");
        assert_eq!(shell_word("a'; id #"), r"'a'\''; id #'");
    }
}
