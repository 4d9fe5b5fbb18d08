//! Certificates, in proxies' headers and by themselves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use latchkey_core::certificate::{Certificate, DistinguishedName, from_header};

/// A proxy's header: what is read reads the same from the form of RFC 9440.
pub fn header(bytes: &[u8]) {
    let Some(read) = from_header(bytes) else { return };
    assert!(!read.is_empty());
    assert_eq!(from_header(format!(":{}:", STANDARD.encode(&read)).as_bytes()), Some(read.clone()));
    der(&read);
}

/// DER: its name, if it has one, is written in the one way that names are compared in.
pub fn der(bytes: &[u8]) {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    assert_eq!(certificate.thumbprint.len(), 43);
    if let Some(subject) = &certificate.subject {
        assert_eq!(subject.as_str().parse().as_ref(), Ok(subject));
    }
}

/// A name as somebody types it (RFC 4514).
pub fn distinguished_name(bytes: &[u8]) {
    let Some(name) = std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<DistinguishedName>().ok()) else {
        return;
    };
    assert_eq!(name.as_str().parse(), Ok(name));
}
