//! Whether an answer is what `GET /api/openapi.json` says of it: its status, its type, and each member.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::routes::Row;
use crate::app::TestApp;
use crate::world::{self, Answer, request};

/// The description.
pub struct Described(Value);

impl Described {
    pub async fn new(app: &TestApp) -> Self {
        Self(world::send(app, request("GET", "/api/openapi.json", "", &Value::Null)).await.expect(200).json())
    }

    fn operation(&self, row: &Row) -> &Value {
        &self.0["paths"][format!("/api/v1{}", row.template)][row.method.to_lowercase()]
    }

    /// The least role that its `security` names.
    pub fn role(&self, row: &Row) -> Option<&str> {
        self.operation(row)["security"][0]["management_key"][0].as_str()
    }

    #[track_caller]
    pub fn check(&self, row: &Row, answer: &Answer) {
        let misfits = self.misfits_of(row, answer);
        assert!(misfits.is_empty(), "{} {} {}: {misfits:#?}\n{answer:?}", row.method, row.template, answer.status);
    }

    fn misfits_of(&self, row: &Row, answer: &Answer) -> Vec<String> {
        let response = &self.operation(row)["responses"][answer.status.to_string()];
        if response.is_null() {
            return vec!["this status isn't described".to_owned()];
        }
        let Some(content) = response["content"].as_object() else {
            let misfit = (!answer.body.is_empty()).then(|| "no body is described".to_owned());
            return misfit.into_iter().collect();
        };
        let kind = answer.header("content-type").split(';').next().unwrap_or_default();
        match content.get(kind) {
            None => vec![format!("{kind:?} isn't described")],
            Some(described) => self.misfits(&described["schema"], &answer.json(), ""),
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.0.pointer(&reference[1..]).expect(reference),
            None => schema,
        }
    }

    /// All members that a schema describes, those of its parts with them; `None`: any may stand there.
    fn members<'a>(&'a self, schema: &'a Value) -> Option<BTreeMap<&'a str, &'a Value>> {
        let schema = self.resolve(schema);
        let mut all: BTreeMap<&str, &Value> = BTreeMap::new();
        if let Some(parts) = schema["allOf"].as_array() {
            for part in parts {
                all.extend(self.members(part)?);
            }
            return Some(all);
        }
        let own = schema["properties"].as_object()?;
        all.extend(own.iter().map(|(name, schema)| (name.as_str(), schema)));
        Some(all)
    }

    /// What doesn't fit: the part of JSON Schema that the description uses, and no member beyond those described.
    fn misfits(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.resolve(schema);
        for several in ["oneOf", "anyOf"] {
            if let Some(ways) = schema[several].as_array() {
                let mut tried = ways.iter().map(|way| self.misfits(way, value, at));
                return if tried.any(|misfits| misfits.is_empty()) {
                    Vec::new()
                } else {
                    vec![format!("{at}: fits none")]
                };
            }
        }
        let mut misfits = Vec::new();
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|kind| is_of(value, kind)) {
            misfits.push(format!("{at}: not {types:?}"));
        }
        if let Some(words) = schema["enum"].as_array()
            && !words.contains(value)
        {
            misfits.push(format!("{at}: none of {words:?}"));
        }
        if let (Value::Array(items), Some(of)) = (value, schema.get("items")) {
            misfits.extend(
                items.iter().enumerate().flat_map(|(place, item)| self.misfits(of, item, &format!("{at}/{place}"))),
            );
        }
        if let Value::Object(object) = value {
            misfits.extend(self.misfits_of_object(schema, object, at));
        }
        misfits
    }

    fn misfits_of_object(&self, schema: &Value, object: &Map<String, Value>, at: &str) -> Vec<String> {
        let mut misfits = Vec::new();
        for part in std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten()) {
            let required = self.resolve(part)["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            misfits.extend(
                required.filter(|name| !object.contains_key(*name)).map(|name| format!("{at}/{name}: missing")),
            );
        }
        let Some(members) = self.members(schema) else { return misfits };
        let is_problem = members.contains_key("type") && members.contains_key("title");
        for (name, value) in object {
            match members.get(name.as_str()) {
                Some(schema) => misfits.extend(self.misfits(schema, value, &format!("{at}/{name}"))),
                // RFC 9457 section 3.2: a problem may have further members
                None if is_problem => {}
                None => misfits.push(format!("{at}/{name}: not described")),
            }
        }
        misfits
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

#[test]
fn what_does_not_fit_is_found() {
    let described = Described(json!({ "components": { "schemas": {
        "Inner": { "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } },
        "Word": { "type": "string", "enum": ["a"] },
        "Outer": { "allOf": [
            { "$ref": "#/components/schemas/Inner" },
            { "type": "object", "required": ["list"], "properties": {
                "list": { "type": "array", "items": { "$ref": "#/components/schemas/Word" } },
                "maybe": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Inner" }] },
                "count": { "type": ["integer", "null"] },
            } },
        ] },
    } } }));
    let misfits = |value: Value| described.misfits(&json!({ "$ref": "#/components/schemas/Outer" }), &value, "");
    let good = || json!({ "id": "x", "list": ["a"], "maybe": { "id": "y" }, "count": 1 });
    assert_eq!(misfits(good()), Vec::<String>::new());
    assert_eq!(misfits(json!({ "id": "x", "list": [], "maybe": null, "count": null })), Vec::<String>::new());
    for (member, value, at) in [
        ("id", json!(1), "/id"),
        ("list", json!(["b"]), "/list/0"),
        ("list", json!({}), "/list"),
        ("maybe", json!({}), "/maybe"),
        ("count", json!(1.5), "/count"),
        ("more", json!(1), "/more"),
    ] {
        let mut bad = good();
        bad[member] = value;
        let found = misfits(bad);
        assert!(found.iter().any(|misfit| misfit.starts_with(at)), "{member}: {found:?}");
    }
    assert_eq!(misfits(json!({ "list": [] })), ["/id: missing"]);
}
