//! Certificates in the headers of proxies.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::read_pem;

/// The DER in a proxy's header, in any form that proxies send: `:base64:` (RFC 9440 section 2.1), PEM, or base64 by
/// itself, the latter two perhaps with percent-escapes (nginx's `$ssl_client_escaped_cert`). `None` for anything else.
pub fn from_header(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?.trim_ascii();
    if let Some(item) = text.strip_prefix(':') {
        return STANDARD.decode(item.strip_suffix(':')?).ok().filter(|der| !der.is_empty());
    }
    let text = unescaped(text)?;
    if text.contains("-----BEGIN ") {
        let [der] = <[Vec<u8>; 1]>::try_from(read_pem(&text).ok()?).ok()?;
        return Some(der);
    }
    STANDARD.decode(text).ok().filter(|der| !der.is_empty())
}

/// Percent-escapes, read strictly; a plus is a plus.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? << 4 | digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAQID+/8=\n-----END CERTIFICATE-----\n";
    const DER: [u8; 5] = [1, 2, 3, 0xFB, 0xFF];

    fn escaped(text: &str) -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    }

    // L2: what nginx, HAProxy, Traefik and RFC 9440 send
    #[test]
    fn each_form_of_proxies() {
        let tabbed = PEM.replace('\n', "\n\t");
        let half = PEM.replace('\n', "%0A").replace(' ', "%20");
        for value in
            [escaped(PEM), escaped(&tabbed), half, ":AQID+/8=:".into(), "AQID+/8=".into(), "AQID%2B%2F8%3D".into()]
        {
            assert_eq!(from_header(value.as_bytes()).as_deref(), Some(&DER[..]), "{value}");
        }
    }

    // L2
    #[test]
    fn anything_else_is_nothing() {
        let two = escaped(&format!("{PEM}{PEM}"));
        let key = escaped(&PEM.replace("CERTIFICATE", "PRIVATE KEY"));
        for value in [
            "",
            ":",
            "::",
            ":AQID",
            ":AQID+/8=:,:AQID:",
            "AQID+/8=,AQID",
            "A?",
            "%",
            "%4",
            "%zz",
            "%ff",
            "SUCCESS!",
            &two,
            &key,
        ] {
            assert_eq!(from_header(value.as_bytes()), None, "{value}");
        }
        assert_eq!(from_header(b"\xff"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(value: Vec<u8>, text in any::<String>()) {
            let _ = from_header(&value);
            let _ = from_header(text.as_bytes());
            let _ = from_header(format!("-----BEGIN {text}").as_bytes());
            let _ = from_header(format!(":{text}:").as_bytes());
        }
    }
}
