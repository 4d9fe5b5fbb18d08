//! Everything that speaks HTTP.

pub mod accept;
pub mod assets;
pub mod bearer;
mod body_deadline;
pub mod client_certificate;
pub mod client_ip;
pub mod health;
pub mod json;
pub mod layers;
pub mod management;
mod members;
pub mod metrics;
pub mod oauth;
mod portal;
pub mod problem;
pub mod rate_limit_headers;
pub mod request_id;
pub mod router;
pub mod state;
mod stream;
pub mod tls;
pub mod v1;
pub mod well_known;

pub use client_certificate::ClientCertificate;
pub use client_ip::ClientIp;
pub use json::{Fields, Json};
pub use problem::Problem;
pub use router::Routes;
pub use state::AppState;
