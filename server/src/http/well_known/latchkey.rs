//! `GET /.well-known/latchkey`: what a secret of this installation looks like, and where to report or end one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use latchkey_core::Core;
use latchkey_types::secret::{CHECK_LENGTH, ID_LENGTH, SECRET_LENGTH, SecretKind};
use serde::Serialize;

/// How long it may be kept, in seconds.
const MAX_AGE: u32 = 3_600;

#[derive(Serialize)]
struct Description {
    issuer: String,
    brand: String,
    secret_pattern: String,
    kinds: Vec<Kind>,
    check: Check,
    revoke_endpoint: String,
    leak_report_endpoint: String,
    /// Whether the operator configured somebody whose reports are believed.
    leak_reports_accepted: bool,
    leak_report_signature: Signature,
}

#[derive(Serialize)]
struct Kind {
    kind: &'static str,
    description: &'static str,
    pattern: String,
}

#[derive(Serialize)]
struct Check {
    algorithm: &'static str,
    over: &'static str,
    encoding: &'static str,
    characters: usize,
}

#[derive(Serialize)]
struct Signature {
    algorithm: &'static str,
    over: &'static str,
    encoding: &'static str,
    key_identifier_header: &'static str,
    signature_header: &'static str,
}

/// Describes this installation's secrets. Any page may read it.
pub async fn latchkey(State(core): State<Arc<Core>>) -> Response {
    let headers = [
        (header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    (headers, Json(describe(&core))).into_response()
}

fn describe(core: &Core) -> Description {
    let (brand, issuer) = (&core.settings.brand, &core.settings.issuer);
    let words: Vec<&str> = SecretKind::ALL.iter().map(|kind| kind.as_str()).collect();
    Description {
        issuer: issuer.clone(),
        brand: brand.clone(),
        secret_pattern: pattern(brand, &format!("({})", words.join("|"))),
        kinds: SecretKind::ALL.into_iter().map(|kind| describe_kind(brand, kind)).collect(),
        check: Check {
            algorithm: "CRC-32 (zlib, ISO 3309)",
            over: "every character before it",
            encoding: "base62: 0-9A-Za-z, most significant digit first, padded with 0",
            characters: CHECK_LENGTH,
        },
        revoke_endpoint: format!("{issuer}/v1/revoke"),
        leak_report_endpoint: format!("{issuer}/v1/leaks"),
        leak_reports_accepted: !core.settings.leak_reporters.is_empty(),
        leak_report_signature: Signature {
            algorithm: "ECDSA-NIST-P256V1-SHA256",
            over: "the raw body",
            encoding: "base64 of ASN.1 DER",
            key_identifier_header: "Github-Public-Key-Identifier",
            signature_header: "Github-Public-Key-Signature",
        },
    }
}

fn describe_kind(brand: &str, kind: SecretKind) -> Kind {
    let description = match kind {
        SecretKind::Live => "API key",
        SecretKind::Test => "API key for trying out",
        SecretKind::Verify => "verification key: with it an API asks about credentials",
        SecretKind::Manage => "management key: drives the management API",
        SecretKind::Secret => "client secret of an OAuth 2 client",
        SecretKind::AccessToken => "opaque access token, or initial access token of client registration",
        SecretKind::Once => "action token: swapped once for an access token",
    };
    Kind { kind: kind.as_str(), description, pattern: pattern(brand, kind.as_str()) }
}

/// The contract's regular expression; a brand has no character that means something in one.
fn pattern(brand: &str, kind: &str) -> String {
    format!(r"\b{brand}_{kind}_[0-9A-Za-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{{}}}\b", SECRET_LENGTH + CHECK_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    // contract section 3
    #[test]
    fn the_pattern_is_the_contracts() {
        assert_eq!(
            pattern("lk", "(live|test|verify|manage|secret|at|once)"),
            r"\blk_(live|test|verify|manage|secret|at|once)_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}\b"
        );
    }
}
