//! By the certificate of the connection (RFC 8705 section 2).

use latchkey_types::AppId;

use crate::apps::{App, AuthMethod, ClientCertificate, VerifiableApp};
use crate::certificate::{AlternativeName, Certificate, PresentedCertificate};
use crate::core::Core;
use crate::oauth::{ClientWithCertificate, TokenError};

/// The app whose certificate this is. An unknown client and another's certificate answer the same, after one look-up.
pub(super) async fn check(core: &Core, presented: &ClientWithCertificate) -> Result<VerifiableApp, TokenError> {
    let id: AppId = presented.id.parse().map_err(|_| TokenError::InvalidClient)?;
    let row = core.store.find_verifiable_app(&id).await?.ok_or(TokenError::InvalidClient)?;
    let certificate = &presented.certificate;
    if certificate.certificate.holds_at(core.clock.now()) && proves(certificate, &row.app) {
        Ok(row)
    } else {
        Err(TokenError::InvalidClient)
    }
}

/// Whether it has the one name that the app is registered with, vouched for by an authority, or is itself registered.
fn proves(presented: &PresentedCertificate, app: &App) -> bool {
    let certificate = &presented.certificate;
    match (app.auth_method, &app.certificate) {
        (AuthMethod::SelfSignedTlsClientAuth, Some(ClientCertificate::SelfSigned(thumbprints))) => {
            thumbprints.contains(&certificate.thumbprint)
        }
        (AuthMethod::TlsClientAuth, Some(registered)) => {
            presented.chain_is_trusted && is_named(certificate, registered)
        }
        _ => false,
    }
}

fn is_named(certificate: &Certificate, registered: &ClientCertificate) -> bool {
    let has = |name: AlternativeName| certificate.names.contains(&name);
    match registered {
        ClientCertificate::SubjectDn(name) => certificate.subject.as_ref().is_some_and(|own| own.as_str() == name),
        ClientCertificate::SanDns(name) => has(AlternativeName::dns(name)),
        ClientCertificate::SanUri(uri) => has(AlternativeName::Uri(uri.clone())),
        ClientCertificate::SanIp(address) => has(AlternativeName::Ip(*address)),
        ClientCertificate::SanEmail(address) => has(AlternativeName::email(address)),
        ClientCertificate::SelfSigned(_) => false,
    }
}
