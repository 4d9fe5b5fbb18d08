//! Client metadata (RFC 7591 section 2, RFC 8705 section 2.1.2, RFC 9449 section 5.2), as far as this server offers what
//! they ask for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_jose::PRIVATE_MEMBERS;
use latchkey_types::ScopeSet;
use serde_json::Value;

use super::RegistrationError;
use crate::apps::{
    AppGrant, AuthMethod, CertificateName, MAX_CERTIFICATES, NewApp, NewCertificate, NewGrant, TokenBinding,
};
use crate::initial_access_tokens::InitialAccessToken;
use crate::oauth::grants::{client_credentials, token_exchange};

/// The longest `software_id` and `software_version`, in characters.
const MAX_SOFTWARE_LENGTH: usize = 255;

/// What a client says of itself; members that aren't there are `None` or empty.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "members of the standards that are each true or false")]
pub struct ClientMetadata {
    /// `client_name`; left out, the client is called as the token is.
    pub client_name: Option<String>,
    /// `grant_types`; left out: `client_credentials`.
    pub grant_types: Vec<String>,
    /// Whether `response_types` holds something.
    pub has_response_types: bool,
    /// Whether `redirect_uris` holds something.
    pub has_redirect_uris: bool,
    /// `token_endpoint_auth_method`, one that is offered here.
    pub auth_method: AuthMethod,
    /// `jwks`.
    pub jwks: Option<Value>,
    /// `jwks_uri`.
    pub jwks_uri: Option<String>,
    /// `scope`; left out: all that the token grants.
    pub scope: Option<String>,
    /// `dpop_bound_access_tokens`.
    pub dpop_bound: bool,
    /// `tls_client_certificate_bound_access_tokens`.
    pub certificate_bound: bool,
    /// `tls_client_auth_subject_dn` and its sisters.
    pub certificate: CertificateName,
    /// `software_id`.
    pub software_id: Option<String>,
    /// `software_version`.
    pub software_version: Option<String>,
}

/// The app that the metadata ask for.
pub(super) struct Wanted {
    pub(super) app: NewApp,
    pub(super) jwks: Option<Value>,
}

impl ClientMetadata {
    /// What is asked for, within what the token grants.
    pub(super) fn checked_against(self, token: &InitialAccessToken) -> Result<Wanted, RegistrationError> {
        self.refuse_what_browsers_do()?;
        for text in [&self.software_id, &self.software_version].into_iter().flatten() {
            if text.chars().count() > MAX_SOFTWARE_LENGTH || text.chars().any(char::is_control) {
                return refuse("software_id and software_version are at most 255 characters, no control characters.");
            }
        }
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return refuse("Give the keys by jwks or by jwks_uri, not by both.");
        }
        let token_binding = match (self.dpop_bound, self.certificate_bound) {
            (true, true) => return refuse("Access tokens are bound to a DPoP key or to a certificate, not to both."),
            (true, false) => TokenBinding::Dpop,
            (false, true) => TokenBinding::Certificate,
            (false, false) => TokenBinding::None,
        };
        let exchanges = self.asks_for_exchange()?;
        let grants = narrowed(&token.grants, self.scope.as_deref())?;
        if exchanges && grants.iter().all(|grant| grant.exchange.is_empty()) {
            return refuse("The initial access token does not let clients exchange tokens.");
        }
        let grants = grants.into_iter().map(|grant| NewGrant {
            api: grant.api.to_string(),
            scopes: grant.scopes.iter().map(ToString::to_string).collect(),
            operations: Vec::new(),
            exchange: Some(if exchanges { grant.exchange } else { Vec::new() }),
        });
        let shown = self.jwks.clone();
        let (jwks, certificate) = match (self.auth_method, self.jwks) {
            (AuthMethod::SelfSignedTlsClientAuth, Some(jwks)) => {
                (None, Some(NewCertificate::Pem(certificates(&jwks)?)))
            }
            (_, jwks) if self.certificate == CertificateName::default() => (jwks, None),
            (_, jwks) => (jwks, Some(NewCertificate::Name(self.certificate))),
        };
        let app = NewApp {
            name: self.client_name.unwrap_or_else(|| token.name.clone()),
            grants: grants.collect(),
            auth_method: self.auth_method,
            jwks,
            jwks_uri: self.jwks_uri,
            certificate,
            token_binding,
            ..NewApp::default()
        };
        Ok(Wanted { app, jwks: shown })
    }

    fn refuse_what_browsers_do(&self) -> Result<(), RegistrationError> {
        if self.has_redirect_uris {
            return Err(RegistrationError::InvalidRedirectUri);
        }
        if self.has_response_types {
            return refuse("There are no response_types here: clients get tokens at the token endpoint alone.");
        }
        Ok(())
    }

    /// Whether `token-exchange` is among the grant types.
    fn asks_for_exchange(&self) -> Result<bool, RegistrationError> {
        let offered = [client_credentials::GRANT_TYPE, token_exchange::GRANT_TYPE];
        if self.grant_types.iter().any(|wanted| !offered.contains(&wanted.as_str())) {
            return refuse(
                "grant_types may be client_credentials and urn:ietf:params:oauth:grant-type:token-exchange.",
            );
        }
        Ok(self.grant_types.iter().any(|wanted| wanted == token_exchange::GRANT_TYPE))
    }
}

/// The grant types of a client with these grants: `client_credentials` always.
pub(super) fn grant_types(grants: &[AppGrant]) -> Vec<&'static str> {
    let exchanges = grants.iter().any(|grant| !grant.exchange.is_empty());
    [client_credentials::GRANT_TYPE].into_iter().chain(exchanges.then_some(token_exchange::GRANT_TYPE)).collect()
}

/// The grants with the scopes that are asked for, each of which one of them must hold; one that would lose all of its
/// scopes is left out.
fn narrowed(grants: &[AppGrant], scope: Option<&str>) -> Result<Vec<AppGrant>, RegistrationError> {
    let Some(asked) = scope.filter(|scope| !scope.is_empty()) else { return Ok(grants.to_vec()) };
    let Ok(asked) = ScopeSet::from_parameter(asked) else {
        return refuse("scope must be scope-tokens with one space between them.");
    };
    if asked.iter().any(|scope| !grants.iter().any(|grant| grant.scopes.contains(scope.as_str()))) {
        return refuse("scope names something that the initial access token does not grant.");
    }
    // fewer scopes than the operations take: they don't follow from these any more
    let narrow =
        |grant: &AppGrant| AppGrant { scopes: grant.scopes.intersection(&asked), operations: None, ..grant.clone() };
    let is_left = |grant: &AppGrant| !grant.scopes.intersection(&asked).is_empty();
    Ok(grants.iter().filter(|grant| is_left(grant)).map(narrow).collect())
}

/// The certificates of a JWK Set as PEM: the first one in the `x5c` of each key (RFC 8705 section 2.2.2).
fn certificates(jwks: &Value) -> Result<String, RegistrationError> {
    const EXPECTED: &str =
        "self_signed_tls_client_auth wants a jwks whose keys have the certificate in x5c, 1 to 5 of them.";
    let keys = jwks.get("keys").and_then(Value::as_array).filter(|keys| (1..=MAX_CERTIFICATES).contains(&keys.len()));
    let mut pem = String::new();
    for key in keys.ok_or(RegistrationError::InvalidClientMetadata(EXPECTED))? {
        if PRIVATE_MEMBERS.into_iter().any(|member| key.get(member).is_some()) {
            return refuse("jwks holds a private key: make a new one, and give its public part.");
        }
        let text = key.get("x5c").and_then(|chain| chain.get(0)).and_then(Value::as_str);
        let Some(der) = text.and_then(|text| STANDARD.decode(text).ok()) else { return refuse(EXPECTED) };
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        pem.push_str(&STANDARD.encode(der));
        pem.push_str("\n-----END CERTIFICATE-----\n");
    }
    Ok(pem)
}

fn refuse<T>(description: &'static str) -> Result<T, RegistrationError> {
    Err(RegistrationError::InvalidClientMetadata(description))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apps::Exchange;

    fn grant(api: &str, scopes: &str, exchange: &[Exchange]) -> AppGrant {
        let scopes = ScopeSet::from_parameter(scopes).unwrap();
        let api = format!("api_{api:0>16}").parse().unwrap();
        AppGrant { api, scopes, operations: None, exchange: exchange.to_vec() }
    }

    #[test]
    fn scopes_narrow_each_grant() {
        let grants = [grant("one", "a b", &[]), grant("two", "b c", &[Exchange::Delegation])];
        let shown = |scope| {
            let narrowed = narrowed(&grants, scope).ok()?;
            Some(
                narrowed
                    .iter()
                    .map(|grant| format!("{} {}", &grant.api.as_str()[17..], grant.scopes))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(shown(None).unwrap(), ["one a b", "two b c"]);
        assert_eq!(shown(Some("")).unwrap(), ["one a b", "two b c"]);
        assert_eq!(shown(Some("b")).unwrap(), ["one b", "two b"]);
        assert_eq!(shown(Some("c")).unwrap(), ["two c"]);
        for bad in ["d", "a d", "a  b", "\u{e9}", "a\"b"] {
            assert_eq!(shown(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn certificates_come_out_of_x5c() {
        let good = json!({ "keys": [{ "kty": "EC", "x5c": ["AAEC", "ignored"] }] });
        assert!(certificates(&good).unwrap().contains("\nAAEC\n"));
        for bad in [
            json!({}),
            json!([]),
            json!({ "keys": [] }),
            json!({ "keys": [{ "kty": "EC" }] }),
            json!({ "keys": [{ "x5c": "AAEC" }] }),
            json!({ "keys": [{ "x5c": [1] }] }),
            json!({ "keys": [{ "x5c": ["AAEC\n-----END CERTIFICATE-----"] }] }),
            json!({ "keys": [{ "x5c": ["AAEC"], "d": "x" }] }),
            json!({ "keys": vec![json!({ "x5c": ["AAEC"] }); MAX_CERTIFICATES + 1] }),
        ] {
            assert!(certificates(&bad).is_err(), "{bad}");
        }
    }
}
