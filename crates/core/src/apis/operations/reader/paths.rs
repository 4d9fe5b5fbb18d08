//! Paths and their operations (`OpenAPI` 3.1 sections 4.8.8 to 4.8.10).

use std::collections::HashMap;

use latchkey_types::ScopeSet;

use super::super::document::{DocumentError, Entry, Node, Value, member, shown};
use super::super::model::Method;
use super::super::template::{Segment, Template, decoded};
use super::security::Schemes;
use super::{MAX_OPERATIONS, Seen, is_other_member, method_of, servers, text};

/// The longest `operationId`, in characters.
pub(crate) const MAX_OPERATION_ID_LENGTH: usize = 200;
/// How often the reference of a path may lead to another one.
const MAX_REFERENCES: usize = 8;

/// An operation as the document describes it.
pub(super) struct DescribedOperation {
    pub(super) id: Option<String>,
    pub(super) method: Method,
    /// The document's path.
    pub(super) path: String,
    /// The base paths of its servers.
    pub(super) bases: Vec<String>,
    pub(super) summary: String,
    pub(super) needs: Vec<ScopeSet>,
    /// Where it stands.
    pub(super) line: usize,
}

/// The paths of a document, with what holds for all of them.
pub(super) struct Paths<'a> {
    paths: &'a [Entry],
    path_items: &'a [Entry],
    schemes: &'a Schemes,
    /// What operations need that don't say it themselves.
    needs: Vec<ScopeSet>,
    bases: Vec<String>,
}

impl<'a> Paths<'a> {
    pub(super) fn new(root: &'a [Entry], schemes: &'a Schemes) -> Result<Self, DocumentError> {
        let paths = match member(root, "paths") {
            Some(paths) => paths.node.members("`paths`")?,
            None => &[],
        };
        let components = match member(root, "components") {
            Some(components) => components.node.members("`components`")?,
            None => &[],
        };
        let path_items = match member(components, "pathItems") {
            Some(items) => items.node.members("`pathItems`")?,
            None => &[],
        };
        let needs = match member(root, "security") {
            Some(requirements) => schemes.needs(&requirements.node)?,
            None => Vec::new(),
        };
        let bases = servers::bases(member(root, "servers").map(|servers| &servers.node))?;
        Ok(Self { paths, path_items, schemes, needs, bases })
    }

    /// All operations, in the document's order.
    pub(super) fn read(&self) -> Result<Vec<DescribedOperation>, DocumentError> {
        let mut operations = Vec::new();
        let mut shapes: HashMap<Vec<Segment>, usize> = HashMap::new();
        for path in self.paths.iter().filter(|path| !path.key.starts_with("x-")) {
            let template = Template::read(&path.key).map_err(|reason| DocumentError::at(path.line, reason))?;
            if let Some(first) = shapes.insert(template.segments, path.line) {
                let reason = format!("{} is the path of line {first} with other names", shown(&path.key));
                return Err(DocumentError::at(path.line, reason));
            }
            self.read_item(path, &mut operations)?;
            if operations.len() > MAX_OPERATIONS {
                return Err(DocumentError::at(path.line, format!("more than {MAX_OPERATIONS} operations")));
            }
        }
        Ok(operations)
    }

    fn read_item(&self, path: &Entry, operations: &mut Vec<DescribedOperation>) -> Result<(), DocumentError> {
        let parts = self.parts(&path.node)?;
        let mut bases = None;
        for part in &parts {
            if let Some(servers) = member(part, "servers") {
                bases = Some(servers::bases(Some(&servers.node))?);
            }
        }
        let bases = bases.as_deref().unwrap_or(&self.bases);
        let mut seen = Seen::new();
        for entry in parts.iter().copied().flatten() {
            match method_of(&entry.key) {
                Some(_) if !seen.insert(&entry.key) => {
                    let reason = format!("{} stands here and in what `$ref` points to", shown(&entry.key));
                    return Err(DocumentError::at(entry.line, reason));
                }
                Some(method) => operations.push(self.operation(&path.key, method, entry, bases)?),
                None if is_other_member(&entry.key) || entry.key == "$ref" => {}
                None => {
                    let key = shown(&entry.key);
                    return Err(DocumentError::at(
                        entry.line,
                        format!("{key} is neither a method nor a member of a path"),
                    ));
                }
            }
        }
        Ok(())
    }

    /// The members of a path, and of what its reference leads to.
    fn parts(&self, node: &'a Node) -> Result<Vec<&'a [Entry]>, DocumentError> {
        let mut parts = vec![node.members("a path")?];
        for _ in 0..=MAX_REFERENCES {
            let Some(reference) = parts.last().and_then(|part| member(part, "$ref")) else { return Ok(parts) };
            let target = reference.node.text("`$ref`")?;
            let found = self.find(target).ok_or_else(|| {
                DocumentError::at(reference.line, format!("there is no path item {} in this document", shown(target)))
            })?;
            parts.push(found.members("a path")?);
        }
        Err(DocumentError::at(node.line, "references of paths lead to each other, or too far"))
    }

    /// What a reference points to: a JSON pointer in a fragment (RFC 6901 section 6).
    fn find(&self, target: &str) -> Option<&'a Node> {
        let within = |entries: &'a [Entry], name: &str| {
            let decoded = decoded(name).ok()?.replace("~1", "/").replace("~0", "~");
            member(entries, &decoded).map(|entry| &entry.node)
        };
        if let Some(name) = target.strip_prefix("#/components/pathItems/") {
            within(self.path_items, name)
        } else {
            within(self.paths, target.strip_prefix("#/paths/")?)
        }
    }

    fn operation(
        &self,
        path: &str,
        method: Method,
        entry: &Entry,
        bases: &[String],
    ) -> Result<DescribedOperation, DocumentError> {
        if entry.node.value == Value::Null {
            return Err(DocumentError::at(entry.line, "this operation is empty"));
        }
        let members = entry.node.members("an operation")?;
        let id = match member(members, "operationId") {
            Some(id) => Some(operation_id(id)?),
            None => None,
        };
        let needs = match member(members, "security") {
            Some(requirements) => self.schemes.needs(&requirements.node)?,
            None => self.needs.clone(),
        };
        let bases = match member(members, "servers") {
            Some(servers) => servers::bases(Some(&servers.node))?,
            None => bases.to_vec(),
        };
        let summary = match member(members, "summary") {
            Some(summary) => text::short(summary.node.text("`summary`").unwrap_or_default(), 200),
            None => String::new(),
        };
        Ok(DescribedOperation { id, method, path: path.to_owned(), bases, summary, needs, line: entry.line })
    }
}

fn operation_id(entry: &Entry) -> Result<String, DocumentError> {
    let id = entry.node.text("`operationId`")?;
    let is_good = !id.is_empty() && id.chars().count() <= MAX_OPERATION_ID_LENGTH && !id.contains(char::is_control);
    if is_good && id.trim() == id {
        Ok(id.to_owned())
    } else {
        let reason = format!(
            "`operationId` is 1 to {MAX_OPERATION_ID_LENGTH} characters, none a control character, without space around it"
        );
        Err(DocumentError::at(entry.node.line, reason))
    }
}
