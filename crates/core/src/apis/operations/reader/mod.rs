//! An `OpenAPI` 3.0 or 3.1 document, read for what it says of operations and scopes; schemas and the like are passed over.

mod paths;
mod security;
mod servers;
mod text;

use std::collections::{BTreeMap, HashMap, HashSet};

use latchkey_types::{Scope, ScopeSet};

use self::paths::{DescribedOperation, Paths};
use self::security::Schemes;
use super::document::{self, DocumentError, DocumentFormat, Entry, Node, Value, member};
use super::model::{Description, Method, NamedScope, Operation};
use super::template::Template;
use super::trie::Trie;

/// The most operations of an API, each counted once for every base path of its servers.
pub const MAX_OPERATIONS: usize = 10_000;

/// How many segments are compared to find out that no two templates mean the same path: about a second's work. Thousands of
/// ordinary paths take some ten thousand.
const MOST_COMPARED: usize = 30_000_000;

/// Reads a document. Nothing is fetched: what it says stands in it.
///
/// # Errors
/// The line and the reason of what is wrong first.
pub fn read(text: &[u8], format: DocumentFormat) -> Result<Description, DocumentError> {
    let root = document::read(text, format)?;
    let members = match &root.value {
        Value::Map(members) => members.as_slice(),
        _ => {
            return Err(DocumentError::at(
                root.line,
                "an OpenAPI document is a mapping with `openapi`, `info` and `paths`",
            ));
        }
    };
    check_version(members, root.line)?;
    refuse_outside(&root)?;
    let (title, version) = info(members)?;
    let schemes = Schemes::read(members)?;
    let described = Paths::new(members, &schemes)?.read()?;
    check_ids(&described)?;
    let operations = placed(&described)?;
    let scopes = named_scopes(&schemes, &operations);
    Ok(Description { title, version, operations, scopes })
}

fn check_version(members: &[Entry], line: usize) -> Result<(), DocumentError> {
    let Some(version) = member(members, "openapi") else {
        let reason = if member(members, "swagger").is_some() {
            "this is a Swagger (OpenAPI 2) document; give OpenAPI 3.0 or 3.1"
        } else {
            "`openapi` is missing: this isn't an OpenAPI document"
        };
        return Err(DocumentError::at(line, reason));
    };
    let text = version.node.text("`openapi`")?;
    let is_known = ["3.0", "3.1"]
        .iter()
        .any(|known| text.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')));
    if is_known { Ok(()) } else { Err(DocumentError::at(version.line, "only OpenAPI 3.0 and 3.1 are known")) }
}

/// Members that hold values of the API's own, in which `$ref` means nothing.
const VALUES: [&str; 6] = ["example", "examples", "default", "enum", "const", "value"];

/// Refuses references to other documents, wherever they stand: the document would mean something else elsewhere.
fn refuse_outside(node: &Node) -> Result<(), DocumentError> {
    match &node.value {
        Value::Null | Value::Text(_) => Ok(()),
        Value::List(items) => items.iter().try_for_each(refuse_outside),
        Value::Map(entries) => entries.iter().try_for_each(|entry| match &entry.node.value {
            Value::Text(target) if entry.key == "$ref" && !target.starts_with('#') => Err(DocumentError::at(
                entry.line,
                "`$ref` points to another document, and nothing is fetched; bundle the documents into one",
            )),
            _ if VALUES.contains(&entry.key.as_str()) || entry.key.starts_with("x-") => Ok(()),
            _ => refuse_outside(&entry.node),
        }),
    }
}

fn info(members: &[Entry]) -> Result<(String, String), DocumentError> {
    let Some(info) = member(members, "info") else { return Ok(Default::default()) };
    let info = info.node.members("`info`")?;
    let read = |name: &str| match member(info, name) {
        Some(entry) => Ok(text::short(entry.node.text(name)?, 200)),
        None => Ok(String::new()),
    };
    Ok((read("title")?, read("version")?))
}

/// `operationId` is how a credential is granted an operation: it stands for one.
fn check_ids(described: &[DescribedOperation]) -> Result<(), DocumentError> {
    let mut lines = HashMap::new();
    for operation in described {
        let Some(id) = &operation.id else { continue };
        if let Some(first) = lines.insert(id.as_str(), operation.line) {
            let id = document::shown(id);
            return Err(DocumentError::at(
                operation.line,
                format!("the operationId {id} stands at line {first} already"),
            ));
        }
    }
    Ok(())
}

/// Each operation at each base path of its servers; no two of which could mean the same path.
fn placed(described: &[DescribedOperation]) -> Result<Vec<Operation>, DocumentError> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut known: Vec<(Template, usize)> = Vec::new();
    let (mut trie, mut steps) = (Trie::new(), MOST_COMPARED);
    for operation in described {
        for base in &operation.bases {
            let path = joined(base, &operation.path);
            let template = Template::read(&path).map_err(|reason| DocumentError::at(operation.line, reason))?;
            let overlapping = trie.overlapping(&template, operation.method, &mut steps).ok_or_else(|| {
                DocumentError::at(
                    operation.line,
                    "too many of these paths may mean what others mean: use fewer parameters",
                )
            })?;
            for other in overlapping {
                let (other_template, line): &(Template, usize) = &known[other];
                if other_template.is_ambiguous_with(&template) {
                    return Err(ambiguous(operation.line, &path, &operations[other].path, *line));
                }
            }
            if operations.len() == MAX_OPERATIONS {
                return Err(DocumentError::at(operation.line, format!("more than {MAX_OPERATIONS} operations")));
            }
            trie.insert(&template, operation.method, operations.len());
            known.push((template, operation.line));
            operations.push(Operation {
                id: operation.id.clone(),
                method: operation.method,
                path,
                summary: operation.summary.clone(),
                needs: operation.needs.clone(),
            });
        }
    }
    operations.sort_by(|one, other| (&one.path, one.method).cmp(&(&other.path, other.method)));
    Ok(operations)
}

/// A base path has no slash at its end; a document's path starts with one.
fn joined(base: &str, path: &str) -> String {
    format!("{base}{path}")
}

fn ambiguous(line: usize, path: &str, other: &str, first: usize) -> DocumentError {
    let (path, other) = (document::shown(path), document::shown(other));
    DocumentError::at(
        line,
        format!("{path} and {other} (line {first}) may mean the same request, and neither is the more specific one"),
    )
}

/// The scopes of flows and of operations, by name.
fn named_scopes(schemes: &Schemes, operations: &[Operation]) -> Vec<NamedScope> {
    let of_operations = operations.iter().flat_map(|operation| operation.needs.iter().flat_map(ScopeSet::iter));
    let mut named: BTreeMap<&Scope, &str> = of_operations.map(|scope| (scope, "")).collect();
    for (scope, description) in schemes.scopes() {
        let known = named.entry(scope).or_default();
        if known.is_empty() {
            *known = description;
        }
    }
    named
        .into_iter()
        .map(|(name, description)| NamedScope { name: name.clone(), description: description.to_owned() })
        .collect()
}

/// Alternatives without what another one makes needless: the shortest first. One that asks for nothing makes all needless.
fn simplest(alternatives: Vec<ScopeSet>) -> Vec<ScopeSet> {
    let mut sorted = alternatives;
    sorted.sort_by_key(ScopeSet::len);
    if sorted.first().is_none_or(ScopeSet::is_empty) {
        return Vec::new();
    }
    let mut kept: Vec<ScopeSet> = Vec::with_capacity(sorted.len());
    for alternative in sorted {
        if !kept.iter().any(|known| known.is_subset(&alternative)) {
            kept.push(alternative);
        }
    }
    kept
}

/// Whether a method and a path stand twice is told by what they are, not by how they are written.
fn method_of(key: &str) -> Option<Method> {
    Method::ALL.into_iter().find(|method| method.as_str().to_ascii_lowercase() == key)
}

/// What a path item may hold besides operations.
fn is_other_member(key: &str) -> bool {
    matches!(key, "summary" | "description" | "servers" | "parameters") || key.starts_with("x-")
}

type Seen<'a> = HashSet<&'a str>;

#[cfg(test)]
mod tests;
