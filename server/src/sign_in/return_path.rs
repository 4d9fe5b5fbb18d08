//! Where a person goes after the sign-in: a path of ours, and never anywhere else (F-29, C1).

use std::fmt;

/// A path of this portal, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPath(String);

const LONGEST: usize = 1_024;

impl ReturnPath {
    /// The path where it is one of ours, else `/`.
    pub fn new(text: Option<&str>) -> Self {
        let path = text.filter(|text| is_local(text)).unwrap_or("/");
        Self(path.to_owned())
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One slash, and then only characters that no browser takes for something else: no second slash, no backslash (a
/// slash to browsers), nothing that they strip, nothing encoded that a proxy might decode into one of these, and not
/// back into the sign-in.
fn is_local(path: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?=&%+,:@!$'()*;".contains(&byte);
    let (path_alone, _) = path.split_once('?').unwrap_or((path, ""));
    let lower = path_alone.to_ascii_lowercase();
    path.len() <= LONGEST
        && path.starts_with('/')
        && path.bytes().all(harmless)
        && !path_alone.contains("//")
        && !["%2f", "%5c", "%0", "%1", "%7f"].iter().any(|encoded| lower.contains(encoded))
        && !path_alone.split('/').any(|segment| matches!(segment, "." | ".."))
        && !lower.replace("%2e", ".").split('/').any(|segment| matches!(segment, "." | ".."))
        && !path_alone.starts_with("/sign-")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    // F-29
    #[test]
    fn only_paths_of_ours() {
        for good in [
            "/",
            "/orgs/acme",
            "/orgs/acme/keys?status=active&cursor=a%20b",
            "/catalogue",
            "/orgs/acme?next=/x//y",
            "/a@b:c",
        ] {
            assert_eq!(ReturnPath::new(Some(good)).as_str(), good);
        }
        let bad = [
            "",
            "orgs",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "/%2F/evil.example",
            "/%2f%2fevil.example",
            "/%5cevil.example",
            "/%09/evil.example",
            "/%0d%0aLocation:x",
            " /evil",
            "/ /evil",
            "/ö",
            "/\u{2024}\u{2024}/x",
            "@evil.example",
            "/./",
            "/..//evil.example",
            "/a/%2e%2e//x",
            "/.//evil.example",
            "/%2e%2e/x",
            "/sign-in",
            "/sign-out",
            "/x#//evil",
            "/x\u{0}",
            "/\u{ff0f}evil.example",
            "?x",
            "#x",
        ];
        for bad in bad {
            assert_eq!(ReturnPath::new(Some(bad)).as_str(), "/", "{bad:?}");
        }
        assert_eq!(ReturnPath::new(None).as_str(), "/");
        assert_eq!(ReturnPath::new(Some(&format!("/{}", "a".repeat(2_000)))).as_str(), "/");
    }

    proptest! {
        // F-29: whatever is asked for, a browser stays with us
        #[test]
        fn a_browser_stays_with_us(text in "[/\\\\ \t\r\n.:@%?#a-z0-9]{0,24}|/[/\\\\%2f5c.]{0,8}evil\\.example|\\PC{0,24}") {
            let base = Url::parse("https://portal.example").unwrap();
            let joined = base.join(ReturnPath::new(Some(&text)).as_str()).unwrap();
            prop_assert_eq!(joined.origin(), base.origin());
            prop_assert!(!joined.path().starts_with("//"));
        }
    }
}
