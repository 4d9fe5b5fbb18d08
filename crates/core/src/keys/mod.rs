//! API keys and JWT keys.

mod model;

pub use model::{Generation, GenerationSecret, Key, KeyChange, KeyFilter, VerifiableKey};
