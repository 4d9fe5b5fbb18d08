//! Who may report: whoever signs with a key that the operator configured, as GitHub's secret scanning signs its reports
//! to partners (ECDSA P-256 over the raw body, SHA-256, ASN.1 DER in base64).

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::core::Core;
use crate::error::Error;

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";
/// Two numbers of 32 bytes in DER are 72 bytes at most, which base64 makes 96 of.
const LONGEST_SIGNATURE: usize = 128;

/// A text isn't a reporter's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an ECDSA P-256 public key in PEM: -----BEGIN PUBLIC KEY-----")]
pub struct BadReporterKey;

/// Somebody whose reports are believed, by one of their keys.
#[derive(Clone)]
pub struct LeakReporter {
    name: String,
    key_identifier: String,
    key: ParsedPublicKey,
}

impl LeakReporter {
    /// `key_identifier` is what reports name the key by; `pem` the public key.
    ///
    /// # Errors
    /// [`BadReporterKey`].
    pub fn new(name: String, key_identifier: String, pem: &str) -> Result<Self, BadReporterKey> {
        let body = pem.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(BadReporterKey)?;
        let digits: String = body.chars().filter(|char| !char.is_ascii_whitespace()).collect();
        let der = STANDARD.decode(digits).map_err(|_| BadReporterKey)?;
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, der).map_err(|_| BadReporterKey)?;
        Ok(Self { name, key_identifier, key })
    }

    /// What the operator calls them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What reports name the key by.
    pub fn key_identifier(&self) -> &str {
        &self.key_identifier
    }

    fn has_signed(&self, body: &[u8], signature: &str) -> bool {
        if signature.len() > LONGEST_SIGNATURE {
            return false;
        }
        STANDARD.decode(signature).is_ok_and(|signature| self.key.verify_sig(body, &signature).is_ok())
    }
}

impl fmt::Debug for LeakReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LeakReporter({}, {})", self.name, self.key_identifier)
    }
}

/// A reporter who signed what was sent.
#[derive(Debug)]
pub struct ProvenReporter<'a> {
    pub(super) name: &'a str,
}

/// The reporter who signed this body.
///
/// # Errors
/// [`Error::Unauthenticated`] for a key that isn't configured and a wrong signature alike.
pub fn authenticate<'a>(
    core: &'a Core,
    key_identifier: &str,
    signature: &str,
    body: &[u8],
) -> Result<ProvenReporter<'a>, Error> {
    core.settings
        .leak_reporters
        .iter()
        .find(|reporter| reporter.key_identifier == key_identifier)
        .filter(|reporter| reporter.has_signed(body, signature))
        .map(|reporter| ProvenReporter { name: &reporter.name })
        .ok_or(Error::Unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;

    // github/docs, "Secret scanning partner program": a key, a body and a signature that GitHub published as a sample
    const KEY: &str = "-----BEGIN PUBLIC KEY-----\n\
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq\n\
        kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==\n\
        -----END PUBLIC KEY-----\n";
    const BODY: &[u8] = br#"[{"token":"some_token","type":"some_type","url":"some_url"}]"#;
    const SIGNATURE: &str =
        "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=";

    fn github() -> LeakReporter {
        LeakReporter::new("GitHub".to_owned(), "90a421169f0a4".to_owned(), KEY).unwrap()
    }

    #[test]
    fn a_signature_of_github_holds() {
        assert!(github().has_signed(BODY, SIGNATURE));
    }

    #[test]
    fn nothing_else_does() {
        let reporter = github();
        assert!(!reporter.has_signed(&BODY[1..], SIGNATURE));
        assert!(!reporter.has_signed(b"", SIGNATURE));
        for end in 0..SIGNATURE.len() {
            assert!(!reporter.has_signed(BODY, &SIGNATURE[..end]), "{end}");
        }
        for wrong in ["", "*", &SIGNATURE.replace('M', "N"), &format!("{SIGNATURE}AAAA"), &"A".repeat(100_000)] {
            assert!(!reporter.has_signed(BODY, wrong), "{wrong}");
        }
    }

    #[test]
    fn other_keys_are_refused() {
        let refused = |pem: &str| LeakReporter::new(String::new(), String::new(), pem).err();
        // Ed25519, RFC 8410 section 10.1
        let ed25519 = format!("{BEGIN}\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n{END}");
        let half = KEY.replace("kCmRCBnYERxZ", "");
        let private = KEY.replace("PUBLIC", "PRIVATE");
        for pem in ["", "x", &ed25519, &half, &private, &KEY.replace("9MJJ", "9MJK"), BEGIN, END] {
            assert_eq!(refused(pem), Some(BadReporterKey), "{pem}");
        }
    }
}
