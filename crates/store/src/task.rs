//! Writes run to their end whatever becomes of the caller.

use std::future::Future;

use latchkey_core::ports::StoreError;

/// Runs a write in a task of its own, so that a client that hangs up can't leave a transaction open in the pool (F-07).
pub(crate) async fn in_task<T: Send + 'static>(
    write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::spawn(write).await {
        Ok(result) => result,
        Err(error) => Err(StoreError::Unavailable(Box::new(error))),
    }
}
