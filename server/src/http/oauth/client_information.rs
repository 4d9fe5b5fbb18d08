//! What a client is told of itself (RFC 7591 section 3.2.1).

use latchkey_core::apps::{ClientCertificate, TokenBinding};
use latchkey_core::oauth::RegisteredClient;
use serde::Serialize;
use serde_json::{Map, Value};

/// The client as it is registered (RFC 7591 section 3.2.1): all of it, for what was left out stands there too.
#[derive(Serialize)]
pub struct ClientInformation {
    client_id: String,
    /// Seconds since 1970.
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// 0: it doesn't expire by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<u8>,
    client_name: String,
    grant_types: Vec<&'static str>,
    /// None; left out, they would be `code` (RFC 7591 section 2).
    response_types: [&'static str; 0],
    token_endpoint_auth_method: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    dpop_bound_access_tokens: bool,
    tls_client_certificate_bound_access_tokens: bool,
    /// `tls_client_auth_…`
    #[serde(flatten)]
    certificate: Map<String, Value>,
}

impl From<RegisteredClient> for ClientInformation {
    fn from(made: RegisteredClient) -> Self {
        let app = made.app;
        Self {
            client_id: app.id.to_string(),
            client_id_issued_at: app.created_at.as_seconds(),
            client_secret_expires_at: made.client_secret.is_some().then_some(0),
            client_secret: made.client_secret.map(|secret| secret.expose().to_owned()),
            client_name: app.name,
            grant_types: made.grant_types,
            response_types: [],
            token_endpoint_auth_method: app.auth_method.as_str(),
            scope: made.scope.to_string(),
            jwks: made.jwks,
            jwks_uri: app.jwks_uri,
            dpop_bound_access_tokens: app.token_binding == TokenBinding::Dpop,
            tls_client_certificate_bound_access_tokens: app.token_binding == TokenBinding::Certificate,
            certificate: app.certificate.and_then(certificate_member).into_iter().collect(),
        }
    }
}

fn certificate_member(certificate: ClientCertificate) -> Option<(String, Value)> {
    let (name, value) = match certificate {
        ClientCertificate::SubjectDn(name) => ("subject_dn", name),
        ClientCertificate::SanDns(name) => ("san_dns", name),
        ClientCertificate::SanUri(uri) => ("san_uri", uri),
        ClientCertificate::SanIp(address) => ("san_ip", address.to_string()),
        ClientCertificate::SanEmail(address) => ("san_email", address),
        // in `jwks`
        ClientCertificate::SelfSigned(_) => return None,
    };
    Some((format!("tls_client_auth_{name}"), Value::String(value)))
}
