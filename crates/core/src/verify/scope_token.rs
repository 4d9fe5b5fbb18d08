//! The token of the caller itself beside the original user's (contract section 10, "Two tokens").

use latchkey_types::ScopeSet;

use super::api_caller::ApiCaller;
use super::entry::Entry;
use super::{Recognised, VerifyRequest, recognise};
use crate::core::Core;
use crate::error::Error;

/// Who came with the scope token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Its `sub`.
    pub subject: String,
    /// The client that it was issued to; of a key the key itself.
    pub client_id: String,
}

/// The scope token that a call came with: any credential for this API. Whether it holds is judged elsewhere.
pub(super) struct Beside {
    pub(super) recognised: Recognised,
}

impl Beside {
    /// The scope token, where the call came with one.
    pub(super) async fn recognise(
        core: &Core,
        api: &ApiCaller,
        request: &VerifyRequest<'_>,
    ) -> Result<Option<Self>, Error> {
        let Some(token) = request.scope_token else { return Ok(None) };
        Ok(Some(Self { recognised: recognise(core, api, token).await? }))
    }

    /// Who came with it.
    pub(super) fn actor(&self) -> Option<Actor> {
        let entry = &self.recognised.as_ref().ok()?.entry;
        Some(Actor { subject: entry.verified.subject.clone(), client_id: entry.credential.clone() })
    }

    /// What it adds to this credential; nothing where it isn't recognised, or is no second token: the credential shown
    /// twice says no more than once.
    pub(super) fn scopes_beside(&self, credential: &Entry) -> Option<&ScopeSet> {
        let other = self.recognised.as_ref().ok()?.entry.verified.as_ref();
        (other.id != credential.verified.id).then_some(&other.scopes)
    }

    /// Whether the DPoP proof of the call is for it: a call has one proof, and a proof names one token (RFC 9449 section
    /// 4.3). It is the credential's where that is bound to a key, or where neither is.
    pub(super) fn takes_the_proof(&self, credential: &Recognised) -> bool {
        let is_bound = |recognised: &Recognised| recognised.as_ref().is_ok_and(|found| found.entry.is_bound_by_dpop());
        is_bound(&self.recognised) && !is_bound(credential)
    }
}
