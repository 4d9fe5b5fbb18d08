//! APIs (protected resource servers), their scopes, verification keys, consumers and access requests.

mod model;

pub use model::{
    AccessRequest, AccessRequestStatus, Api, ApiChange, ApiScope, Consumer, ConsumerPolicy, NewVerificationKey,
    ScopeGrant, VerificationKey, VerificationKeyRow, Visibility,
};
