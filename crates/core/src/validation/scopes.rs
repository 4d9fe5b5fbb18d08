//! Lists of scopes (RFC 6749 section 3.3).

use latchkey_types::{Scope, ScopeSet};

use super::{Checked, wrong};
use crate::error::FieldError;

/// The most scopes of one API or credential.
pub const MAX_SCOPES: usize = 512;

/// Scope-tokens as typed, as a set; each bad one is named by its place: `scopes/2`.
pub fn scopes(field: &str, typed: &[String]) -> Checked<ScopeSet> {
    each(field, typed, |scope| scope.parse::<Scope>().map_err(|error| error.to_string()))
}

/// Scope-tokens as typed, all of which `allowed` must hold; `otherwise` says what to do about one that it doesn't.
pub fn scopes_within(field: &str, typed: &[String], allowed: &ScopeSet, otherwise: &str) -> Checked<ScopeSet> {
    each(field, typed, |scope| {
        let scope = scope.parse::<Scope>().map_err(|error| error.to_string())?;
        if allowed.contains(scope.as_str()) { Ok(scope) } else { Err(otherwise.to_owned()) }
    })
}

fn each(field: &str, typed: &[String], check: impl Fn(&str) -> Result<Scope, String>) -> Checked<ScopeSet> {
    if typed.len() > MAX_SCOPES {
        return wrong(field, format!("at most {MAX_SCOPES} scopes"));
    }
    let mut errors = Vec::new();
    let mut good = Vec::with_capacity(typed.len());
    for (position, scope) in typed.iter().enumerate() {
        match check(scope) {
            Ok(scope) => good.push(scope),
            Err(detail) => errors.push(FieldError::new(format!("{field}/{position}"), detail)),
        }
    }
    if errors.is_empty() { Ok(good.into_iter().collect()) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_bad_scope_is_named_by_its_place() {
        let errors = scopes("scopes", &typed(&["a", "b c", "d", "é"])).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["scopes/1", "scopes/3"]);
        assert_eq!(scopes("scopes", &typed(&["b", "a", "b"])).unwrap().to_string(), "a b");
    }

    #[test]
    fn a_scope_outside_of_what_is_allowed_is_refused() {
        let allowed = ScopeSet::from_parameter("a b").unwrap();
        assert!(scopes_within("scopes", &typed(&["a", "b"]), &allowed, "no").is_ok());
        let errors = scopes_within("scopes", &typed(&["a", "c"]), &allowed, "this API has no such scope").unwrap_err();
        assert_eq!(errors, [FieldError::new("scopes/1", "this API has no such scope")]);
    }

    #[test]
    fn at_most_512() {
        let many: Vec<String> = (0..513).map(|number| number.to_string()).collect();
        assert!(scopes("scopes", &many[..512]).is_ok());
        assert_eq!(scopes("scopes", &many).unwrap_err()[0].field, "scopes");
    }

    proptest! {
        #[test]
        fn nothing_panics(typed: Vec<String>) {
            let _ = scopes("scopes", &typed);
        }
    }
}
