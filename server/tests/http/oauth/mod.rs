//! `/oauth`.

mod assertion;
mod certificates;
mod dpop;
mod exchange;
mod introspect;
mod jwt_bearer;
mod revoke;
mod token;
mod unavailable;
