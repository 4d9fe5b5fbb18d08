//! The same judgement for introspection (RFC 7662): nothing is spent, but it counts (contract section 10, "Management").

use std::net::IpAddr;
use std::sync::Arc;

use latchkey_jose::AddressRules;
use latchkey_types::{CredentialKind, OrgId, Outcome};
use sha2::{Digest as _, Sha256};

use super::entry::{Asked, Entry};
use super::{Verified, access_token, api_caller, look, prove, recognise, unknown};
use crate::apis::Api;
use crate::core::Core;
use crate::error::Error;

/// The API that this verification key is bound to, and the credential where it holds there. `given` is the id
/// that the caller says it has.
///
/// # Errors
/// As [`super::verify`].
pub(crate) async fn introspect(
    core: &Core,
    given: Option<&str>,
    verification_key: &str,
    credential: &str,
    ip: Option<IpAddr>,
) -> Result<(Arc<Api>, Option<Arc<Verified>>), Error> {
    let api = api_caller::authenticate(core, verification_key).await?;
    if given.is_some_and(|given| given != api.api.id.as_str()) {
        return Err(Error::Unauthenticated);
    }
    let found = match recognise(core, &api, credential).await? {
        Ok(found) => holding(core, &found.entry, ip),
        Err(code) => {
            core.recorder.count(unknown(&api, code));
            None
        }
    };
    api.used.touch();
    Ok((Arc::clone(&api.api), found))
}

/// An access token that was issued to this client, where it holds at the API that it is for.
///
/// # Errors
/// [`Error::Unavailable`] where the answer can't be known.
pub(crate) async fn introspect_own(
    core: &Core,
    client: &str,
    token: &str,
    ip: Option<IpAddr>,
) -> Result<Option<Arc<Verified>>, Error> {
    let Ok(entry) = recognise_token(core, token).await? else { return Ok(None) };
    if entry.verified.kind != CredentialKind::AccessToken || entry.credential != client {
        return Ok(None);
    }
    Ok(holding(core, &entry, ip))
}

/// An access token that holds now in every respect, and whose API it is for.
pub(crate) struct ActiveToken {
    /// What is said of it.
    pub(crate) verified: Arc<Verified>,
    /// Who owns the API that it is for.
    pub(crate) api_owner: OrgId,
    /// Where it may be used from.
    pub(crate) addresses: Vec<AddressRules>,
}

/// An access token of whichever API and client, where it holds at the API that it is for; whether whoever has it holds
/// its key too is left to the caller. Nothing is counted: no API was called.
///
/// # Errors
/// [`Error::Unavailable`] where the answer can't be known.
pub(crate) async fn active_token(core: &Core, token: &str, ip: Option<IpAddr>) -> Result<Option<ActiveToken>, Error> {
    let Ok(entry) = recognise_token(core, token).await? else { return Ok(None) };
    let holds = entry.judge(&from(ip), core.clock.now()) == Outcome::Valid;
    let is_token = entry.verified.kind == CredentialKind::AccessToken;
    let active = ActiveToken {
        verified: Arc::clone(&entry.verified),
        api_owner: entry.api_owner.clone(),
        addresses: entry.addresses.sealed().to_vec(),
    };
    Ok((holds && is_token).then_some(active))
}

/// An access token of whichever API and client, from memory or proven anew.
async fn recognise_token(core: &Core, token: &str) -> Result<Result<Arc<Entry>, Outcome>, Error> {
    let found = find_token(core, token).await?;
    match &found {
        Ok(entry) if entry.tier.demands().no_staleness && look(core).await? => find_token(core, token).await,
        _ => Ok(found),
    }
}

async fn find_token(core: &Core, token: &str) -> Result<Result<Arc<Entry>, Outcome>, Error> {
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    if let Some(entry) = core.verifier.recall(&digest, core.clock.monotonic()) {
        return Ok(Ok(entry));
    }
    let ticket = core.verifier.ticket();
    let proven = prove(core, token).await?.filter(|proven| !proven.is_key());
    let Some(proven) = proven else { return Ok(Err(Outcome::NotFound)) };
    let entry = access_token::entry(core, proven).await?;
    Ok(entry.map(|entry| core.verifier.keep(digest, ticket, entry)))
}

fn from<'a>(ip: Option<IpAddr>) -> Asked<'a> {
    Asked { ip, ..Asked::default() }
}

/// What is said of a credential that holds, and its use counted.
fn holding(core: &Core, entry: &Entry, ip: Option<IpAddr>) -> Option<Arc<Verified>> {
    let code = entry.judge(&from(ip), core.clock.now());
    if code != Outcome::Valid {
        core.recorder.count(entry.counted(code));
        return None;
    }
    entry.note_use(ip);
    Some(Arc::clone(&entry.verified))
}
