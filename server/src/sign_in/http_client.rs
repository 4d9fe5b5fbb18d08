//! The one way in which we talk to a provider. What it answers is hostile until proven: no redirects, five seconds,
//! 256 KiB, and only https (F-30, API7, API10).

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use url::{Host, Url};

const DEADLINE: Duration = Duration::from_secs(5);
const LARGEST_ANSWER: usize = 256 * 1024;

/// Why a provider couldn't be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderCallError {
    /// Its own metadata names a URL where it can't be.
    #[error("the provider names a URL that isn't https, or not of the outside: {0}")]
    ForbiddenUrl(String),
    /// No answer, or none in time.
    #[error("the provider doesn't answer")]
    Unreachable(#[from] reqwest::Error),
    /// More than 256 KiB.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// Not an HTTP message.
    #[error("the provider's answer can't be read")]
    Malformed(#[from] axum::http::Error),
}

/// An HTTP client for one provider.
#[derive(Clone, Debug)]
pub struct ProviderClient {
    client: reqwest::Client,
    on_loopback: bool,
}

impl ProviderClient {
    /// A client for the provider with this issuer. Only one that itself is plain http on loopback may name such URLs.
    ///
    /// # Errors
    /// Where the system has no certificates to trust.
    pub fn new(issuer: &str) -> Result<Self, reqwest::Error> {
        // the process's choice of crypto; a second call changes nothing
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(DEADLINE)
            .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let on_loopback = Url::parse(issuer).is_ok_and(|url| url.scheme() == "http");
        Ok(Self { client, on_loopback })
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ProviderCallError> {
        self.check(&request.uri().to_string())?;
        let mut answer = self.client.execute(request.try_into()?).await?;
        let mut response = axum::http::Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            response = response.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(ProviderCallError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(response.body(body)?)
    }

    fn check(&self, url: &str) -> Result<(), ProviderCallError> {
        let allowed = Url::parse(url).is_ok_and(|url| match url.scheme() {
            "https" => !is_inside(url.host()),
            "http" => self.on_loopback && is_loopback(url.host()),
            _ => false,
        });
        if allowed { Ok(()) } else { Err(ProviderCallError::ForbiddenUrl(url.to_owned())) }
    }
}

impl<'c> AsyncHttpClient<'c> for ProviderClient {
    type Error = ProviderCallError;
    type Future = BoxFuture<'c, Result<HttpResponse, ProviderCallError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        self.send(request).boxed()
    }
}

fn is_loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Addresses of this machine and of its cloud's metadata service; a provider in a private network is fine.
fn is_inside(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified()
        }
        Some(Host::Domain(name)) => name == "localhost",
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // F-30, API7
    #[test]
    fn urls_that_a_provider_may_name() {
        let outside = ProviderClient::new("https://idp.example").unwrap();
        let local = ProviderClient::new("http://localhost:3001").unwrap();
        for (url, from_outside, from_loopback) in [
            ("https://idp.example/token", true, true),
            ("http://idp.example/token", false, false),
            ("http://127.0.0.1:3001/token", false, true),
            ("https://127.0.0.1/token", false, false),
            ("https://169.254.169.254/latest", false, false),
            ("file:///etc/passwd", false, false),
        ] {
            assert_eq!(outside.check(url).is_ok(), from_outside, "{url}");
            assert_eq!(local.check(url).is_ok(), from_loopback, "{url}");
        }
    }
}
