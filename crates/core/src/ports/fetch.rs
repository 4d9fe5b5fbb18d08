//! What goes out to addresses that others chose: keys and discovery documents are fetched, notices are posted.

use async_trait::async_trait;
use url::Url;

/// Why nothing was fetched. Says nothing of the answer's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The address may not be asked: not https, or of a network that isn't public.
    #[error("this address may not be asked")]
    NotAllowed,
    /// No answer in time, or no connection.
    #[error("no answer")]
    NoAnswer,
    /// An answer other than 200, a redirect among them.
    #[error("the answer was not 200")]
    Refused,
    /// More bytes than any such document has.
    #[error("the answer is too large")]
    TooLarge,
}

/// Fetches documents whose address somebody else chose (F-30): only by https (http on loopback in `--dev`), only from
/// public addresses after the name is resolved, no redirects, at most 256 KiB, within 5 s.
#[async_trait]
pub trait Fetcher: Send + Sync {
    /// Whether an address could be asked at all, as far as the URL itself says; its name isn't resolved.
    fn check(&self, url: &Url) -> Result<(), FetchError>;
    /// The body of a 200.
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError>;
    /// Posts a body with these headers, within 10 s. Nothing of the answer is read but its status, whatever that is.
    async fn post(&self, url: &Url, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Posted, FetchError>;
}

/// What whoever was posted to answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// `Retry-After`, where it is a number of seconds.
    pub retry_after: Option<u32>,
}

/// Fetches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetcher;

#[async_trait]
impl Fetcher for NoFetcher {
    fn check(&self, _: &Url) -> Result<(), FetchError> {
        Ok(())
    }

    async fn get(&self, _: &Url) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NotAllowed)
    }

    async fn post(&self, _: &Url, _: &[(&'static str, String)], _: Vec<u8>) -> Result<Posted, FetchError> {
        Err(FetchError::NotAllowed)
    }
}
