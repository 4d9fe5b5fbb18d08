//! Texts that a document brings and people are shown.

/// A text of at most `longest` characters on one line, without control characters.
pub(super) fn short(text: &str, longest: usize) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(4 * longest).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let joined = words.join(" ");
    if joined.chars().nth(longest).is_some() {
        joined.chars().take(longest - 1).chain(['…']).collect()
    } else {
        joined
    }
}
