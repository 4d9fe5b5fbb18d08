//! What the members of a webhook may be.

use url::{Host, Url};

use crate::core::Core;
use crate::notices::NoticeKind;
use crate::validation::{Checked, wrong};

/// The longest address, in bytes.
const MAX_URL_LENGTH: usize = 2_000;
const EXPECTED: &str = "give an https address without a user, as in https://hooks.example.com/latchkey";

/// An address that may be posted to: https (http on loopback alone, in `--dev`), no user, no fragment. What its name
/// stands for is looked at when something is sent.
pub(super) fn url(core: &Core, field: &str, typed: &str) -> Checked<String> {
    let text = typed.trim();
    let Ok(url) = Url::parse(text) else { return wrong(field, EXPECTED) };
    let on_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    let is_scheme = url.scheme() == "https" || url.scheme() == "http" && on_loopback;
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    if text.len() > MAX_URL_LENGTH || !url.has_host() || !is_scheme || !is_anonymous || url.fragment().is_some() {
        return wrong(field, EXPECTED);
    }
    if core.fetcher.check(&url).is_err() {
        return wrong(field, "this address is not of the public internet: nothing may be posted there");
    }
    Ok(url.into())
}

/// At least one kind; each once.
pub(super) fn kinds(field: &str, mut typed: Vec<NoticeKind>) -> Checked<Vec<NoticeKind>> {
    typed.sort_unstable();
    typed.dedup();
    if typed.is_empty() { wrong(field, "choose at least one kind of notice") } else { Ok(typed) }
}

/// Of an address what may stand in the audit log: its path and query may hold a secret.
pub(super) fn origin(url: &str) -> String {
    Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}
