//! Metadata and labels: small JSON objects.

use serde_json::{Map, Value};

use super::{Checked, wrong};

/// The most that the object may take as JSON, in bytes.
pub const MAX_METADATA_BYTES: usize = 4096;
/// The deepest that objects and arrays may stand in each other, the outermost counted.
pub const MAX_METADATA_DEPTH: usize = 4;

/// A JSON object of at most 4 KiB and 4 levels, without NUL in its strings (`PostgreSQL` can't hold it).
pub fn metadata(field: &str, given: &Map<String, Value>) -> Checked<Map<String, Value>> {
    if !given.values().all(|value| depth_within(value, MAX_METADATA_DEPTH - 1)) {
        return wrong(field, format!("objects and arrays at most {MAX_METADATA_DEPTH} deep"));
    }
    if given.iter().any(|(name, value)| has_nul_text(name) || has_nul(value)) {
        return wrong(field, "leave out the NUL character");
    }
    let bytes = serde_json::to_vec(given).map_or(usize::MAX, |json| json.len());
    if bytes > MAX_METADATA_BYTES {
        return wrong(field, format!("at most {MAX_METADATA_BYTES} bytes of JSON"));
    }
    Ok(given.clone())
}

/// Looks no deeper than `levels`, so that no input can use up the stack.
fn depth_within(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| depth_within(item, levels - 1)),
        Value::Object(members) => levels > 0 && members.values().all(|member| depth_within(member, levels - 1)),
        _ => true,
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => has_nul_text(text),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, member)| has_nul_text(name) || has_nul(member)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn has_nul_text(text: &str) -> bool {
    text.contains('\0')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn check(value: &Value) -> Checked<Map<String, Value>> {
        metadata("metadata", value.as_object().unwrap())
    }

    #[test]
    fn size_depth_and_nul() {
        assert!(check(&json!({})).is_ok());
        assert!(check(&json!({ "a": { "b": { "c": {} } } })).is_ok());
        assert!(check(&json!({ "a": { "b": { "c": { "d": 1 } } } })).is_ok());
        assert!(check(&json!({ "a": { "b": { "c": { "d": [] } } } })).is_err());
        assert!(check(&json!({ "a": [[[[]]]] })).is_err());
        assert!(check(&json!({ "a": "x\0" })).is_err());
        assert!(check(&json!({ "a\0": 1 })).is_err());
        assert!(check(&json!({ "a": [{ "b\0": 1 }] })).is_err());
        let fits = 4096 - r#"{"a":""}"#.len();
        assert!(check(&json!({ "a": "x".repeat(fits) })).is_ok());
        assert!(check(&json!({ "a": "x".repeat(fits + 1) })).is_err());
    }

    // F-24
    #[test]
    fn ten_thousand_levels_are_refused_without_using_up_the_stack() {
        let deep = (0..10_000).fold(json!(1), |inner, _| Value::Array(vec![inner]));
        let mut object = Map::new();
        object.insert("a".to_owned(), deep);
        assert!(metadata("metadata", &object).is_err());
        // Dropping so deep a value recurses as well; no parser of ours makes one.
        std::mem::forget(object);
    }

    proptest! {
        #[test]
        fn nothing_panics(name: String, text: String, number: f64) {
            let _ = check(&json!({ name: [text, number] }));
        }
    }
}
