//! OAuth clients that proved themselves by a secret: the next token costs them no look-up. They are remembered by the rules
//! of the verified-cache. Only a right secret is found here, so that an unknown client and a wrong secret still cost the
//! same (A9).

use std::sync::Arc;

use latchkey_types::Timestamp;

use super::entry::subjects;
use super::verifier::{Digest, StandsOn, Subject, Ticket};
use crate::core::Core;
use crate::oauth::Party;

/// A client that proved itself by a secret.
pub(crate) struct ProvenClient {
    /// The client.
    pub(crate) party: Arc<Party>,
    /// `sec_…`
    pub(crate) secret_id: String,
    /// Until when that holds.
    ends_at: Option<Timestamp>,
    /// What it stands on; its secrets and grants are changes of the app.
    subjects: Vec<Subject>,
}

impl ProvenClient {
    /// A client with its secret's id and end.
    pub(crate) fn new(party: Arc<Party>, secret_id: String, ends_at: Option<Timestamp>) -> Self {
        let (id, holder) = (party.id.as_str(), &party.holder);
        let of_apis = party.granted.iter().flat_map(|granted| subjects(id, holder, &granted.api, None));
        let own = [id, holder.id.as_str()].map(Subject::new);
        let subjects = own.into_iter().chain(of_apis).collect();
        Self { party, secret_id, ends_at, subjects }
    }
}

impl StandsOn for ProvenClient {
    fn subjects(&self) -> &[Subject] {
        &self.subjects
    }
}

/// The client that proved itself by this before, where nothing that it stands on has changed and the secret holds.
pub(crate) fn client_before(core: &Core, digest: &Digest) -> Option<Arc<ProvenClient>> {
    let now = core.clock.now();
    let known = core.verifier.recall_client(digest, core.clock.monotonic())?;
    known.ends_at.is_none_or(|end| end > now).then_some(known)
}

/// Remembers a client, unless what it stands on has changed since the ticket was taken.
pub(crate) fn remember_client(core: &Core, digest: Digest, ticket: Ticket, client: ProvenClient) {
    core.verifier.keep_client(digest, ticket, client);
}
