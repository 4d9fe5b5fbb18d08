//! `/api/v1`.

mod audit;
mod bodies;
mod consumers;
mod idempotency;
mod import;
mod lists;
mod matrix;
mod openapi;
mod routes;
mod shapes;
mod usage;
