//! The key that a token is bound to (RFC 9449 section 5, RFC 8705 section 3).

use latchkey_jose::Confirmation;
use latchkey_types::Timestamp;

use super::party::Party;
use super::{ClientAuthentication, TokenError, TokenRequest};
use crate::apps::TokenBinding;

/// `cnf` of a token for this party. A DPoP proof binds it to the proof's key. A certificate binds it where the party's
/// tokens always are, and where the client authenticated by it and brought no DPoP proof: a client that has two keys
/// chooses one of them, so that an API needn't see both. Where every token must be bound (`must_bind`, the security tier),
/// a certificate binds it that merely is there, too.
pub(super) fn confirmation(
    party: &Party,
    request: &TokenRequest,
    must_bind: bool,
    now: Timestamp,
) -> Result<Option<Confirmation>, TokenError> {
    let jkt = request.dpop.as_ref().map(|proof| proof.jkt.clone());
    let certificate = request.certificate.as_ref().map(|presented| &presented.certificate);
    let authenticated_by_it = matches!(request.client, Some(ClientAuthentication::Certificate(_)));
    let x5t_s256 = match party.token_binding {
        TokenBinding::Dpop if jkt.is_none() => {
            return Err(TokenError::InvalidRequest(
                "Tokens of this client are bound to a DPoP key: send a DPoP proof.",
            ));
        }
        TokenBinding::Certificate => {
            let certificate = certificate.filter(|certificate| certificate.holds_at(now));
            Some(certificate.ok_or(TokenError::InvalidRequest(
                "Tokens of this client are bound to its certificate: come by mutual TLS, with one that holds.",
            ))?)
        }
        TokenBinding::None | TokenBinding::Dpop => certificate
            .filter(|certificate| jkt.is_none() && (authenticated_by_it || must_bind && certificate.holds_at(now))),
    };
    if must_bind && jkt.is_none() && x5t_s256.is_none() {
        return Err(TokenError::InvalidRequest(
            "The security tier wants tokens bound to a key: send a DPoP proof, or come by mutual TLS.",
        ));
    }
    let x5t_s256 = x5t_s256.map(|certificate| certificate.thumbprint.clone());
    Ok((jkt.is_some() || x5t_s256.is_some()).then_some(Confirmation { jkt, x5t_s256 }))
}
