//! A JSON or YAML text as a tree that knows its lines. What strangers send: bounded in size, depth and in what its aliases
//! make of it, no name twice, nothing fetched.

mod json;
mod limits;
mod node;
mod yaml;

#[cfg(test)]
pub(super) use limits::MAX_DEPTH;
use limits::MAX_DOCUMENT_BYTES;
pub(super) use node::{Entry, Node, Value, member, shown};

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    /// RFC 8259.
    Json,
    /// YAML 1.2.
    Yaml,
}

impl DocumentFormat {
    /// How a file is written of which nobody said it: an object of JSON begins with a brace.
    pub fn guess(text: &[u8]) -> Self {
        if text.trim_ascii_start().first() == Some(&b'{') { Self::Json } else { Self::Yaml }
    }
}

/// Why a document isn't taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct DocumentError {
    /// Where, from 1.
    pub line: usize,
    /// What is wrong there, and what would be right.
    pub reason: String,
}

impl DocumentError {
    pub(super) fn at(line: usize, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }
}

/// Reads a whole text.
///
/// # Errors
/// What is wrong first.
pub(super) fn read(text: &[u8], format: DocumentFormat) -> Result<Node, DocumentError> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::at(1, "the document is larger than 5 MiB"));
    }
    let text = std::str::from_utf8(text).map_err(|error| {
        let before = &text[..error.valid_up_to()];
        DocumentError::at(line_of(before), "this isn't UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match format {
        DocumentFormat::Json => json::read(text),
        DocumentFormat::Yaml => yaml::read(text),
    }
}

/// The line at the end of this text, from 1.
fn line_of(text: &[u8]) -> usize {
    text.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests;
