//! Members of the contract that this version doesn't support yet: refused by name, never ignored (contract section 10).

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};

/// A member that must be absent. Put `#[serde(default)]` on it; whatever stands there, `null` too, is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotYet;

impl<'de> Deserialize<'de> for NotYet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Err(D::Error::custom("this version doesn't support this member yet; leave it out"))
    }
}
