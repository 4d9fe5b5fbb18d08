//! `/oauth`.

mod token;
