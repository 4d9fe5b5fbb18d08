//! libFuzzer on every parser of what strangers send. `FUZZ_TARGET` says which; `.ci/fuzz` builds and runs them all.
//!
//! A target states what must hold of whatever is read: most often, that what is written again reads the same.
#![no_main]

mod certificate;
mod http;
mod jose;
mod operations;
mod signed;
mod words;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 15] = [
    ("access_token", signed::access_token),
    ("basic", http::basic),
    ("certificate", certificate::der),
    ("certificate_header", certificate::header),
    ("client_assertion", signed::client_assertion),
    ("compact_jws", jose::compact_jws),
    ("distinguished_name", certificate::distinguished_name),
    ("dpop_proof", signed::dpop_proof),
    ("form", http::form),
    ("jwk_set", jose::jwk_set),
    ("openapi", operations::openapi),
    ("proxy_protocol", http::proxy_protocol),
    ("request_path", operations::request_path),
    ("scope", words::scope),
    ("secret", words::secret),
];

/// The one of this run; libFuzzer itself takes no names.
static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let wanted = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.into_iter().find(|(name, _)| *name == wanted);
    let names = TARGETS.map(|(name, _)| name).join(", ");
    found.unwrap_or_else(|| panic!("FUZZ_TARGET must be one of {names}")).1
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));
