//! What has to survive the redirect after a form post, and is read once.
//!
//! A refused form waits under a random name that stands in the URL, bound to the session: other people can't read it.
//! A one-time secret waits as ciphertext, whose key is only in a short-lived cookie: no dump of the database holds it.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use latchkey_core::ports::Slot;
use latchkey_core::random::Random;
use latchkey_core::{Core, Error, PlainSecret};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::components::FormState;
use crate::context::cookie;

/// How long a refused form waits, in seconds.
const FORM_LIFE: i64 = 600;
/// How long a secret waits, in seconds; its cookie too.
const SECRET_LIFE: i64 = 120;
/// Bytes of a slot's name.
const NAME: usize = 16;
/// Bytes of an XChaCha20-Poly1305 key and nonce.
const KEY: usize = 32;
const NONCE: usize = 24;

fn hash(purpose: &[u8], session: &[u8; 32], name: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(purpose).chain_update(session).chain_update(name).finalize().into()
}

/// Keeps a refused form for the page that shows it again. Answers the name for its URL.
pub async fn put_form(core: &Core, session: &[u8; 32], form: &FormState) -> Result<String, Error> {
    let mut name = [0; NAME];
    core.random.fill(&mut name);
    let content = serde_json::to_vec(form).map_err(|cause| Error::Internal(Box::new(cause)))?;
    let expires_at = core.clock.now().plus_seconds(FORM_LIFE);
    core.store.put_slot(&Slot { name_hash: hash(b"form", session, &name), content, expires_at }).await?;
    Ok(URL_SAFE_NO_PAD.encode(name))
}

/// The refused form of this name; `None` where there is none (any more) or it is another session's.
pub async fn take_form(core: &Core, session: &[u8; 32], name: &str) -> Result<Option<FormState>, Error> {
    let Some(name) = URL_SAFE_NO_PAD.decode(name).ok().filter(|name| name.len() == NAME) else { return Ok(None) };
    let content = core.store.take_slot(&hash(b"form", session, &name), core.clock.now()).await?;
    Ok(content.and_then(|content| serde_json::from_slice(&content).ok()))
}

/// A one-time secret and the page that may show it.
#[derive(Debug)]
pub struct OneTime {
    /// What it belongs to: `key_…`, `mk_…`. Another page than this thing's doesn't show it.
    pub subject: String,
    /// The secret itself.
    pub secret: PlainSecret,
}

/// The cookie's name: `__Host-` wherever cookies may be secure.
fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-latchkey-once" } else { "latchkey-once" }
}

fn cookie_header(secure: bool, value: &str, life: i64) -> Result<HeaderValue, Error> {
    let mark = if secure { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={life}{mark}", cookie_name(secure));
    HeaderValue::from_str(&text).map_err(|cause| Error::Internal(Box::new(cause)))
}

/// What opens a sealed secret: the slot's name and the key, together the cookie's value.
type Opener = Zeroizing<[u8; NAME + KEY]>;

/// Seals a secret. Answers what opens it, the hash of the slot's name, and the slot's content: nonce and ciphertext.
fn seal(random: &dyn Random, session: &[u8; 32], one_time: &OneTime) -> Result<(Opener, [u8; 32], Vec<u8>), Error> {
    let mut opener: Opener = Zeroizing::new([0; NAME + KEY]);
    random.fill(opener.as_mut_slice());
    let mut nonce = [0; NONCE];
    random.fill(&mut nonce);
    let (name, key) = opener.split_at(NAME);
    let name_hash = hash(b"secret", session, name);
    let plain = Zeroizing::new(format!("{}\n{}", one_time.subject, one_time.secret.expose()));
    let sealed = cipher(key)?
        .encrypt(&XNonce::from(nonce), Payload { msg: plain.as_bytes(), aad: &name_hash })
        .map_err(|_| Error::Internal("a one-time secret could not be sealed".into()))?;
    Ok((opener, name_hash, [nonce.as_slice(), &sealed].concat()))
}

/// Opens what [`seal`] made; `None` for anything else.
fn open(key: &[u8], name_hash: &[u8; 32], content: &[u8]) -> Result<Option<OneTime>, Error> {
    let Some((nonce, sealed)) = content.split_first_chunk::<NONCE>() else { return Ok(None) };
    let plain =
        cipher(key)?.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: name_hash }).ok().map(Zeroizing::new);
    let opened =
        plain.as_ref().and_then(|plain| std::str::from_utf8(plain).ok()).and_then(|text| text.split_once('\n'));
    Ok(opened
        .map(|(subject, secret)| OneTime { subject: subject.to_owned(), secret: PlainSecret::new(secret.to_owned()) }))
}

/// Seals a secret into a slot. Answers the `Set-Cookie` header whose value opens it.
pub async fn put_secret(
    core: &Core,
    session: &[u8; 32],
    secure: bool,
    one_time: &OneTime,
) -> Result<HeaderValue, Error> {
    let (opener, name_hash, content) = seal(core.random.as_ref(), session, one_time)?;
    let expires_at = core.clock.now().plus_seconds(SECRET_LIFE);
    core.store.put_slot(&Slot { name_hash, content, expires_at }).await?;
    cookie_header(secure, &URL_SAFE_NO_PAD.encode(opener.as_slice()), SECRET_LIFE)
}

/// Opens the secret that waits for this browser and empties its slot. `None` where there is none (any more).
pub async fn take_secret(
    core: &Core,
    session: &[u8; 32],
    secure: bool,
    headers: &HeaderMap,
) -> Result<Option<OneTime>, Error> {
    let Some(opener) = cookie(headers, cookie_name(secure))
        .and_then(|value| URL_SAFE_NO_PAD.decode(value).ok())
        .map(Zeroizing::new)
        .filter(|opener| opener.len() == NAME + KEY)
    else {
        return Ok(None);
    };
    let (name, key) = opener.split_at(NAME);
    let name_hash = hash(b"secret", session, name);
    match core.store.take_slot(&name_hash, core.clock.now()).await? {
        Some(content) => open(key, &name_hash, &content),
        None => Ok(None),
    }
}

/// The `Set-Cookie` header that forgets the cookie of a shown secret.
pub fn forget_secret(secure: bool) -> Result<(header::HeaderName, HeaderValue), Error> {
    Ok((header::SET_COOKIE, cookie_header(secure, "", 0)?))
}

fn cipher(key: &[u8]) -> Result<XChaCha20Poly1305, Error> {
    XChaCha20Poly1305::new_from_slice(key).map_err(|cause| Error::Internal(Box::new(cause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts up, so that a test knows what it got.
    struct Counting(std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn one_time() -> OneTime {
        OneTime { subject: "key_7Gk2mPq9XzRtA1b2".to_owned(), secret: PlainSecret::new("lk_live_canary".to_owned()) }
    }

    // F-19: what rests in the database opens with the cookie alone, and with nothing else
    #[test]
    fn a_sealed_secret_opens_with_its_cookie_only() {
        let (opener, name_hash, content) = seal(&Counting(0.into()), &[1; 32], &one_time()).unwrap();
        let key = &opener[NAME..];
        let shown = open(key, &name_hash, &content).unwrap().unwrap();
        assert_eq!((shown.subject.as_str(), shown.secret.expose()), ("key_7Gk2mPq9XzRtA1b2", "lk_live_canary"));

        assert!(!content.windows(6).any(|part| part == b"canary"));
        assert!(!content.windows(KEY).any(|part| part == key));
        assert!(open(&[0; KEY], &name_hash, &content).unwrap().is_none());
        let of_another_session = hash(b"secret", &[2; 32], &opener[..NAME]);
        assert_ne!(of_another_session, name_hash);
        assert!(open(key, &of_another_session, &content).unwrap().is_none());
        assert!(open(key, &name_hash, &content[..content.len() - 1]).unwrap().is_none());
        assert!(open(key, &name_hash, &[]).unwrap().is_none());
    }

    // Q1
    #[test]
    fn the_cookie_is_bound_to_the_host_wherever_it_can_be() {
        let secure = cookie_header(true, "value", 120).unwrap();
        assert_eq!(secure, "__Host-latchkey-once=value; Path=/; HttpOnly; SameSite=Strict; Max-Age=120; Secure");
        let plain = cookie_header(false, "value", 120).unwrap();
        assert_eq!(plain, "latchkey-once=value; Path=/; HttpOnly; SameSite=Strict; Max-Age=120");
        let (_, gone) = forget_secret(true).unwrap();
        assert!(gone.to_str().unwrap().contains("Max-Age=0"));
    }

    #[test]
    fn a_cookie_that_comes_twice_is_none() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; b=2; a=3"));
        assert_eq!(cookie(&headers, "a"), None);
        assert_eq!(cookie(&headers, "b"), Some("2"));
    }

    #[test]
    fn a_form_reads_back() {
        let form = FormState::of([("a", "1".to_owned()), ("a", "2".to_owned())]).with_error("a", "no");
        let text = serde_json::to_vec(&form).unwrap();
        assert_eq!(serde_json::from_slice::<FormState>(&text).unwrap(), form);
    }
}
