//! What a client gets that asks again while its last token is good (`repeated_request`).

use latchkey_jose::Confirmation;
use latchkey_types::Timestamp;
use sha2::{Digest as _, Sha256};

use super::issue::Decision;
use crate::verify::{Digest, Issued};

/// The same client, API, scopes and key: lengths keep the parts apart.
pub(super) fn digest(decision: &Decision<'_>, cnf: Option<&Confirmation>) -> Digest {
    let scopes = decision.scopes.to_string();
    let part = |text: Option<&String>| text.map_or("", String::as_str).to_owned();
    let (jkt, x5t) = cnf.map_or_else(Default::default, |cnf| (part(cnf.jkt.as_ref()), part(cnf.x5t_s256.as_ref())));
    let parts = [decision.party.id.as_str(), decision.target.api.id.as_str(), &scopes, &jkt, &x5t];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// How many seconds this token has left, where that is half of its life at least.
pub(crate) fn seconds_left(issued: &Issued, now: Timestamp) -> Option<i64> {
    let life = issued.claims.exp.as_seconds() - issued.claims.iat.as_seconds();
    // up to the end of this second: `expires_in` is never more than the token has
    let left = issued.claims.exp.as_seconds() - now.as_seconds();
    (left > 0 && left * 2 >= life).then_some(left)
}
