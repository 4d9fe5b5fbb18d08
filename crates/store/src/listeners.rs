//! Who is told of what this process commits.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use latchkey_core::ports::{Change, ChangeListener};

/// The listeners of one store.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<RwLock<Vec<ChangeListener>>>);

impl Listeners {
    pub(crate) fn add(&self, listener: ChangeListener) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    pub(crate) fn tell(&self, changes: &[Change]) {
        for listener in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(changes);
        }
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listeners")
    }
}
