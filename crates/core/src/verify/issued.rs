//! Tokens that were made, for whoever asks again. They are remembered by the rules of the verified-cache: dropped by
//! a change of anything that they stand on, and believed only while the change log is followed.

use std::sync::Arc;

use latchkey_jose::AccessToken;

use super::entry::subjects;
use super::verifier::{Digest, StandsOn, Subject, Ticket};
use crate::apis::Api;
use crate::core::Core;
use crate::orgs::Org;
use crate::plain_secret::PlainSecret;

/// A token that was issued.
pub(crate) struct Issued {
    /// The token.
    pub(crate) token: PlainSecret,
    /// What it says.
    pub(crate) claims: AccessToken,
    /// What it stands on.
    subjects: Vec<Subject>,
}

impl Issued {
    /// A token of this client for this API; `signed_by` is the `kid` of a JWT.
    pub(crate) fn new(
        token: PlainSecret,
        claims: AccessToken,
        holder: &Org,
        api: &Api,
        signed_by: Option<&str>,
    ) -> Self {
        let mut subjects = subjects(&claims.client_id, holder, api, signed_by);
        subjects.push(Subject::new(&claims.jti));
        Self::on(token, claims, subjects)
    }

    /// A token that stands on these.
    pub(super) fn on(token: PlainSecret, claims: AccessToken, subjects: Vec<Subject>) -> Self {
        Self { token, claims, subjects }
    }
}

impl StandsOn for Issued {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }
}

/// The token that was issued for a request of this digest, where nothing that it stands on has changed.
pub(crate) fn issued_before(core: &Core, digest: &Digest) -> Option<Arc<Issued>> {
    core.verifier.recall_issued(digest, core.clock.monotonic())
}

/// Remembers a token for the next request of this digest, unless what it stands on has changed since the ticket was taken.
pub(crate) fn remember_issued(core: &Core, digest: Digest, ticket: Ticket, issued: Issued) {
    core.verifier.keep_issued(digest, ticket, issued);
}
