//! What an API's scopes and token life may be.

use std::collections::BTreeSet;

use latchkey_types::Scope;

use super::{ApiScope, ScopeGrant};
use crate::error::FieldError;
use crate::tiers::SecurityTier;
use crate::validation::{self, Checked, MAX_SCOPES, wrong};

/// The shortest life of an access token, in seconds.
pub const MIN_TOKEN_TTL_SECONDS: i64 = 60;
/// The longest life of an access token, in seconds.
pub const MAX_TOKEN_TTL_SECONDS: i64 = 3_600;
/// The life of an access token where the API doesn't say, in seconds.
pub const DEFAULT_TOKEN_TTL_SECONDS: i64 = 300;

/// A scope as typed.
#[derive(Clone, Debug)]
pub struct NewScope {
    /// The scope-token.
    pub name: String,
    /// What it allows.
    pub description: String,
    /// How another organisation comes by it.
    pub grant: ScopeGrant,
}

/// The scopes of an API, by name; each bad member is named by its place: `scopes/2/name`.
pub(super) fn scopes(field: &str, typed: &[NewScope]) -> Checked<Vec<ApiScope>> {
    if typed.len() > MAX_SCOPES {
        return wrong(field, format!("at most {MAX_SCOPES} scopes"));
    }
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    let mut scopes = Vec::with_capacity(typed.len());
    for (position, scope) in typed.iter().enumerate() {
        let name = scope.name.parse::<Scope>().map_err(|error| error.to_string()).and_then(|name| {
            if names.insert(name.clone()) { Ok(name) } else { Err("this scope stands in the list twice".to_owned()) }
        });
        let description = validation::description(&format!("{field}/{position}/description"), &scope.description);
        match (name, description) {
            (Ok(name), Ok(description)) => scopes.push(ApiScope { name, description, grant: scope.grant }),
            (name, description) => {
                errors.extend(name.err().map(|detail| FieldError::new(format!("{field}/{position}/name"), detail)));
                errors.extend(description.err().into_iter().flatten());
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    scopes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(scopes)
}

/// How long an access token lives, in seconds, in an organisation of this tier.
pub(super) fn token_ttl(field: &str, typed: i64, tier: SecurityTier) -> Checked<u32> {
    let most = MAX_TOKEN_TTL_SECONDS.min(i64::from(tier.demands().max_token_seconds));
    let bounds = MIN_TOKEN_TTL_SECONDS..=most;
    match u32::try_from(typed) {
        Ok(seconds) if bounds.contains(&typed) => Ok(seconds),
        _ => wrong(field, format!("{MIN_TOKEN_TTL_SECONDS} to {most} seconds")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(name: &str, description: &str) -> NewScope {
        NewScope { name: name.to_owned(), description: description.to_owned(), grant: ScopeGrant::SelfService }
    }

    #[test]
    fn every_bad_member_is_named_by_its_place() {
        let typed = [scope("b", ""), scope("a b", "x\0"), scope("b", ""), scope("a", &"x".repeat(1001))];
        let fields: Vec<_> = scopes("scopes", &typed).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["scopes/1/name", "scopes/1/description", "scopes/2/name", "scopes/3/description"]);
    }

    #[test]
    fn good_ones_come_by_name() {
        let good = scopes("scopes", &[scope("b", " B "), scope("a", "")]).unwrap();
        assert_eq!(
            good.iter().map(|scope| (scope.name.as_str(), scope.description.as_str())).collect::<Vec<_>>(),
            [("a", ""), ("b", "B")]
        );
        let many: Vec<_> = (0..513).map(|number| scope(&number.to_string(), "")).collect();
        assert!(scopes("scopes", &many[..512]).is_ok());
        assert!(scopes("scopes", &many).is_err());
    }

    #[test]
    fn token_life_is_bounded() {
        for (tier, most) in [(SecurityTier::Low, 3_600), (SecurityTier::Medium, 900), (SecurityTier::High, 300)] {
            assert_eq!(token_ttl("token_ttl_seconds", 60, tier).unwrap(), 60);
            assert_eq!(i64::from(token_ttl("token_ttl_seconds", most, tier).unwrap()), most);
            for typed in [59, most + 1, 0, -1, i64::MIN, i64::MAX] {
                assert!(token_ttl("token_ttl_seconds", typed, tier).is_err(), "{typed}");
            }
        }
    }
}
