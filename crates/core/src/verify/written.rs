//! What was written of a credential before. It stands on nothing but what is said of it, so that it is written once and
//! goes with it when it is forgotten.

use std::sync::{Arc, OnceLock};

/// Texts about a credential, each written when it is first asked for; less than a KiB each.
#[derive(Clone, Debug, Default)]
pub struct Written {
    answer: OnceLock<Arc<str>>,
    introspection: OnceLock<Arc<str>>,
}

impl Written {
    /// What verification answers of it in every valid call.
    pub fn answer(&self, write: impl FnOnce() -> String) -> &str {
        self.answer.get_or_init(|| write().into())
    }

    /// What introspection answers of it.
    pub(crate) fn introspection(&self, write: impl FnOnce() -> String) -> Arc<str> {
        Arc::clone(self.introspection.get_or_init(|| write().into()))
    }
}
