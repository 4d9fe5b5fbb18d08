//! The parameters of RFC 8693 section 2.1, as far as they can be judged by themselves.

use crate::apis::TokenFormat;
use crate::oauth::TokenError;
use crate::plain_secret::PlainSecret;

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What a client sends to exchange tokens, beside `resource`, `audience` and `scope`.
#[derive(Clone, Debug, Default)]
pub struct ExchangeParameters {
    /// `subject_token`: for whom.
    pub subject_token: Option<PlainSecret>,
    /// `subject_token_type`.
    pub subject_token_type: Option<String>,
    /// `actor_token`: who is to act.
    pub actor_token: Option<PlainSecret>,
    /// `actor_token_type`.
    pub actor_token_type: Option<String>,
    /// `requested_token_type`.
    pub requested_token_type: Option<String>,
}

/// What a token is said to be (RFC 8693 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An access token, of whichever form.
    Access,
    /// An ID token (OpenID Connect Core section 2).
    Id,
    /// A JWT of any kind.
    Jwt,
}

impl TokenKind {
    fn read(word: &str) -> Option<Self> {
        match word {
            ACCESS_TOKEN => Some(Self::Access),
            ID_TOKEN => Some(Self::Id),
            JWT => Some(Self::Jwt),
            _ => None,
        }
    }
}

/// A token, and what it is said to be.
pub(super) struct Presented<'r> {
    pub(super) token: &'r PlainSecret,
    pub(super) kind: TokenKind,
}

/// What is asked for.
pub(super) struct Asked<'r> {
    pub(super) subject: Presented<'r>,
    pub(super) actor: Option<Presented<'r>>,
    requested: Option<TokenKind>,
}

impl<'r> Asked<'r> {
    /// Reads the parameters (K1).
    pub(super) fn read(sent: &'r ExchangeParameters) -> Result<Self, TokenError> {
        let token = sent.subject_token.as_ref().ok_or(TokenError::InvalidRequest("subject_token is missing"))?;
        let word = sent.subject_token_type.as_deref();
        let word = word.ok_or(TokenError::InvalidRequest("subject_token_type is missing"))?;
        let kind = TokenKind::read(word).ok_or(TokenError::InvalidRequest(
            "subject_token_type must be that of an access_token, an id_token or a jwt, as RFC 8693 section 3 names them",
        ))?;
        Ok(Self {
            subject: Presented { token, kind },
            actor: actor(sent)?,
            requested: requested(sent.requested_token_type.as_deref())?,
        })
    }

    /// `issued_token_type` of the answer. A JWT can be asked for only where the API has them.
    pub(super) fn issued_type(&self, format: TokenFormat) -> Result<&'static str, TokenError> {
        match (self.requested, format) {
            (Some(TokenKind::Jwt), TokenFormat::Jwt) => Ok(JWT),
            (Some(TokenKind::Jwt), TokenFormat::Opaque) => {
                Err(TokenError::InvalidRequest("access tokens of this API are no JWTs: ask for an access_token"))
            }
            _ => Ok(ACCESS_TOKEN),
        }
    }
}

fn actor(sent: &ExchangeParameters) -> Result<Option<Presented<'_>>, TokenError> {
    let kind = match (&sent.actor_token, sent.actor_token_type.as_deref()) {
        (None, None) => return Ok(None),
        (Some(token), Some(word)) => {
            TokenKind::read(word).filter(|kind| *kind != TokenKind::Id).map(|kind| (token, kind))
        }
        (Some(_), None) => return Err(TokenError::InvalidRequest("actor_token_type is missing")),
        (None, Some(_)) => return Err(TokenError::InvalidRequest("actor_token_type without an actor_token")),
    };
    let (token, kind) = kind.ok_or(TokenError::InvalidRequest(
        "actor_token_type must be that of an access_token or a jwt, as RFC 8693 section 3 names them",
    ))?;
    Ok(Some(Presented { token, kind }))
}

fn requested(word: Option<&str>) -> Result<Option<TokenKind>, TokenError> {
    let Some(word) = word else { return Ok(None) };
    match TokenKind::read(word) {
        Some(kind) if kind != TokenKind::Id => Ok(Some(kind)),
        _ => Err(TokenError::InvalidRequest(
            "requested_token_type must be that of an access_token or a jwt, as RFC 8693 section 3 names them",
        )),
    }
}
