use serde::{Deserialize, Serialize};

/// The most callers that a chain may have, whatever an API says.
pub const MAX_CALL_DEPTH: u32 = 8;
/// The most chains that an API may list.
pub const MAX_CALL_PATHS: usize = 200;

/// What becomes of a chain that no item allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPathDefault {
    /// It may pass.
    Allow,
    /// `CHAIN_NOT_ALLOWED`.
    Deny,
}

impl CallPathDefault {
    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }
}

/// One chain that may reach the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPath {
    /// Who calls the API: the `client_id` of the token.
    pub caller: String,
    /// Whom the caller must have been called by, latest first; empty: it calls by itself.
    pub via: Vec<String>,
}

/// Which chains of callers may reach an API. [`Self::default`] is what holds where nobody said anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPaths {
    /// What becomes of all others.
    pub default: CallPathDefault,
    /// The most callers a chain may have, the last one included.
    pub max_depth: u32,
    /// The chains that may.
    pub items: Vec<CallPath>,
}

impl Default for CallPaths {
    fn default() -> Self {
        Self { default: CallPathDefault::Allow, max_depth: MAX_CALL_DEPTH, items: Vec::new() }
    }
}

impl CallPaths {
    /// Whether this chain, the latest caller first, may reach the API: it is no longer than `max_depth`, and, where the
    /// default is to deny, one of the items is exactly this chain.
    pub fn allow(&self, chain: &[&str]) -> bool {
        let Some((caller, via)) = chain.split_first() else { return false };
        let is_short = u32::try_from(chain.len()).is_ok_and(|depth| depth <= self.max_depth);
        let is_listed = || self.items.iter().any(|item| item.caller == *caller && item.via == via);
        is_short && (self.default == CallPathDefault::Allow || is_listed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(default: CallPathDefault, max_depth: u32, items: &[&[&str]]) -> CallPaths {
        let item = |chain: &&[&str]| CallPath {
            caller: chain[0].to_owned(),
            via: chain[1..].iter().map(ToString::to_string).collect(),
        };
        CallPaths { default, max_depth, items: items.iter().map(item).collect() }
    }

    #[test]
    fn a_chain_is_allowed_as_a_whole_or_not_at_all() {
        let listed = paths(CallPathDefault::Deny, 3, &[&["order", "cart"], &["cart"]]);
        for (chain, allowed) in [
            (&["order", "cart"][..], true),
            (&["cart"], true),
            (&["order"], false),
            (&["cart", "order"], false),
            (&["order", "cart", "shop"], false),
            (&["order", "shop", "cart"], false),
            (&["payment", "cart"], false),
            (&["order", "Cart"], false),
            (&[], false),
        ] {
            assert_eq!(listed.allow(chain), allowed, "{chain:?}");
        }
    }

    #[test]
    fn depth_is_limited_whatever_is_listed() {
        for default in [CallPathDefault::Allow, CallPathDefault::Deny] {
            let paths = paths(default, 2, &[&["c", "b", "a"], &["c", "b"]]);
            assert!(paths.allow(&["c", "b"]));
            assert!(!paths.allow(&["c", "b", "a"]), "{default:?}");
        }
        let open = paths(CallPathDefault::Allow, 2, &[&["c", "b"]]);
        assert!(open.allow(&["x"]) && open.allow(&["x", "y"]) && !open.allow(&["x", "y", "z"]));
    }

    #[test]
    fn where_nobody_said_anything_only_the_depth_is_limited() {
        let paths = CallPaths::default();
        assert!(paths.allow(&["x"; 8]));
        assert!(!paths.allow(&["x"; 9]));
    }
}
