//! What HTTP and the connection bring.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_wire::proxy_protocol::Start;
use latchkey_wire::{basic, form, proxy_protocol};
use url::form_urlencoded::{Serializer, byte_serialize, parse};

/// `Authorization: Basic`, and whatever could stand behind the base64.
pub fn basic(bytes: &[u8]) {
    credentials(bytes);
    credentials(format!("Basic {}", STANDARD.encode(bytes)).as_bytes());
}

fn credentials(value: &[u8]) {
    let Some((id, secret)) = basic::credentials(value) else { return };
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let again = format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(&id), encode(&secret))));
    assert_eq!(basic::credentials(again.as_bytes()), Some((id, secret)));
}

/// A form: what is taken is what the lenient parser of the URL standard takes, and reads back.
pub fn form(bytes: &[u8]) {
    let Ok(pairs) = form::pairs(bytes) else { return };
    assert!(pairs.iter().cloned().eq(parse(bytes)), "the URL standard reads it otherwise");
    let again = Serializer::new(String::new()).extend_pairs(&pairs).finish();
    assert_eq!(form::pairs(again.as_bytes()), Ok(pairs));
}

/// The start of a connection: a header ends where it says, whatever comes behind it and however it comes in.
pub fn proxy_protocol(bytes: &[u8]) {
    let Ok(found) = proxy_protocol::start(bytes) else { return };
    let Start::Header { length, .. } = found else { return };
    let header = &bytes[..length];
    assert_eq!(proxy_protocol::start(header), Ok(found));
    for end in 0..length.min(256) {
        assert_eq!(proxy_protocol::start(&header[..end]), Ok(Start::Incomplete));
    }
}
