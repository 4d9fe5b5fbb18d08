//! What the endpoints support, in one place: the metadata says exactly this, and a test tries each of it (H6).

use latchkey_core::apps::AuthMethod;
use latchkey_core::signing::SigningAlg;

use crate::config::ClientCertificates;

/// What `grant_type` may be.
pub const GRANT_TYPES: &[&str] = &[
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

/// How a client may authenticate without a certificate, at every endpoint.
pub const AUTH_METHODS: &[AuthMethod] =
    &[AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost, AuthMethod::PrivateKeyJwt];

/// The same with certificates, as far as any can come here.
pub fn auth_methods(certificates: &ClientCertificates) -> Vec<&'static str> {
    let vouched_for = certificates.can_be_vouched_for().then_some(AuthMethod::TlsClientAuth);
    let own = certificates.are_possible().then_some(AuthMethod::SelfSignedTlsClientAuth);
    AUTH_METHODS.iter().copied().chain(vouched_for).chain(own).map(AuthMethod::as_str).collect()
}

/// What a client may sign its assertions with. Ed25519 has two names (RFC 9864), and both are taken.
pub const ASSERTION_ALGS: &[&str] = &["EdDSA", "Ed25519", "ES256", "RS256", "PS256"];

/// What a proof of possession may be signed with (RFC 9449 section 5.1).
pub const DPOP_ALGS: &[&str] = ASSERTION_ALGS;

/// What a signed answer of introspection may be signed with: as the API's tokens are.
pub const INTROSPECTION_ALGS: &[SigningAlg] = &SigningAlg::ALL;
