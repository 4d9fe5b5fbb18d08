//! Call paths as the management API shows and takes them.

use latchkey_core::apis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What becomes of a chain that isn't listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CallPathDefault {
    /// It may pass, where it is no longer than `max_depth`.
    Allow,
    /// Its calls are refused: `CHAIN_NOT_ALLOWED`.
    Deny,
}

/// Which chains of callers may reach an API.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallPaths {
    /// What becomes of chains that aren't listed.
    pub default: CallPathDefault,
    /// 1 to 8: the most callers that a chain may have, the last one included.
    pub max_depth: i64,
    /// The chains that may, at most 200.
    pub items: Vec<CallPath>,
}

/// One chain, as a whole.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallPath {
    /// Who calls the API: `app_…`, `sa_…` or `key_…`.
    pub caller: String,
    /// Whom the caller was called by, latest first: `app_…` or `sa_…`. Empty: it calls by itself.
    #[serde(default)]
    pub via: Vec<String>,
}

impl From<apis::CallPaths> for CallPaths {
    fn from(paths: apis::CallPaths) -> Self {
        Self {
            default: match paths.default {
                apis::CallPathDefault::Allow => CallPathDefault::Allow,
                apis::CallPathDefault::Deny => CallPathDefault::Deny,
            },
            max_depth: paths.max_depth.into(),
            items: paths.items.into_iter().map(|item| CallPath { caller: item.caller, via: item.via }).collect(),
        }
    }
}

impl From<CallPaths> for apis::NewCallPaths {
    fn from(paths: CallPaths) -> Self {
        let item = |item: CallPath| apis::NewCallPath { caller: item.caller, via: item.via };
        Self {
            default: match paths.default {
                CallPathDefault::Allow => apis::CallPathDefault::Allow,
                CallPathDefault::Deny => apis::CallPathDefault::Deny,
            },
            max_depth: paths.max_depth,
            items: paths.items.into_iter().map(item).collect(),
        }
    }
}
