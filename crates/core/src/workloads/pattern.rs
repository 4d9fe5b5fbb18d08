//! What a claim of an outside token must be.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// The longest pattern, in characters.
pub const MAX_PATTERN_LENGTH: usize = 500;

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Empty, too long, or with control characters.
    #[error("give 1 to {MAX_PATTERN_LENGTH} characters on one line")]
    Text,
    /// A `*` that isn't the last character, or several.
    #[error("`*` may stand at the end only, and once")]
    Inside,
    /// A `*` that isn't right behind a `:` or `/`, with something before that.
    #[error("`*` must stand right behind a `:` or `/`, as in `repo:acme/*`: behind anything else it lets strangers in")]
    Unsafe,
}

/// An exact text, or everything that goes on behind a `:` or `/`.
///
/// A wildcard ends where a name ends: `repo:acme/*` takes every repository of `acme` and none of `acme-evil`, which
/// `repo:acme*` would.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ClaimPattern(String);

impl ClaimPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn new(text: impl Into<String>) -> Result<Self, PatternError> {
        let text = text.into();
        if text.is_empty() || text.chars().any(char::is_control) || text.chars().nth(MAX_PATTERN_LENGTH).is_some() {
            return Err(PatternError::Text);
        }
        let start = text.strip_suffix('*').unwrap_or(&text);
        if start.contains('*') {
            return Err(PatternError::Inside);
        }
        if start.len() != text.len() && !(start.len() > 1 && start.ends_with([':', '/'])) {
            return Err(PatternError::Unsafe);
        }
        Ok(Self(text))
    }

    /// Whether it takes one text only.
    pub fn is_exact(&self) -> bool {
        !self.0.ends_with('*')
    }

    /// Whether it takes this text, byte for byte. Something must stand where the `*` is.
    pub fn matches(&self, text: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => text.len() > start.len() && text.starts_with(start),
            None => text == self.0,
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClaimPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for ClaimPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> ClaimPattern {
        ClaimPattern::new(text).unwrap()
    }

    #[test]
    fn wildcards_stand_where_a_name_ends() {
        for good in ["a", "repo:acme/*", "repo:acme/site:*", "system:serviceaccount:ns:*", "https://x.example/*"] {
            assert_eq!(pattern(good).is_exact(), !good.ends_with('*'), "{good}");
        }
        for (bad, why) in [
            ("", PatternError::Text),
            ("a\nb", PatternError::Text),
            ("a\0", PatternError::Text),
            (&"x".repeat(501), PatternError::Text),
            ("*", PatternError::Unsafe),
            (":*", PatternError::Unsafe),
            ("/*", PatternError::Unsafe),
            ("repo:acme*", PatternError::Unsafe),
            ("repo:acme-*", PatternError::Unsafe),
            ("repo:acme.*", PatternError::Unsafe),
            ("repo:*/site", PatternError::Inside),
            ("repo:*/*", PatternError::Inside),
            ("repo:acme/**", PatternError::Inside),
            ("*/x", PatternError::Inside),
        ] {
            assert_eq!(ClaimPattern::new(bad), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn a_wildcard_lets_no_neighbour_in() {
        let all_of_acme = pattern("repo:octo-org/*");
        for inside in ["repo:octo-org/octo-repo", "repo:octo-org/octo-repo:ref:refs/heads/main", "repo:octo-org/*"] {
            assert!(all_of_acme.matches(inside), "{inside}");
        }
        for outside in [
            "repo:octo-org-evil/x",
            "repo:octo-org",
            "repo:octo-org/",
            "repo:Octo-org/x",
            " repo:octo-org/x",
            "x repo:octo-org/x",
            "repo:evil/octo-org/x",
            "",
        ] {
            assert!(!all_of_acme.matches(outside), "{outside}");
        }
        assert!(!pattern("repo:octo-org/x").matches("repo:octo-org/x "));
        assert!(!pattern("repo:octo-org/x").matches("repo:octo-org/x:ref:refs/heads/main"));
    }

    proptest! {
        #[test]
        fn nothing_panics(pattern: String, text: String) {
            if let Ok(pattern) = ClaimPattern::new(pattern) {
                let _ = pattern.matches(&text);
            }
        }

        #[test]
        fn an_exact_pattern_takes_itself_alone(text in "[a-z:/*-]{1,12}", other in "[a-z:/*-]{1,12}") {
            let Ok(pattern) = ClaimPattern::new(text.clone()) else { return Ok(()) };
            if pattern.is_exact() {
                prop_assert_eq!(pattern.matches(&other), other == text);
            }
        }

        // what it takes has the pattern's names up to the last separator, one by one
        #[test]
        fn a_wildcard_takes_whole_names_only(start in "[a-z]{1,4}([:/][a-z]{1,4}){0,3}", text in "[a-z]{1,4}([:/][a-z]{0,4}){0,4}") {
            let pattern = ClaimPattern::new(format!("{start}/*")).unwrap();
            let names = |text: &str| text.split([':', '/']).map(str::to_owned).collect::<Vec<_>>();
            let (wanted, given) = (names(&start), names(&text));
            if pattern.matches(&text) {
                prop_assert!(given.len() > wanted.len());
                prop_assert_eq!(&given[..wanted.len()], &wanted[..]);
            }
            let inside = format!("{start}/{text}");
            prop_assert!(pattern.matches(&inside));
            let neighbour = format!("{start}x/{text}");
            prop_assert!(!pattern.matches(&neighbour));
        }

        #[test]
        fn a_good_pattern_reads_back(text in ".{1,40}") {
            if let Ok(pattern) = ClaimPattern::new(text) {
                let json = serde_json::to_string(&pattern).unwrap();
                prop_assert_eq!(serde_json::from_str::<ClaimPattern>(&json).unwrap(), pattern);
            }
        }
    }
}
