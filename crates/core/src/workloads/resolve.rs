//! For whom a token of an outside issuer stands.

use latchkey_jose::{CompactJws, VerifiedClaims};
use latchkey_types::{OrgId, Timestamp};
use sha2::{Digest as _, Sha256};

use super::evaluate::{SignatureProblem, evaluate, keys_of, prove};
use crate::core::Core;
use crate::error::Error;

/// For whom the token stands.
pub(crate) struct Resolved {
    /// `app_…` or `sa_…`.
    pub(crate) principal: String,
    /// Whose rule says so.
    pub(crate) org: OrgId,
    /// Until when the token holds.
    pub(crate) exp: Timestamp,
    /// What the token may be used once by: its `jti`, or all of it where it has none, hashed.
    pub(crate) id_hash: [u8; 32],
}

/// Why a token stands for nobody.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// No rule takes it.
    NoRule,
    /// Rules for different principals take it.
    Ambiguous,
    /// It can't be known now.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Unresolved {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The principal of the rules that take this token; with `client_id` only that principal's rules count. All rules that
/// take it must name the same principal: a token that could be two is nobody's.
///
/// A rule whose keys can't be had counts as one that doesn't match, so that nobody's broken issuer stands in another's
/// way; where nothing else matches, the answer can't be known.
pub(crate) async fn resolve(
    core: &Core,
    token: &str,
    issuer: &str,
    client_id: Option<&str>,
) -> Result<Resolved, Unresolved> {
    let jws = CompactJws::parse(token).map_err(|_| Unresolved::NoRule)?;
    let now = core.clock.now();
    let mut found: Option<Resolved> = None;
    let mut unknown = None;
    for rule in core.store.workload_rules_for(issuer, client_id).await? {
        let keys = match keys_of(core, &rule, jws.header().kid()).await? {
            Ok(keys) => keys,
            Err(problem) => {
                unknown = Some(SignatureProblem::Keys(problem));
                continue;
            }
        };
        let Ok(claims) = prove(&jws, &keys) else { continue };
        let Some(exp) = evaluate(&rule, claims.members(), now).holds_until() else { continue };
        if found.as_ref().is_some_and(|other| other.principal != rule.principal) {
            return Err(Unresolved::Ambiguous);
        }
        let id_hash = id_hash(&claims, token);
        found = Some(Resolved { principal: rule.principal, org: rule.org, exp, id_hash });
    }
    match (found, unknown) {
        (Some(found), _) => Ok(found),
        (None, Some(problem)) => Err(Unresolved::Failed(Error::Unavailable(Box::new(problem)))),
        (None, None) => Err(Unresolved::NoRule),
    }
}

fn id_hash(claims: &VerifiedClaims, token: &str) -> [u8; 32] {
    let jti = claims.get("jti").and_then(serde_json::Value::as_str).filter(|jti| !jti.is_empty());
    Sha256::digest(jti.unwrap_or(token)).into()
}
