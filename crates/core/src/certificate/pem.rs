//! Certificates as PEM (RFC 7468). Text around them is skipped, as OpenSSL writes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";
const LABEL_END: &str = "-----";
const CERTIFICATE: &str = "CERTIFICATE";

/// Why a text isn't PEM of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPem {
    /// No certificate in it.
    #[error("no certificate in it: a text that begins with -----BEGIN CERTIFICATE----- is expected")]
    Empty,
    /// A private key, which must stay where it is.
    #[error("a private key is in it: it must not leave its holder, send the certificate alone")]
    PrivateKey,
    /// A block that doesn't end, isn't base64, or is empty.
    #[error("a block of it is damaged")]
    Damaged,
}

/// The DER of each certificate in the text, in order.
///
/// # Errors
/// [`InvalidPem`].
pub fn read(text: &str) -> Result<Vec<Vec<u8>>, InvalidPem> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        let (label, body) = rest[begin + BEGIN.len()..].split_once(LABEL_END).ok_or(InvalidPem::Damaged)?;
        if label.ends_with("PRIVATE KEY") {
            return Err(InvalidPem::PrivateKey);
        }
        let (body, behind) = body.split_once(&format!("-----END {label}-----")).ok_or(InvalidPem::Damaged)?;
        if label == CERTIFICATE {
            let digits: String = body.chars().filter(|char| !char.is_ascii_whitespace()).collect();
            let der = STANDARD.decode(digits).ok().filter(|der| !der.is_empty());
            found.push(der.ok_or(InvalidPem::Damaged)?);
        }
        rest = behind;
    }
    if found.is_empty() { Err(InvalidPem::Empty) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pem(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    #[test]
    fn each_certificate_in_order() {
        let text = format!("subject=/CN=x\n{}\r\n{}", pem(CERTIFICATE, "AQI\r\nD"), pem(CERTIFICATE, "BAUG"));
        assert_eq!(read(&text), Ok(vec![vec![1, 2, 3], vec![4, 5, 6]]));
        assert_eq!(read(&format!("{}{}", pem("X509 CRL", "AQID"), pem(CERTIFICATE, "AQID"))), Ok(vec![vec![1, 2, 3]]));
    }

    #[test]
    fn what_is_none_is_refused() {
        assert_eq!(read(""), Err(InvalidPem::Empty));
        assert_eq!(read(&pem("PUBLIC KEY", "AQID")), Err(InvalidPem::Empty));
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nAQID\n"), Err(InvalidPem::Damaged));
        assert_eq!(read("-----BEGIN CERTIFICATE"), Err(InvalidPem::Damaged));
        assert_eq!(read(&pem(CERTIFICATE, "A?ID")), Err(InvalidPem::Damaged));
        assert_eq!(read(&pem(CERTIFICATE, "")), Err(InvalidPem::Damaged));
    }

    // F-19: nobody's private key is taken, wherever it stands
    #[test]
    fn a_private_key_is_refused() {
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let text = format!("{}{}", pem(CERTIFICATE, "AQID"), pem(label, "AQID"));
            assert_eq!(read(&text), Err(InvalidPem::PrivateKey), "{label}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), body in any::<String>()) {
            let _ = read(&text);
            let _ = read(&pem(CERTIFICATE, &body));
            let _ = read(&format!("-----BEGIN {text}{body}"));
        }
    }
}
