//! The tree.

use std::collections::HashSet;

use super::DocumentError;

/// A value with the line where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// What a value is. Numbers and truth values are texts here: none is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One member of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// Where the key stands.
    pub(crate) line: usize,
    pub(crate) node: Node,
}

impl Node {
    /// The members of a mapping; of nothing at all none.
    pub(crate) fn members(&self, what: &str) -> Result<&[Entry], DocumentError> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Null => Ok(&[]),
            _ => Err(DocumentError::at(self.line, format!("{what} must be a mapping"))),
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self, what: &str) -> Result<&[Node], DocumentError> {
        match &self.value {
            Value::List(items) => Ok(items),
            _ => Err(DocumentError::at(self.line, format!("{what} must be a list"))),
        }
    }

    /// A text.
    pub(crate) fn text(&self, what: &str) -> Result<&str, DocumentError> {
        match &self.value {
            Value::Text(text) => Ok(text),
            _ => Err(DocumentError::at(self.line, format!("{what} must be a text"))),
        }
    }

    /// How many values it is, itself included.
    pub(super) fn count(&self) -> usize {
        1 + match &self.value {
            Value::Null | Value::Text(_) => 0,
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.node.count()).sum(),
        }
    }

    /// How deep the lists and mappings in it stand, itself included.
    pub(super) fn depth(&self) -> usize {
        match &self.value {
            Value::Null | Value::Text(_) => 0,
            Value::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Map(entries) => 1 + entries.iter().map(|entry| entry.node.depth()).max().unwrap_or(0),
        }
    }
}

/// The member of this name.
pub(crate) fn member<'a>(entries: &'a [Entry], key: &str) -> Option<&'a Entry> {
    entries.iter().find(|entry| entry.key == key)
}

/// Makes a mapping of its members: no name twice, which two readers would understand differently.
pub(super) fn map(entries: Vec<Entry>) -> Result<Value, DocumentError> {
    let mut keys = HashSet::with_capacity(entries.len());
    if let Some(again) = entries.iter().find(|entry| !keys.insert(entry.key.as_str())) {
        return Err(DocumentError::at(again.line, format!("{} stands here twice", shown(&again.key))));
    }
    Ok(Value::Map(entries))
}

/// A text of the document within a message: short, and without what a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let clean: String = text.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("`{clean}{more}`")
}
