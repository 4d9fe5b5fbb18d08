//! `/oauth`.

mod assertion;
mod certificates;
mod claims;
mod dpop;
mod exchange;
mod introspect;
mod jwt_bearer;
mod parameters;
mod register;
mod revoke;
mod token;
mod unavailable;
