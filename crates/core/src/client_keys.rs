//! Public keys by which apps and service accounts prove who they are: the same for both.

use latchkey_jose::{Algorithm, CompactJws, InvalidJwk, Jwk, JwkSet, PRIVATE_MEMBERS, PublicKey, RegisteredKeysError};
use latchkey_types::{PublicKeyId, Timestamp};
use serde_json::{Map, Value};

use crate::apps::{ClientKey, MAX_CLIENT_KEYS};
use crate::caller::Caller;
use crate::core::{Access, Core};
use crate::error::{Conflict, Error, FieldError};
use crate::keys::refuse_suspended;
use crate::ports::StoreError;
use crate::random;
use crate::validation::{self, Checked, Checks, wrong};

/// A public key as typed.
#[derive(Clone, Debug)]
pub struct NewClientKey {
    /// The JWK.
    pub jwk: Value,
    /// Until when it holds; `None`: until it is deleted.
    pub expires_at: Option<Timestamp>,
}

/// Whose key it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder<'a> {
    /// `app` or `service_account`, as the audit log calls it.
    pub(crate) kind: &'static str,
    /// `app_…` or `sa_…`.
    pub(crate) id: &'a str,
}

/// One JWK as typed.
pub(crate) fn check_key(core: &Core, field: &str, typed: &Value) -> Checked<Option<ClientKey>> {
    let Some(members) = typed.as_object() else { return wrong(field, "give a JWK: a JSON object (RFC 7517)") };
    match Jwk::from_members(members) {
        Ok(jwk) => client_key(core, field, &jwk).map(Some),
        Err(InvalidJwk::Private) => Err(private_members(field, members)),
        Err(error) => wrong(field, error.to_string()),
    }
}

/// Each private member by its name. Whoever sent it has shown that key around.
fn private_members(field: &str, members: &Map<String, Value>) -> Vec<FieldError> {
    PRIVATE_MEMBERS
        .into_iter()
        .filter(|name| members.contains_key(*name))
        .map(|name| FieldError::new(format!("{field}/{name}"), "is private: make a new key, and give its public part"))
        .collect()
}

/// A JWK Set as typed: at least one key, at most [`MAX_CLIENT_KEYS`].
pub(crate) fn check_set(core: &Core, field: &str, typed: &Value) -> Checked<Vec<ClientKey>> {
    let set = match JwkSet::from_registration(typed) {
        Ok(set) => set,
        Err(RegisteredKeysError::Key { index, why: InvalidJwk::Private }) => {
            let members = typed["keys"][index].as_object().cloned().unwrap_or_default();
            return Err(private_members(&format!("{field}/keys/{index}"), &members));
        }
        Err(RegisteredKeysError::Key { index, why }) => {
            return wrong(&format!("{field}/keys/{index}"), why.to_string());
        }
        Err(error) => return wrong(field, error.to_string()),
    };
    let is_twin = |(index, jwk): (usize, &Jwk)| set.keys()[..index].iter().any(|other| other.key() == jwk.key());
    if set.keys().iter().enumerate().any(is_twin) {
        return wrong(field, "a key stands there twice, under two names");
    }
    if set.keys().len() > MAX_CLIENT_KEYS {
        return wrong(field, format!("at most {MAX_CLIENT_KEYS} keys"));
    }
    set.keys().iter().map(|jwk| client_key(core, field, jwk)).collect()
}

fn client_key(core: &Core, field: &str, jwk: &Jwk) -> Checked<ClientKey> {
    if jwk.kid().is_empty() || jwk.kid().chars().any(char::is_control) {
        return wrong(field, "`kid` is empty or has control characters; leave it out, or give another");
    }
    Ok(ClientKey {
        id: random::id(core.random.as_ref()),
        kid: jwk.kid().to_owned(),
        jwk: serde_json::to_string(jwk).expect("a JWK is a map of texts"),
        created_at: core.clock.now(),
        expires_at: None,
        last_used_at: None,
    })
}

/// The unexpired keys that may have signed this: of its algorithm, and of its `kid` where its header names one (RFC 7515
/// section 4.1.4 leaves that to the signer).
///
/// # Errors
/// [`Error::Internal`] where what is stored can't be read.
pub(crate) fn candidates(
    keys: &[ClientKey],
    jws: &CompactJws<'_>,
    now: Timestamp,
) -> Result<Vec<(PublicKeyId, PublicKey)>, Error> {
    let (kid, algorithm) = (jws.header().kid(), jws.header().alg().parse::<Algorithm>());
    let mut candidates = Vec::new();
    for key in keys {
        let holds = key.expires_at.is_none_or(|end| end > now) && kid.is_none_or(|kid| key.kid == kid);
        if !holds {
            continue;
        }
        let public = public_key(key)?;
        if algorithm.is_ok_and(|algorithm| public.algorithms().contains(&algorithm)) {
            candidates.push((key.id.clone(), public));
        }
    }
    Ok(candidates)
}

/// A stored key, to verify with.
///
/// # Errors
/// [`Error::Internal`] where what is stored can't be read.
pub(crate) fn public_key(key: &ClientKey) -> Result<PublicKey, Error> {
    let members: Map<String, Value> =
        serde_json::from_str(&key.jwk).map_err(|error| Error::Internal(Box::new(error)))?;
    let jwk = Jwk::from_members(&members).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(jwk.key().clone())
}

/// A holder's keys, newest first.
pub(crate) async fn list(core: &Core, access: &Access, holder: Holder<'_>) -> Result<Vec<ClientKey>, Error> {
    Ok(core.store.list_client_keys(&access.org.id, holder.id).await?)
}

/// Adds a key.
pub(crate) async fn add(
    core: &Core,
    caller: &Caller,
    access: &Access,
    holder: Holder<'_>,
    new: NewClientKey,
) -> Result<ClientKey, Error> {
    refuse_suspended(&access.org)?;
    let mut checks = Checks::default();
    let key = checks.take(check_key(core, "jwk", &new.jwk));
    let expires_at = checks.take(validation::expiry("expires_at", new.expires_at, core.clock.now(), None));
    checks.finish()?;
    refuse_twin(key.as_ref(), &core.store.list_client_keys(&access.org.id, holder.id).await?)?;
    let key = ClientKey { expires_at, ..key.expect("checked") };
    let audit = core
        .audit_entry(caller, Some(&access.org.id), &format!("{}.key.create", holder.kind), (holder.kind, holder.id))
        .with("key", key.id.as_str())
        .with("kid", key.kid.as_str())
        .with("expires_at", expires_at.map(|end| end.to_string()));
    match core.store.insert_client_key(&access.org.id, holder.id, &key, &audit).await {
        Ok(true) => Ok(key),
        Ok(false) => Err(Error::conflict(
            Conflict::TooManyKeys,
            format!("there are {MAX_CLIENT_KEYS} public keys, which is the most: delete one first"),
        )),
        Err(StoreError::Taken("kid")) => {
            Err(Error::invalid("jwk", "there is a key of this `kid`: delete it first, or give this one another"))
        }
        Err(StoreError::Stale) => {
            Err(Error::conflict(Conflict::AlreadyRevoked, "it is revoked, which is for good; make a new one"))
        }
        Err(error) => Err(error.into()),
    }
}

/// A key that is there already is refused, whatever name it has.
fn refuse_twin(new: Option<&ClientKey>, there: &[ClientKey]) -> Result<(), Error> {
    let new = new.map(public_key).transpose()?;
    for key in there {
        if new == Some(public_key(key)?) {
            return Err(Error::invalid("jwk", format!("this key is there already, as `{}`", key.kid)));
        }
    }
    Ok(())
}

/// Deletes a key; what was signed with it no longer proves anything.
pub(crate) async fn delete(
    core: &Core,
    caller: &Caller,
    access: &Access,
    holder: Holder<'_>,
    key: &PublicKeyId,
) -> Result<(), Error> {
    let audit = core
        .audit_entry(caller, Some(&access.org.id), &format!("{}.key.delete", holder.kind), (holder.kind, holder.id))
        .with("key", key.as_str());
    Ok(core.store.delete_client_key(&access.org.id, holder.id, key, &audit).await?)
}
