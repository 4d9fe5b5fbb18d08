//! Introspection (RFC 7662), as JSON, as a signed answer (RFC 9701), or as the JWT that stands for an opaque token.

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_jose::{AccessToken, IntrospectionToken};
use serde_json::{Map, Value, json};

use super::{ClientAuthentication, TokenError, client_authentication};
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::signing::{self, SigningAlg};
use crate::verify::{self, Verified};

/// The longest life of the JWT that stands for an opaque token, in seconds: it is made anew for each call of a gateway,
/// and holds for one request.
pub const PHANTOM_SECONDS: i64 = 60;

/// What was sent to the introspection endpoint.
#[derive(Clone, Debug)]
pub struct IntrospectionRequest {
    /// `token`: any credential.
    pub token: Option<PlainSecret>,
    /// Where it was used from, as whoever asks says (RFC 7662 section 2.1 lets a request say more).
    pub ip: Option<IpAddr>,
    /// Who asks.
    pub caller: Option<Introspector>,
    /// What the answer is to look like.
    pub form: IntrospectionForm,
}

/// Who may ask.
#[derive(Clone, Debug)]
pub enum Introspector {
    /// An API, about every credential for it.
    Api {
        /// The id that it says it has.
        id: Option<String>,
        /// What proves it.
        verification_key: PlainSecret,
    },
    /// A client, about its own access tokens.
    Client(ClientAuthentication),
}

/// What the answer is to look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntrospectionForm {
    /// JSON (RFC 7662 section 2.2).
    #[default]
    Json,
    /// A signed JWT around it (RFC 9701 section 5).
    Signed,
    /// For APIs: the access token as a JWT (RFC 9068), where the credential is a token.
    AccessToken,
}

/// The answer.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// A JSON object.
    Json(Arc<str>),
    /// As a signed JWT.
    Signed(String),
    /// The access token as a JWT.
    AccessToken(PlainSecret),
    /// There is no such access token.
    NoAccessToken,
}

/// Who asked, and what it may know.
struct Found {
    /// The identifier that it authenticated with.
    asked_by: String,
    /// The API that asked.
    api_alg: Option<SigningAlg>,
    /// The credential, where it is active.
    active: Option<Arc<Verified>>,
}

/// What the caller may know of a token: that it isn't active, or all that it says.
///
/// # Errors
/// [`TokenError::InvalidClient`] for a bad verification key and a client that isn't one; [`TokenError::InvalidRequest`]
/// without a token; [`TokenError::TooMany`], [`TokenError::Unavailable`].
pub async fn introspect(core: &Core, request: &IntrospectionRequest) -> Result<Introspection, TokenError> {
    let caller = request.caller.as_ref().ok_or(TokenError::InvalidClient)?;
    let token = request.token.as_ref().ok_or(TokenError::InvalidRequest("token is missing"))?.expose();
    let found = match caller {
        Introspector::Api { id, verification_key } => {
            by_api(core, id.as_deref(), verification_key, token, request.ip).await?
        }
        Introspector::Client(authentication) => by_client(core, authentication, token, request.ip).await?,
    };
    match (request.form, found.api_alg) {
        (IntrospectionForm::Signed, _) => signed(core, found).await.map(Introspection::Signed),
        (IntrospectionForm::AccessToken, Some(alg)) => phantom(core, alg, found.active).await,
        _ => Ok(Introspection::Json(text(core, found.active.as_deref()))),
    }
}

async fn by_api(
    core: &Core,
    id: Option<&str>,
    verification_key: &PlainSecret,
    token: &str,
    ip: Option<IpAddr>,
) -> Result<Found, TokenError> {
    match verify::introspect(core, id, verification_key.expose(), token, ip).await {
        Ok((api, active)) => Ok(Found { asked_by: api.id.to_string(), api_alg: Some(api.signing_alg), active }),
        Err(Error::Unauthenticated) => Err(TokenError::InvalidClient),
        Err(error) => Err(error.into()),
    }
}

async fn by_client(
    core: &Core,
    authentication: &ClientAuthentication,
    token: &str,
    ip: Option<IpAddr>,
) -> Result<Found, TokenError> {
    let client = client_authentication::authenticate(core, authentication).await?;
    if let Some(id) = &client.proven_by {
        core.recorder.note_use(id);
    }
    let active = verify::introspect_own(core, &client.party.id, token, ip).await?;
    Ok(Found { asked_by: client.party.id.clone(), api_alg: None, active })
}

fn text(core: &Core, active: Option<&Verified>) -> Arc<str> {
    let write = || Value::Object(describe(core, active)).to_string();
    match active {
        Some(verified) => verified.written.introspection(write),
        None => write().into(),
    }
}

/// RFC 7662 section 2.2. Of what isn't active nothing is said (F3).
fn describe(core: &Core, active: Option<&Verified>) -> Map<String, Value> {
    let Some(verified) = active else { return Map::from_iter([("active".to_owned(), json!(false))]) };
    let mut said = match verified.token.as_deref() {
        Some(token) => of_token(token),
        None => of_api_key(core, verified),
    };
    said.insert("active".to_owned(), json!(true));
    // what the API and its owner allow now, which may be less than what it once said
    said.insert("scope".to_owned(), json!(verified.scopes.to_string()));
    if let Some(end) = verified.expires_at {
        said.insert("exp".to_owned(), json!(end.as_millis().div_euclid(1000)));
    }
    said
}

fn of_token(token: &AccessToken) -> Map<String, Value> {
    let mut said = match serde_json::to_value(token) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let by_proof = token.cnf.as_ref().is_some_and(|cnf| cnf.jkt.is_some());
    said.insert("token_type".to_owned(), json!(if by_proof { "DPoP" } else { "Bearer" }));
    said
}

/// An API key is no token of OAuth: it has no `token_type` and no `jti`, and is its own client.
fn of_api_key(core: &Core, verified: &Verified) -> Map<String, Value> {
    let members = [
        ("client_id", json!(verified.subject)),
        ("iat", json!(verified.issued_at.as_millis().div_euclid(1000))),
        ("sub", json!(verified.subject)),
        ("aud", json!(verified.api)),
        ("iss", json!(core.settings.issuer)),
        ("org", json!(verified.org_id)),
        ("principal", json!(verified.principal)),
        ("cred", json!(verified.kind.as_str())),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// RFC 9701 section 5, signed as the API's tokens are.
async fn signed(core: &Core, found: Found) -> Result<String, TokenError> {
    let alg = match (found.api_alg, &found.active) {
        (Some(alg), _) => alg,
        (None, Some(active)) => {
            let api = core.store.find_api_by_audience(&active.api).await?;
            api.map(|api| api.signing_alg).unwrap_or_default()
        }
        (None, None) => SigningAlg::default(),
    };
    let answer = IntrospectionToken {
        iss: core.settings.issuer.clone(),
        token_introspection: describe(core, found.active.as_deref()),
        aud: found.asked_by,
        iat: core.clock.now(),
    };
    let signer = signing::signer(core, alg).await?;
    answer.sign(&signer).map_err(|error| TokenError::Unavailable(Box::new(error)))
}

/// The same token as a JWT that holds for a moment, for a gateway to pass on in the place of an opaque one. It keeps the
/// `jti`, so that revoking the one revokes the other.
async fn phantom(core: &Core, alg: SigningAlg, active: Option<Arc<Verified>>) -> Result<Introspection, TokenError> {
    let Some(verified) = active else { return Ok(Introspection::NoAccessToken) };
    let Some(token) = verified.token.as_deref() else {
        // an API key has no such pair
        return Ok(Introspection::Json(text(core, Some(&verified))));
    };
    let now = core.clock.now().floor_to(1);
    let end = now.plus_seconds(PHANTOM_SECONDS);
    let claims = AccessToken {
        iat: now,
        nbf: now,
        exp: verified.expires_at.map_or(end, |own| own.min(end)),
        scope: verified.scopes.clone(),
        ..token.clone()
    };
    let signer = signing::signer(core, alg).await?;
    let jwt = claims.sign(&signer).map_err(|error| TokenError::Unavailable(Box::new(error)))?;
    Ok(Introspection::AccessToken(PlainSecret::new(jwt)))
}
