//! The outside world as tests have it: a map of addresses, with a count of who was asked.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use latchkey_core::ports::{FetchError, Fetcher};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

/// Answers what it was told to; other addresses don't answer.
#[derive(Default)]
pub struct TestFetcher {
    answers: Mutex<HashMap<String, Result<Vec<u8>, FetchError>>>,
    calls: Mutex<HashMap<String, usize>>,
    /// While there is one, each answer waits for a permit of it.
    gate: Mutex<Option<std::sync::Arc<Semaphore>>>,
}

impl TestFetcher {
    /// From now on this address answers so.
    pub fn answer(&self, url: &str, body: &Value) {
        self.answer_bytes(url, body.to_string().as_bytes());
    }

    /// The same, with something that may not even be JSON.
    pub fn answer_bytes(&self, url: &str, body: &[u8]) {
        self.answers.lock().unwrap().insert(url.to_owned(), Ok(body.to_vec()));
    }

    /// From now on this address fails.
    pub fn fail(&self, url: &str, error: FetchError) {
        self.answers.lock().unwrap().insert(url.to_owned(), Err(error));
    }

    /// How often this address was asked.
    pub fn calls(&self, url: &str) -> usize {
        self.calls.lock().unwrap().get(url).copied().unwrap_or_default()
    }

    /// From now on each answer waits for a permit.
    pub fn hold(&self) -> std::sync::Arc<Semaphore> {
        let gate = std::sync::Arc::new(Semaphore::new(0));
        *self.gate.lock().unwrap() = Some(gate.clone());
        gate
    }
}

#[async_trait]
impl Fetcher for TestFetcher {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        *self.calls.lock().unwrap().entry(url.to_string()).or_default() += 1;
        let gate = self.gate.lock().unwrap().clone();
        if let Some(gate) = gate {
            gate.acquire().await.unwrap().forget();
        }
        self.answers.lock().unwrap().get(url.as_str()).cloned().unwrap_or(Err(FetchError::NoAnswer))
    }
}
