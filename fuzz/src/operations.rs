//! `OpenAPI` documents, and the paths that are looked up in them.

use std::sync::LazyLock;

use latchkey_core::apis::operations::{
    Description, DocumentFormat, Lookup, MAX_OPERATIONS, Matcher, Method, Operation, read_document,
};

/// A document: what is read is bounded, reads back as stored, and each operation without parameters is found. Who reads it
/// as JSON and who reads it as YAML read the same.
pub fn openapi(bytes: &[u8]) {
    let json = read_document(bytes, DocumentFormat::Json);
    let yaml = read_document(bytes, DocumentFormat::Yaml);
    if let (Ok(json), Ok(yaml)) = (&json, &yaml) {
        assert_eq!(json, yaml);
    }
    for description in [json, yaml].into_iter().flatten() {
        check(&description);
    }
}

fn check(description: &Description) {
    assert!(description.operations.len() <= MAX_OPERATIONS);
    let stored = serde_json::to_string(description).expect("texts");
    assert_eq!(serde_json::from_str::<Description>(&stored).expect("as it was stored"), *description);
    let matcher = Matcher::new(description.operations.clone());
    for operation in &description.operations {
        assert!(operation.needs.iter().all(|needed| !needed.is_empty()));
        let is_plain = operation.path.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/');
        if is_plain {
            let found = matcher.find(operation.method.as_str(), &operation.path);
            assert!(matches!(found, Lookup::Known(known) if known.path == operation.path), "{}", operation.path);
        }
    }
}

/// Templates that a sly path could be mistaken for another one of.
static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    let paths = ["/", "/a", "/a/", "/a/{x}", "/a/b", "/a/{x}:c", "/{x}/b", "/a/{x}/{y}.json", "/A/c"];
    Matcher::new(paths.map(|path| Operation {
        id: None,
        method: Method::Get,
        path: path.to_owned(),
        summary: String::new(),
        needs: Vec::new(),
    }))
});

/// A request's path: one that is an operation reads the same to who decodes it once more, merges slashes, resolves dots or
/// cuts parameters off.
pub fn request_path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Lookup::Known(operation) = MATCHER.find("GET", text) else { return };
    let path = text.split('?').next().unwrap_or_default();
    let once = decoded(path.as_bytes());
    let twice = decoded(&once);
    assert_eq!(once.len(), twice.len(), "encoded twice");
    assert_eq!(slashes(path.as_bytes()), slashes(&once), "an encoded slash");
    assert!(!once.windows(2).any(|two| two == b"//"), "an empty segment");
    assert!(!once.iter().any(|byte| matches!(byte, b'\\' | b';' | b'#' | b'?' | 0..=0x1f | 0x7f)));
    assert!(!once.split(|byte| *byte == b'/').any(|segment| matches!(segment, b"." | b"..")));
    assert_eq!(slashes(operation.path.as_bytes()), slashes(&once), "a template has as many segments as its path");
}

fn slashes(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'/').count() - 1
}

/// As the URL standard decodes: what isn't an escape stays.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(text.get(at + 1)), digit(text.get(at + 2))) {
            decoded.push(u8::try_from(16 * high + low).expect("two digits"));
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    decoded
}
