//! What is fetched from outside: keys and discovery documents of other parties.

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
    /// The body of a 200.
    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError>;
}

/// Fetches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFetcher;

#[async_trait]
impl Fetcher for NoFetcher {
    async fn get(&self, _: &Url) -> Result<Vec<u8>, FetchError> {
        Err(FetchError::NotAllowed)
    }
}
