//! `/api/v1`.

mod app_keys;
mod audit;
mod bodies;
mod consumers;
mod idempotency;
mod import;
mod lists;
mod matrix;
mod openapi;
mod operations;
mod routes;
mod service_accounts;
mod shapes;
mod usage;
mod workload_rules;
