//! Certificates by which clients prove who they are (RFC 5280, RFC 8705).

mod distinguished_name;
mod header;
mod pem;

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_types::Timestamp;
use sha2::{Digest, Sha256};
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

pub use distinguished_name::{DistinguishedName, InvalidName};
pub use header::from_header;
pub use pem::{InvalidPem, read as read_pem};

/// The largest certificate that is read, in bytes of DER.
pub const LARGEST_CERTIFICATE: usize = 16 * 1024;

/// What isn't a certificate of RFC 5280, or is larger than [`LARGEST_CERTIFICATE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an X.509 certificate of at most 16 KiB")]
pub struct InvalidCertificate;

/// A certificate, as far as it says who its holder is. Nothing of it is proven by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// `x5t#S256`: SHA-256 of its DER, base64url (RFC 8705 section 3.1).
    pub thumbprint: String,
    /// Its subject; `None` where there is none, or one that can't be written down.
    pub subject: Option<DistinguishedName>,
    /// Its alternative names; none where they can't be read.
    pub names: Vec<AlternativeName>,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds, this instant included.
    pub not_after: Timestamp,
}

/// A subject alternative name (RFC 5280 section 4.2.1.6), of the kinds that clients are registered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlternativeName {
    /// `dNSName`, in lower case.
    Dns(String),
    /// `uniformResourceIdentifier`.
    Uri(String),
    /// `iPAddress`.
    Ip(IpAddr),
    /// `rfc822Name`, the domain in lower case.
    Email(String),
}

/// A certificate whose private key the caller proved to hold, in its TLS handshake with us or with a trusted proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedCertificate {
    /// Which.
    pub certificate: Certificate,
    /// Whether an authority of the operator's choice vouches for it.
    pub chain_is_trusted: bool,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`InvalidCertificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidCertificate> {
        if der.len() > LARGEST_CERTIFICATE {
            return Err(InvalidCertificate);
        }
        let read = x509_cert::Certificate::from_der(der).map_err(|_| InvalidCertificate)?;
        let body = read.tbs_certificate();
        let names = match body.get_extension::<SubjectAltName>() {
            Ok(Some((_, SubjectAltName(names)))) => names.iter().filter_map(alternative_name).collect(),
            Ok(None) | Err(_) => Vec::new(),
        };
        Ok(Self {
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(der)),
            subject: DistinguishedName::of(body.subject()),
            names,
            not_before: instant(body.validity().not_before),
            not_after: instant(body.validity().not_after),
        })
    }

    /// Whether it is within its time.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now.floor_to(1) <= self.not_after
    }
}

/// The thumbprint that a caller gives, or that of the first certificate in its PEM; `None` for what is neither.
pub fn thumbprint_of(text: &str) -> Option<String> {
    if URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32) {
        return Some(text.to_owned());
    }
    let found = read_pem(text).ok()?;
    found.first().and_then(|der| Certificate::from_der(der).ok()).map(|certificate| certificate.thumbprint)
}

impl AlternativeName {
    /// A DNS name; its letter case doesn't matter.
    pub fn dns(name: &str) -> Self {
        Self::Dns(name.to_ascii_lowercase())
    }

    /// An e-mail address; the letter case of its domain doesn't matter.
    pub fn email(address: &str) -> Self {
        Self::Email(match address.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_ascii_lowercase()),
            None => address.to_owned(),
        })
    }
}

fn alternative_name(name: &GeneralName) -> Option<AlternativeName> {
    match name {
        GeneralName::DnsName(name) => Some(AlternativeName::dns(name.as_str())),
        GeneralName::UniformResourceIdentifier(uri) => Some(AlternativeName::Uri(uri.as_str().to_owned())),
        GeneralName::Rfc822Name(address) => Some(AlternativeName::email(address.as_str())),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok().map(AlternativeName::Ip)
        }
        _ => None,
    }
}

fn instant(time: x509_cert::time::Time) -> Timestamp {
    let since_1970 = time.to_unix_duration();
    Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}
