//! The certificate of an app, as bodies have it (RFC 8705 section 2).

use latchkey_core::apps;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A certificate to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected PEM, or one of subject_dn, san_dns, san_uri, san_ip and san_email")]
pub enum NewCertificate {
    /// For `self_signed_tls_client_auth`: up to 5 certificates as PEM.
    Pem(String),
    /// For `tls_client_auth`: the name that an authority vouches for, by exactly one member.
    Name(CertificateName),
}

/// The name of a certificate's holder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateName {
    /// The subject (RFC 4514): `CN=cart,O=Acme,C=DE`.
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

impl From<NewCertificate> for apps::NewCertificate {
    fn from(new: NewCertificate) -> Self {
        match new {
            NewCertificate::Pem(text) => Self::Pem(text),
            NewCertificate::Name(CertificateName { subject_dn, san_dns, san_uri, san_ip, san_email }) => {
                Self::Name(apps::CertificateName { subject_dn, san_dns, san_uri, san_ip, san_email })
            }
        }
    }
}

/// The certificate that is registered, by one member.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Certificate {
    /// The subject.
    SubjectDn(String),
    /// A DNS name.
    SanDns(String),
    /// A URI.
    SanUri(String),
    /// An IP address.
    SanIp(String),
    /// An e-mail address.
    SanEmail(String),
    /// SHA-256 of each certificate of its own: `x5t#S256`.
    Thumbprints(Vec<String>),
}

impl From<apps::ClientCertificate> for Certificate {
    fn from(certificate: apps::ClientCertificate) -> Self {
        match certificate {
            apps::ClientCertificate::SubjectDn(name) => Self::SubjectDn(name),
            apps::ClientCertificate::SanDns(name) => Self::SanDns(name),
            apps::ClientCertificate::SanUri(uri) => Self::SanUri(uri),
            apps::ClientCertificate::SanIp(address) => Self::SanIp(address.to_string()),
            apps::ClientCertificate::SanEmail(address) => Self::SanEmail(address),
            apps::ClientCertificate::SelfSigned(thumbprints) => Self::Thumbprints(thumbprints),
        }
    }
}
