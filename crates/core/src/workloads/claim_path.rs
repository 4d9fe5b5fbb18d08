//! Which claim a condition is about.

use serde_json::{Map, Value};

/// The longest name of a claim, in characters.
pub(super) const MAX_NAME_LENGTH: usize = 255;

/// The claim of this name, or, where the name starts with `/`, the member that this JSON pointer (RFC 6901) names.
/// Names of claims have dots, colons and slashes of their own (`kubernetes.io`), so that no other separator would do.
/// Lists are not entered: which place something has in a list says nothing.
pub(super) fn find<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    let Some(pointer) = name.strip_prefix('/') else { return claims.get(name) };
    let mut tokens = pointer.split('/').map(|token| token.replace("~1", "/").replace("~0", "~"));
    let first = claims.get(&tokens.next()?)?;
    tokens.try_fold(first, |value, token| value.as_object()?.get(&token))
}

/// The top-level claim that the name is about.
pub(super) fn top_level(name: &str) -> String {
    match name.strip_prefix('/') {
        Some(pointer) => pointer.split('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~"),
        None => name.to_owned(),
    }
}

/// Whether this can name a claim: `~` in a pointer is `~0` or `~1` (RFC 6901 section 3).
pub(super) fn is_name(name: &str) -> bool {
    let is_text =
        !name.is_empty() && !name.chars().any(char::is_control) && name.chars().nth(MAX_NAME_LENGTH).is_none();
    let is_escaped = || name.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    is_text && name != "/" && (!name.starts_with('/') || is_escaped())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_and_pointers() {
        let Value::Object(claims) = json!({
            "sub": "x",
            "kubernetes.io": { "namespace": "shop", "serviceaccount": { "name": "till" } },
            "a/b": "slash", "c~d": { "~": "tilde" }, "/e": "odd", "list": ["x"],
        }) else {
            unreachable!("an object")
        };
        for (name, expected) in [
            ("sub", json!("x")),
            ("/sub", json!("x")),
            ("a/b", json!("slash")),
            ("/a~1b", json!("slash")),
            ("/~1e", json!("odd")),
            ("/c~0d/~0", json!("tilde")),
            ("/kubernetes.io/namespace", json!("shop")),
            ("/kubernetes.io/serviceaccount/name", json!("till")),
        ] {
            assert!(is_name(name), "{name}");
            assert_eq!(find(&claims, name), Some(&expected), "{name}");
        }
        for name in ["/e", "kubernetes.io/namespace", "/list/0", "/sub/x", "/kubernetes.io/serviceaccount/uid", "/a/b"]
        {
            assert_eq!(find(&claims, name), None, "{name}");
        }
        assert_eq!(
            (top_level("/iss"), top_level("/aud/0"), top_level("/a~1b")),
            ("iss".into(), "aud".into(), "a/b".into())
        );
        for name in ["", "/", "a\nb", "/a~2", "/a~", &"x".repeat(256)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
