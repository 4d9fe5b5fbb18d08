//! The certificate by which an app proves who it is (RFC 8705 section 2).

use std::net::IpAddr;

use latchkey_types::Timestamp;
use serde_json::Value;
use url::Url;

use super::{App, AuthMethod, ClientCertificate};
use crate::certificate::{AlternativeName, Certificate, DistinguishedName, LARGEST_CERTIFICATE, read_pem};
use crate::validation::{Checked, Checks, wrong};

/// The most certificates of its own that an app may have: the one in use, the one that follows, and a few machines'.
pub const MAX_CERTIFICATES: usize = 5;
/// The longest name that an app may be registered with, in bytes.
const LONGEST_NAME: usize = 1_000;
const FIELD: &str = "certificate";

/// A certificate as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewCertificate {
    /// One or several certificates of its own, as PEM: `self_signed_tls_client_auth`.
    Pem(String),
    /// The name that its certificates have, by exactly one member: `tls_client_auth`.
    Name(CertificateName),
}

/// A name as typed (RFC 8705 section 2.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateName {
    /// The subject's distinguished name (RFC 4514).
    pub subject_dn: Option<String>,
    /// A DNS name among the alternative names.
    pub san_dns: Option<String>,
    /// A URI among the alternative names.
    pub san_uri: Option<String>,
    /// An IP address among the alternative names.
    pub san_ip: Option<String>,
    /// An e-mail address among the alternative names.
    pub san_email: Option<String>,
}

/// Checks that a new app's certificate fits the way in which it authenticates.
pub(super) fn check(
    method: AuthMethod,
    typed: Option<&NewCertificate>,
    now: Timestamp,
    checks: &mut Checks,
) -> Option<ClientCertificate> {
    let checked = match (method, typed) {
        (AuthMethod::TlsClientAuth, Some(NewCertificate::Name(name))) => check_name(name),
        (AuthMethod::SelfSignedTlsClientAuth, Some(NewCertificate::Pem(text))) => check_pem(text, now),
        (AuthMethod::TlsClientAuth, _) => {
            refuse("tls_client_auth needs an object with one of subject_dn, san_dns, san_uri, san_ip and san_email")
        }
        (AuthMethod::SelfSignedTlsClientAuth, _) => refuse("self_signed_tls_client_auth needs the certificate as PEM"),
        (_, None) => return None,
        (_, Some(_)) => refuse("goes with tls_client_auth and self_signed_tls_client_auth alone; leave it out"),
    };
    checks.take(checked.map(Some))
}

/// The same for a change: what is to be written, `None` for nothing. An app that goes over to another way of
/// authenticating loses the certificate of the former.
pub(super) fn check_change(
    app: &App,
    method: Option<AuthMethod>,
    typed: Option<&NewCertificate>,
    now: Timestamp,
    checks: &mut Checks,
) -> Option<Option<ClientCertificate>> {
    let other_method = method.is_some_and(|method| method != app.auth_method);
    if typed.is_none() && !other_method {
        return None;
    }
    let checked = check(method.unwrap_or(app.auth_method), typed, now, checks);
    (checked != app.certificate).then_some(checked)
}

/// A certificate as the audit log shows it.
pub(super) fn for_audit(registered: Option<&ClientCertificate>) -> Value {
    serde_json::to_value(registered).unwrap_or_default()
}

fn refuse<T>(detail: impl Into<String>) -> Checked<T> {
    wrong(FIELD, detail)
}

fn check_pem(text: &str, now: Timestamp) -> Checked<ClientCertificate> {
    let found = read_pem(text).or_else(|error| refuse(error.to_string()))?;
    if found.len() > MAX_CERTIFICATES {
        return refuse(format!("at most {MAX_CERTIFICATES} certificates"));
    }
    let mut thumbprints = Vec::with_capacity(found.len());
    for (position, der) in found.iter().enumerate() {
        let number = position + 1;
        let Ok(certificate) = Certificate::from_der(der) else {
            let most = LARGEST_CERTIFICATE / 1024;
            return refuse(format!("number {number} is not an X.509 certificate of at most {most} KiB"));
        };
        if certificate.not_after < now {
            return refuse(format!("number {number} has expired"));
        }
        if !thumbprints.contains(&certificate.thumbprint) {
            thumbprints.push(certificate.thumbprint);
        }
    }
    Ok(ClientCertificate::SelfSigned(thumbprints))
}

fn check_name(name: &CertificateName) -> Checked<ClientCertificate> {
    let CertificateName { subject_dn, san_dns, san_uri, san_ip, san_email } = name;
    let members = [
        ("subject_dn", subject_dn, subject as fn(&str) -> Result<ClientCertificate, &'static str>),
        ("san_dns", san_dns, dns),
        ("san_uri", san_uri, uri),
        ("san_ip", san_ip, ip),
        ("san_email", san_email, email),
    ];
    let mut given = members.into_iter().filter_map(|(member, typed, check)| Some((member, typed.as_ref()?, check)));
    let (Some((member, typed, check)), None) = (given.next(), given.next()) else {
        return refuse("exactly one of subject_dn, san_dns, san_uri, san_ip and san_email");
    };
    let fits = typed.len() <= LONGEST_NAME && !typed.chars().any(char::is_control);
    let checked = if fits { check(typed) } else { Err("at most 1000 bytes, no control characters") };
    checked.or_else(|detail| wrong(&format!("{FIELD}/{member}"), detail))
}

fn subject(typed: &str) -> Result<ClientCertificate, &'static str> {
    let name: Result<DistinguishedName, _> = typed.parse();
    let name = name.map_err(|_| "a distinguished name as in RFC 4514: CN=cart,O=Acme,C=DE")?;
    Ok(ClientCertificate::SubjectDn(name.to_string()))
}

fn dns(typed: &str) -> Result<ClientCertificate, &'static str> {
    let is_name = !typed.is_empty()
        && typed.len() <= 253
        && typed.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        });
    if !is_name {
        return Err("a DNS name such as cart.example.com, without a wildcard");
    }
    Ok(ClientCertificate::SanDns(typed.to_ascii_lowercase()))
}

fn uri(typed: &str) -> Result<ClientCertificate, &'static str> {
    if !typed.is_ascii() || Url::parse(typed).is_err() {
        return Err("an absolute URI such as spiffe://example.com/cart, as it stands in the certificate");
    }
    Ok(ClientCertificate::SanUri(typed.to_owned()))
}

fn ip(typed: &str) -> Result<ClientCertificate, &'static str> {
    let address: Result<IpAddr, _> = typed.parse();
    address.map(ClientCertificate::SanIp).map_err(|_| "an IP address such as 192.0.2.7 or 2001:db8::7")
}

fn email(typed: &str) -> Result<ClientCertificate, &'static str> {
    match typed.rsplit_once('@') {
        Some((local, domain)) if typed.is_ascii() && !local.is_empty() && !domain.is_empty() => {
            let AlternativeName::Email(address) = AlternativeName::email(typed) else {
                return Err("an e-mail address");
            };
            Ok(ClientCertificate::SanEmail(address))
        }
        _ => Err("an e-mail address such as cart@example.com"),
    }
}
