//! `LATCHKEY_MTLS_*` and `LATCHKEY_CLIENT_CERT_*`: how certificates of clients come here (RFC 8705).

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::HeaderName;

use super::source::{Source, variable};
use super::{ConfigError, PublicUrl, TrustedProxies};

/// How certificates of clients come here: by a TLS listener of our own, in a header of a trusted proxy, or not at all.
#[derive(Clone, Debug, Default)]
pub struct ClientCertificates {
    /// The TLS listener.
    pub listener: Option<MtlsListener>,
    /// What a trusted proxy says.
    pub header: Option<ClientCertificateHeader>,
    /// `LATCHKEY_MTLS_PUBLIC_URL`: where clients come that have a certificate, if that is another place.
    pub public_url: Option<PublicUrl>,
}

/// `LATCHKEY_MTLS_LISTEN` and the files that it needs.
#[derive(Clone, Debug)]
pub struct MtlsListener {
    /// Where to listen.
    pub listen: SocketAddr,
    /// `LATCHKEY_MTLS_CERT_FILE`: the server's certificate with those that vouch for it, PEM.
    pub certificate_file: PathBuf,
    /// `LATCHKEY_MTLS_KEY_FILE`: its private key, PEM.
    pub key_file: PathBuf,
    /// `LATCHKEY_MTLS_CLIENT_CA_FILE`: who may vouch for clients, PEM; nobody where it is unset.
    pub client_ca_file: Option<PathBuf>,
}

/// The headers of a proxy that ends TLS.
#[derive(Clone, Debug)]
pub struct ClientCertificateHeader {
    /// `LATCHKEY_CLIENT_CERT_HEADER`: holds the certificate.
    pub certificate: HeaderName,
    /// `LATCHKEY_CLIENT_CERT_VERIFIED_HEADER`: says `SUCCESS` where an authority vouches for it; never where it is unset.
    pub verified: Option<HeaderName>,
}

impl ClientCertificates {
    /// Whether any certificate can come here.
    pub fn are_possible(&self) -> bool {
        self.listener.is_some() || self.header.is_some()
    }

    /// Whether an authority can vouch for one.
    pub fn can_be_vouched_for(&self) -> bool {
        let by_us = self.listener.as_ref().is_some_and(|listener| listener.client_ca_file.is_some());
        by_us || self.header.as_ref().is_some_and(|header| header.verified.is_some())
    }
}

pub(super) fn read(source: &Source, proxies: &TrustedProxies) -> Result<ClientCertificates, ConfigError> {
    let certificates = ClientCertificates {
        listener: listener(source)?,
        header: header(source, proxies)?,
        public_url: source.text("mtls_public_url")?.map(|text| public_url(&text)).transpose()?,
    };
    if certificates.public_url.is_some() && !certificates.are_possible() {
        return Err(wrong("mtls_public_url", "goes with LATCHKEY_MTLS_LISTEN or LATCHKEY_CLIENT_CERT_HEADER"));
    }
    Ok(certificates)
}

fn listener(source: &Source) -> Result<Option<MtlsListener>, ConfigError> {
    let file = |name| source.text(name).map(|text| text.map(PathBuf::from));
    let [certificate, key, client_ca_file] =
        [file("mtls_cert_file")?, file("mtls_key_file")?, file("mtls_client_ca_file")?];
    let Some(listen) = source.text("mtls_listen")? else {
        let given =
            [("mtls_cert_file", &certificate), ("mtls_key_file", &key), ("mtls_client_ca_file", &client_ca_file)];
        return match given.into_iter().find(|(_, file)| file.is_some()) {
            Some((name, _)) => Err(wrong(name, "goes with LATCHKEY_MTLS_LISTEN")),
            None => Ok(None),
        };
    };
    let needed = |name, file: Option<PathBuf>| file.ok_or_else(|| wrong(name, "LATCHKEY_MTLS_LISTEN needs this file"));
    Ok(Some(MtlsListener {
        listen: listen
            .parse()
            .map_err(|_| wrong("mtls_listen", "must be an IP address and a port, as in 0.0.0.0:3443"))?,
        certificate_file: needed("mtls_cert_file", certificate)?,
        key_file: needed("mtls_key_file", key)?,
        client_ca_file,
    }))
}

fn header(source: &Source, proxies: &TrustedProxies) -> Result<Option<ClientCertificateHeader>, ConfigError> {
    let name = |setting: &str| match source.text(setting)? {
        Some(text) => match text.parse::<HeaderName>() {
            Ok(name) => Ok(Some(name)),
            Err(_) => Err(wrong(setting, "must be the name of a header, as in X-SSL-Client-Cert")),
        },
        None => Ok(None),
    };
    let verified = name("client_cert_verified_header")?;
    let Some(certificate) = name("client_cert_header")? else {
        return match verified {
            Some(_) => Err(wrong("client_cert_verified_header", "goes with LATCHKEY_CLIENT_CERT_HEADER")),
            None => Ok(None),
        };
    };
    if proxies.are_none() {
        return Err(wrong("client_cert_header", "is believed from LATCHKEY_TRUSTED_PROXIES alone, and there are none"));
    }
    if verified.as_ref() == Some(&certificate) {
        return Err(wrong("client_cert_verified_header", "must be another header than LATCHKEY_CLIENT_CERT_HEADER"));
    }
    Ok(Some(ClientCertificateHeader { certificate, verified }))
}

fn public_url(text: &str) -> Result<PublicUrl, ConfigError> {
    let url: PublicUrl = text.parse().map_err(|problem: String| wrong("mtls_public_url", problem))?;
    if url.is_https() { Ok(url) } else { Err(wrong("mtls_public_url", "must begin with https://")) }
}

fn wrong(name: &str, problem: impl Into<String>) -> ConfigError {
    ConfigError::new(variable(name), problem)
}
