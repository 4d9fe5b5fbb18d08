//! The secrets of webhooks, and what is signed with them: "Signature scheme" of <https://www.standardwebhooks.com>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use latchkey_types::{Timestamp, WebhookId};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::StoredWebhook;
use crate::core::Core;
use crate::error::Error;
use crate::plain_secret::PlainSecret;
use crate::random;
use crate::vault::Sealed;

/// HMAC-SHA-256.
pub const SIGNATURE_VERSION: &str = "v1";
/// What stands before the base64 of a secret that is shown.
const PREFIX: &str = "whsec_";

/// A new secret: as it is shown once, and as it rests.
pub(super) fn generate(core: &Core, id: &WebhookId) -> (PlainSecret, Sealed) {
    let key = Zeroizing::new(random::bits(core.random.as_ref()));
    let shown = PlainSecret::new(format!("{PREFIX}{}", STANDARD.encode(*key)));
    (shown, seal(core, id, &*key))
}

pub(super) fn seal(core: &Core, id: &WebhookId, key: &[u8]) -> Sealed {
    core.vault.seal(&associated(id), key, core.random.as_ref())
}

pub(super) fn open(core: &Core, id: &WebhookId, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Error> {
    let opened = core.vault.open(&sealed.by, &associated(id), &sealed.bytes);
    opened.map_err(|error| Error::Internal(format!("the secret of {id}: {error}").into()))
}

/// So that no sealed secret can be put in the place of another.
fn associated(id: &WebhookId) -> Vec<u8> {
    format!("webhook/{id}").into_bytes()
}

/// `webhook-signature` of a message that is sent now: by the secret in use, and by the one before it while that still
/// holds, with a space between them.
pub(crate) fn signatures(
    core: &Core,
    stored: &StoredWebhook,
    message: &str,
    now: Timestamp,
    body: &str,
) -> Result<String, Error> {
    let id = &stored.webhook.id;
    let previous = stored.previous.as_ref().filter(|previous| previous.until > now).map(|previous| &previous.sealed);
    let signed = [Some(&stored.sealed), previous].into_iter().flatten().map(|sealed| {
        let key = open(core, id, sealed)?;
        Ok(signature(&key, message, now.as_seconds(), body))
    });
    Ok(signed.collect::<Result<Vec<_>, Error>>()?.join(" "))
}

/// `v1,` and the base64 of the HMAC-SHA-256 of `{message}.{timestamp}.{body}`.
pub fn signature(key: &[u8], message: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(format!("{message}.{timestamp}.").as_bytes());
    mac.update(body.as_bytes());
    format!("{SIGNATURE_VERSION},{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    // the example of https://www.standardwebhooks.com's reference libraries
    #[test]
    fn the_reference_libraries_test_vector() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
