//! Cookies: `__Host-` and `Secure` wherever people come by TLS; on plain loopback http the plain name, since a
//! browser wouldn't keep the other (RFC 6265bis section 4.1.3; Q1).

use axum::http::{HeaderMap, header};

use crate::config::PublicUrl;

/// How our cookies look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieStyle {
    /// `Secure` and `__Host-`.
    pub secure: bool,
}

impl CookieStyle {
    /// As the public URL asks for.
    pub fn of(public_url: &PublicUrl) -> Self {
        Self { secure: public_url.is_https() }
    }

    /// The cookie's whole name.
    pub fn name(self, name: &str) -> String {
        if self.secure { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// A `Set-Cookie` for this path and host alone, out of reach of scripts.
    pub fn set(self, name: &str, value: &str, max_age_seconds: u64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_seconds}{secure}", self.name(name))
    }
}

/// The values of a cookie, as sent.
pub fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The value of a cookie; `None` too where it comes twice.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = values(headers, name);
    let first = values.next()?;
    values.next().is_none().then_some(first)
}
