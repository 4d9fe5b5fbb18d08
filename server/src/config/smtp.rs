//! `LATCHKEY_SMTP_*`: the server that takes our mails.

use lettre::message::Mailbox;
use url::{Host, Url};

use super::source::Source;
use super::{ConfigError, SecretText};

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// Not at all: on loopback alone.
    None,
    /// By STARTTLS (RFC 3207), or nothing is sent.
    StartTls,
    /// From the first byte on (RFC 8314).
    Implicit,
}

/// The server that takes our mails.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name, which its certificate must have, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// Who we are there, and the password.
    pub login: Option<(String, SecretText)>,
    /// `LATCHKEY_SMTP_FROM`.
    pub from: Mailbox,
}

const URL: &str = "LATCHKEY_SMTP_URL";
const FROM: &str = "LATCHKEY_SMTP_FROM";
const PASSWORD: &str = "LATCHKEY_SMTP_PASSWORD";
const EXPECTED: &str = "must be smtp://[user@]host[:port] or smtps://[user@]host[:port]";

pub(super) fn read(source: &Source) -> Result<Option<SmtpSettings>, ConfigError> {
    let (from, password) = (source.text("smtp_from")?, source.secret("smtp_password")?);
    let Some(text) = source.text("smtp_url")? else {
        return match (from, password) {
            (None, None) => Ok(None),
            (Some(_), _) => Err(ConfigError::new(FROM, format!("needs {URL}"))),
            (None, Some(_)) => Err(ConfigError::new(PASSWORD, format!("needs {URL}"))),
        };
    };
    let url = Url::parse(&text).map_err(|_| ConfigError::new(URL, EXPECTED))?;
    if url.password().is_some() {
        return Err(ConfigError::new(URL, format!("holds a password: give it as {PASSWORD}, or {PASSWORD}_FILE")));
    }
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let host =
        url.host_str().filter(|host| !host.is_empty() && is_bare).ok_or_else(|| ConfigError::new(URL, EXPECTED))?;
    let (tls, usual_port) = match url.scheme() {
        "smtps" => (SmtpTls::Implicit, 465),
        "smtp" if is_loopback(host) => (SmtpTls::None, 25),
        "smtp" => (SmtpTls::StartTls, 587),
        _ => return Err(ConfigError::new(URL, EXPECTED)),
    };
    let login = match (url.username(), password) {
        ("", None) => None,
        ("", Some(_)) => return Err(ConfigError::new(PASSWORD, format!("needs a user in {URL}"))),
        (_, None) => return Err(ConfigError::new(URL, format!("names a user: give the password as {PASSWORD}_FILE"))),
        (user, Some(password)) => Some((decoded(user)?, password)),
    };
    let from = from.ok_or_else(|| ConfigError::new(FROM, format!("is missing: {URL} needs it")))?;
    let from = from
        .parse()
        .map_err(|_| ConfigError::new(FROM, "must be an address, as in Latchkey <latchkey@example.com>"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Some(SmtpSettings { host, port: url.port().unwrap_or(usual_port), tls, login, from }))
}

fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name == "localhost",
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.is_loopback(),
        Err(_) => false,
    }
}

/// A user may be an address, whose `@` stands in a URL as `%40`.
fn decoded(user: &str) -> Result<String, ConfigError> {
    let form = format!("user={}", user.replace('+', "%2B"));
    let decoded = url::form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned());
    decoded.filter(|user| !user.chars().any(char::is_control)).ok_or_else(|| ConfigError::new(URL, EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Flags;

    fn settings(pairs: &[(&str, &str)]) -> Result<Option<SmtpSettings>, ConfigError> {
        let environment = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        read(&Source::new(&Flags::default(), environment, None).unwrap())
    }

    #[test]
    fn the_scheme_and_the_host_decide_how_it_is_protected() {
        for (url, host, port, tls) in [
            ("smtp://mail.example.com", "mail.example.com", 587, SmtpTls::StartTls),
            ("smtp://mail.example.com:25/", "mail.example.com", 25, SmtpTls::StartTls),
            ("smtp://10.0.0.5:2525", "10.0.0.5", 2525, SmtpTls::StartTls),
            ("smtps://mail.example.com", "mail.example.com", 465, SmtpTls::Implicit),
            ("smtp://localhost:1025", "localhost", 1025, SmtpTls::None),
            ("smtp://127.0.0.1", "127.0.0.1", 25, SmtpTls::None),
            ("smtp://[::1]:2525", "::1", 2525, SmtpTls::None),
            ("smtp://localhost.example.com", "localhost.example.com", 587, SmtpTls::StartTls),
        ] {
            let read = settings(&[(URL, url), (FROM, "Latchkey <k@example.com>")]).unwrap().unwrap();
            assert_eq!((read.host.as_str(), read.port, read.tls), (host, port, tls), "{url}");
        }
        assert!(settings(&[]).unwrap().is_none());
    }

    #[test]
    fn who_we_are_stands_in_the_url_and_the_password_elsewhere() {
        let pairs =
            [(URL, "smtps://ada%40example.com@mail.example.com"), (FROM, "k@example.com"), (PASSWORD, "canary")];
        let (user, password) = settings(&pairs).unwrap().unwrap().login.unwrap();
        assert_eq!((user.as_str(), password.expose()), ("ada@example.com", "canary"));
    }

    // F-37
    #[test]
    fn what_cannot_work_is_named() {
        for (pairs, setting) in [
            (&[(URL, "mail.example.com"), (FROM, "k@example.com")][..], URL),
            (&[(URL, "http://mail.example.com"), (FROM, "k@example.com")], URL),
            (&[(URL, "smtp://mail.example.com/x"), (FROM, "k@example.com")], URL),
            (&[(URL, "smtp://a:canary@mail.example.com"), (FROM, "k@example.com")], URL),
            (&[(URL, "smtp://a@mail.example.com"), (FROM, "k@example.com")], URL),
            (&[(URL, "smtp://mail.example.com"), (FROM, "k@example.com"), (PASSWORD, "canary")], PASSWORD),
            (&[(URL, "smtp://mail.example.com")], FROM),
            (&[(URL, "smtp://mail.example.com"), (FROM, "nobody")], FROM),
            (&[(URL, "smtp://mail.example.com"), (FROM, "a@example.com\r\nBcc: b@example.com")], FROM),
            (&[(FROM, "k@example.com")], FROM),
            (&[(PASSWORD, "canary")], PASSWORD),
        ] {
            let error = settings(pairs).unwrap_err();
            assert_eq!(error.setting, setting, "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}
