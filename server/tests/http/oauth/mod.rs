//! `/oauth`.

mod assertion;
mod certificates;
mod dpop;
mod exchange;
mod introspect;
mod jwt_bearer;
mod register;
mod revoke;
mod token;
mod unavailable;
