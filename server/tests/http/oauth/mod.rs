//! `/oauth`.

mod certificates;
mod dpop;
mod exchange;
mod introspect;
mod revoke;
mod token;
mod unavailable;
