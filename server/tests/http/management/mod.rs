//! `/api/v1`.

mod audit;
mod bodies;
mod idempotency;
mod lists;
mod matrix;
mod openapi;
mod routes;
mod shapes;
mod usage;
