//! Goes out to addresses that somebody else chose: keys of clients and of outside issuers are fetched, notices are posted
//! to webhooks. Neither the address nor the answer is trusted (F-30; API7 and API10 of OWASP's API Security Top 10).

mod address;
mod resolver;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use latchkey_core::ports::{FetchError, Fetcher, Posted};
use url::{Host, Url};

pub use self::address::is_public;
use self::resolver::{NoPublicAddress, Resolver};

/// From the first step to the last byte.
const DEADLINE: Duration = Duration::from_secs(5);
/// The same for what is posted: receivers may do their work before they answer.
const POST_DEADLINE: Duration = Duration::from_secs(10);
/// Bytes of the largest answer.
const LARGEST_ANSWER: usize = 256 * 1024;

/// The way out of the program for addresses that others chose.
#[derive(Debug)]
pub struct OutsideFetcher {
    /// `serve --dev`: addresses of this machine are fine, by http too.
    dev: bool,
    /// Made when it is first needed: most commands never are. `None`: it can't be made.
    client: OnceLock<Option<reqwest::Client>>,
}

impl OutsideFetcher {
    /// With `dev`, addresses of this machine may be asked, by http too.
    pub fn new(dev: bool) -> Self {
        Self { dev, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&reqwest::Client, FetchError> {
        let made = self.client.get_or_init(|| match build(self.dev) {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::error!(%error, "nothing can be fetched from outside: there is no HTTP client");
                None
            }
        });
        made.as_ref().ok_or(FetchError::NoAnswer)
    }
}

fn build(dev: bool) -> Result<reqwest::Client, reqwest::Error> {
    // the process's choice of crypto; a second call changes nothing
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // a proxy would resolve names by itself, past the filter
        .no_proxy()
        .dns_resolver(Arc::new(Resolver { dev }))
        // a connection that was kept would outlive what its name stood for
        .pool_max_idle_per_host(0)
        .timeout(DEADLINE)
        .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
        .build()
}

#[async_trait]
impl Fetcher for OutsideFetcher {
    /// A name is checked when it is resolved; an address that stands in the URL itself is never resolved.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        let on_loopback = match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_own = self.dev && on_loopback;
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_own);
        let address = match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => is_own || is_public(address.into()),
            Some(Host::Ipv6(address)) => is_own || is_public(address.into()),
            None => false,
        };
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        if scheme && address && is_anonymous { Ok(()) } else { Err(FetchError::NotAllowed) }
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.check(url)?;
        let mut answer = self.client()?.get(url.clone()).send().await.map_err(|error| failed(&error))?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Refused);
        }
        // what it says about its type and length is not believed: whoever reads it decides, and the bytes are counted
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn post(&self, url: &Url, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Posted, FetchError> {
        self.check(url)?;
        let mut request = self.client()?.post(url.clone()).timeout(POST_DEADLINE).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = request.send().await.map_err(|error| failed(&error))?;
        Ok(Posted { status: answer.status().as_u16(), retry_after: retry_after(&answer) })
    }
}

/// Only the number of seconds: a date would have to be compared with a clock that isn't ours.
fn retry_after(answer: &reqwest::Response) -> Option<u32> {
    answer.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

fn failed(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NoPublicAddress>() {
            return FetchError::NotAllowed;
        }
        cause = error.source();
    }
    FetchError::NoAnswer
}

#[cfg(test)]
mod tests;
