//! TLS of our own, for clients with certificates (RFC 8705).
//!
//! A certificate is asked for and never needed. Whatever is presented is let in, once its key has signed the handshake: it
//! may be one that the client made itself. Whether an authority vouches for it is found out besides.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use latchkey_core::certificate::{Certificate, PresentedCertificate};
use latchkey_core::clock::Clock;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::ClientCertificate;
use crate::config::{ConfigError, MtlsListener, SecretText};

/// What a TLS listener needs.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    /// Who may vouch for clients.
    authorities: Option<Arc<dyn ClientCertVerifier>>,
    clock: Arc<dyn Clock>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// The setting whose file can't be read, or isn't what it should be.
    pub fn load(settings: &MtlsListener, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let (of_chain, of_key) = ("LATCHKEY_MTLS_CERT_FILE", "LATCHKEY_MTLS_KEY_FILE");
        let chain = certificates(of_chain, &settings.certificate_file)?;
        let key = SecretText::read(of_key, &settings.key_file)?;
        let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
            .map_err(|_| ConfigError::new(of_key, "holds no private key as PEM"))?;
        let failed = |error: Error| ConfigError::new(of_chain, format!("does not go with the key: {error}"));
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_client_cert_verifier(Arc::new(AnyCertificate(provider.signature_verification_algorithms)))
            .with_single_cert(chain, key)
            .map_err(failed)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let authorities = settings.client_ca_file.as_deref().map(|file| authorities(file, provider)).transpose()?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authorities, clock })
    }

    /// Does the handshake: the stream inside, and the certificate that the client showed.
    ///
    /// # Errors
    /// A handshake that fails.
    pub async fn handshake<S>(&self, stream: S) -> io::Result<(TlsStream<S>, ClientCertificate)>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let stream = self.acceptor.accept(stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::split_first);
        let presented = shown.map(|(own, chain)| self.present(own, chain)).transpose()?;
        Ok((stream, ClientCertificate(presented.map(Arc::new))))
    }

    fn present(&self, own: &CertificateDer<'_>, chain: &[CertificateDer<'_>]) -> io::Result<PresentedCertificate> {
        let certificate = Certificate::from_der(own).map_err(io::Error::other)?;
        let now = u64::try_from(self.clock.now().as_seconds()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now));
        let vouched = |verifier: &Arc<dyn ClientCertVerifier>| match verifier.verify_client_cert(own, chain, now) {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, thumbprint = certificate.thumbprint, "no authority vouches for a certificate");
                false
            }
        };
        let chain_is_trusted = self.authorities.as_ref().is_some_and(vouched);
        Ok(PresentedCertificate { certificate, chain_is_trusted })
    }
}

fn certificates(setting: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let shown = file.display();
    let text =
        std::fs::read(file).map_err(|error| ConfigError::new(setting, format!("{shown} can't be read: {error}")))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    read.ok()
        .filter(|read| !read.is_empty())
        .ok_or_else(|| ConfigError::new(setting, format!("{shown} holds no certificates as PEM")))
}

fn authorities(file: &Path, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, ConfigError> {
    const SETTING: &str = "LATCHKEY_MTLS_CLIENT_CA_FILE";
    let failed = |error: &dyn std::error::Error| ConfigError::new(SETTING, error.to_string());
    let mut roots = RootCertStore::empty();
    for certificate in certificates(SETTING, file)? {
        roots.add(certificate).map_err(|error| failed(&error))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(|error| failed(&error))
}

/// Takes every certificate that can be read and whose key signed the handshake.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// None: a client would take it for a list of the only authorities (RFC 8705 section 7.2).
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match Certificate::from_der(own) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(_) => Err(CertificateError::BadEncoding.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
