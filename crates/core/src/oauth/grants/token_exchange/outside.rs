//! The user's token of an identity provider that the client's organisation trusts.

use std::sync::Arc;

use latchkey_jose::{
    Algorithm, CompactJws, Confirmation, JwkSet, MayAct, Principal, TypeRule, VerifiedClaims, VerifyError,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::parameters::{Presented, TokenKind};
use super::subject::{BAD_SUBJECT, Subject, check_held};
use crate::core::Core;
use crate::error::Error;
use crate::oauth::party::Party;
use crate::oauth::{TokenError, TokenRequest};
use crate::trusted_issuers::TrustedIssuer;
use crate::workloads::evaluate::{check_times, is_audience};

/// The longest `sub`, in characters (OpenID Connect Core section 2).
const MAX_SUBJECT_LENGTH: usize = 255;

/// Who says to have issued a JWT, where that isn't us.
pub(super) fn issuer(core: &Core, token: &str) -> Option<String> {
    let issuer = CompactJws::parse(token).ok()?.unproven_claim("iss")?;
    (issuer != core.settings.issuer).then_some(issuer)
}

/// The user whom the token is about.
pub(super) async fn find(
    core: &Core,
    client: &Party,
    request: &TokenRequest,
    presented: &Presented<'_>,
    issuer: &str,
) -> Result<Subject, TokenError> {
    let trusted = core.store.find_trusted_issuer(&client.holder.id, issuer).await?.ok_or(BAD_SUBJECT)?;
    let jws = CompactJws::parse(presented.token.expose()).map_err(|_| BAD_SUBJECT)?;
    if jws.header().brings_a_key() {
        return Err(BAD_SUBJECT);
    }
    let keys = keys_of(core, &trusted, jws.header().kid()).await?;
    let claims = prove(&jws, &keys, presented.kind).map_err(|_| BAD_SUBJECT)?;
    let bound_to: Option<Confirmation> = typed(&claims, "cnf")?;
    let subject = read(core, &trusted, &claims)?;
    check_held(core, request, bound_to.as_ref())?;
    Ok(subject)
}

/// # Errors
/// [`TokenError::Unavailable`] where the keys can't be had now.
async fn keys_of(core: &Core, trusted: &TrustedIssuer, kid: Option<&str>) -> Result<Arc<JwkSet>, TokenError> {
    match &trusted.jwks {
        Some(jwks) => {
            let set = JwkSet::parse(jwks.as_bytes()).map_err(|error| Error::Internal(Box::new(error)))?;
            Ok(Arc::new(set))
        }
        None => {
            let found = core.remote_keys.discovered(core, &trusted.issuer, kid).await;
            found.map_err(|error| TokenError::Unavailable(Box::new(error)))
        }
    }
}

fn prove(jws: &CompactJws<'_>, keys: &JwkSet, kind: TokenKind) -> Result<VerifiedClaims, VerifyError> {
    let typ = match kind {
        TokenKind::Id => TypeRule::ID_TOKEN,
        TokenKind::Access | TokenKind::Jwt => TypeRule::FOREIGN_ACCESS_TOKEN,
    };
    let mut problem = VerifyError::UnknownKey;
    for key in jws.candidates_in(keys) {
        match jws.verify_with(key, &Algorithm::ALL, typ) {
            Ok(claims) => return Ok(claims),
            Err(error) => problem = error,
        }
    }
    Err(problem)
}

/// Beside what every token of a trusted issuer must be: no logout token (`events`, OpenID Connect Back-Channel Logout
/// section 2.4), and nobody acts for the user already (`act`), of whom we couldn't say who that is.
fn read(core: &Core, trusted: &TrustedIssuer, claims: &VerifiedClaims) -> Result<Subject, TokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is_for_us = claims.get("aud").is_some_and(|aud| is_audience(aud, &trusted.audience));
    let is_another_kind = claims.get("events").is_some() || claims.get("act").is_some();
    if text("iss") != Some(trusted.issuer.as_str()) || !is_for_us || is_another_kind {
        return Err(BAD_SUBJECT);
    }
    let exp = check_times(claims.members(), core.clock.now()).map_err(|_| BAD_SUBJECT)?;
    let sub = text("sub").filter(|sub| is_subject(sub)).ok_or(BAD_SUBJECT)?;
    Ok(Subject {
        sub: subject_of(&trusted.issuer, sub),
        principal: Principal::User,
        exp,
        scopes: None,
        callers: None,
        may_act: typed::<MayAct>(claims, "may_act")?,
        addresses: Vec::new(),
    })
}

/// Our `sub` for a user: `<issuer>|<sub>`. An issuer is a URL without `|`, so that two users are never the same, and none
/// is ever an id of ours (C7). Nothing else of the user is kept.
fn subject_of(issuer: &str, sub: &str) -> String {
    format!("{issuer}|{sub}")
}

fn is_subject(sub: &str) -> bool {
    !sub.is_empty() && sub.chars().nth(MAX_SUBJECT_LENGTH).is_none() && !sub.chars().any(char::is_control)
}

/// A claim that may be absent, and is of its type where it is there.
fn typed<T: DeserializeOwned>(claims: &VerifiedClaims, name: &str) -> Result<Option<T>, TokenError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    if !value.is_object() {
        return Err(BAD_SUBJECT);
    }
    serde_json::from_value(value.clone()).map(Some).map_err(|_| BAD_SUBJECT)
}
