//! APIs (protected resource servers), their scopes, verification keys, consumers and access requests.

mod access_requests;
mod call_paths;
mod catalogue;
mod consumers;
mod create;
mod definition;
mod delete;
mod model;
pub mod operations;
mod principals;
mod read;
mod update;
mod verification_keys;

pub use access_requests::{access_requests, decide_access_request, own_access_requests, request_access};
pub use call_paths::{
    CallEdge, CallGraph, CallNode, CallPath, CallPathDefault, CallPaths, MAX_CALL_DEPTH, MAX_CALL_PATHS, NewCallPath,
    NewCallPaths, call_graph, call_paths, set_call_paths,
};
pub(crate) use call_paths::{chain, chain_of};
pub use catalogue::catalogue;
pub use consumers::{ConsumerDetail, PolicyPatch, consumers, set_consumer_blocked, set_consumer_policy};
pub use create::{NewApi, create};
pub use definition::{DEFAULT_TOKEN_TTL_SECONDS, MAX_TOKEN_TTL_SECONDS, MIN_TOKEN_TTL_SECONDS, NewScope};
pub use delete::delete;
pub use model::{
    AccessRequest, AccessRequestStatus, Api, ApiChange, ApiScope, Consumer, ConsumerPolicy, ConsumerPolicyChange,
    NewVerificationKey, ScopeGrant, TokenFormat, TwoToken, VerificationKey, VerificationKeyRow, Visibility,
};
pub use principals::Principals;
pub use read::{get, list};
pub use update::{ApiPatch, update};
pub use verification_keys::{
    CreatedVerificationKey, create_verification_key, delete_verification_key, list_verification_keys,
};
