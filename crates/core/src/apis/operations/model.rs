use latchkey_types::{ScopeSet, Timestamp};
use serde::{Deserialize, Serialize};

/// The methods that an `OpenAPI` document describes operations for (`OpenAPI` 3.1 section 4.8.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// RFC 9110 section 9.3.1.
    Get,
    /// RFC 9110 section 9.3.4.
    Put,
    /// RFC 9110 section 9.3.3.
    Post,
    /// RFC 9110 section 9.3.5.
    Delete,
    /// RFC 9110 section 9.3.7.
    Options,
    /// RFC 9110 section 9.3.2.
    Head,
    /// RFC 5789.
    Patch,
    /// RFC 9110 section 9.3.8.
    Trace,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 8] =
        [Self::Get, Self::Put, Self::Post, Self::Delete, Self::Options, Self::Head, Self::Patch, Self::Trace];

    /// As a request line has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Head => "HEAD",
            Self::Patch => "PATCH",
            Self::Trace => "TRACE",
        }
    }

    /// The method of this word. Methods are case-sensitive (RFC 9110 section 9.1).
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// One operation of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its `operationId`, unique within the API; what credentials are granted it by.
    pub id: Option<String>,
    /// How it is called.
    pub method: Method,
    /// Where: the template, with the base path of the server.
    pub path: String,
    /// What it does, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// What it takes: all scopes of one of these. Empty: no scope. The first is what a grant of the operation gives.
    pub needs: Vec<ScopeSet>,
}

impl Operation {
    /// Whether these scopes are enough.
    pub fn is_allowed(&self, held: &ScopeSet) -> bool {
        self.needs.is_empty() || self.needs.iter().any(|needed| needed.minus(held).is_empty())
    }

    /// What is missing; of the alternatives the one that lacks least.
    pub fn missing(&self, held: &ScopeSet) -> ScopeSet {
        if self.is_allowed(held) {
            return ScopeSet::default();
        }
        self.needs
            .iter()
            .map(|needed| needed.minus(held))
            .min_by_key(|missing| missing.iter().count())
            .unwrap_or_default()
    }
}

/// What an `OpenAPI` document says of an API's operations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// `info.title`.
    pub title: String,
    /// `info.version`.
    pub version: String,
    /// The operations, by path and method.
    pub operations: Vec<Operation>,
    /// The scopes that the document names, with what it says that they allow; by name.
    pub scopes: Vec<NamedScope>,
}

/// A scope that a document names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedScope {
    /// The scope-token.
    pub name: latchkey_types::Scope,
    /// From the document's OAuth flows, where it stands there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Description {
    /// The operation of this `operationId`.
    pub fn find(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id.as_deref() == Some(id))
    }
}

/// An API's operations as they are in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationTable {
    /// What the document says.
    pub description: Description,
    /// SHA-256 of the document, hexadecimal.
    pub digest: String,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// Who uploaded it: the actor's id.
    pub uploaded_by: String,
}

/// What becomes of calls of operations that an API's document doesn't have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownOperations {
    /// They are refused: `INSUFFICIENT_SCOPE`.
    Strict,
    /// They are allowed, and counted.
    #[default]
    Lenient,
}

impl UnknownOperations {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Strict, Self::Lenient];

    /// The word that bodies and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        }
    }

    /// The one of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.as_str() == word)
    }
}

/// Calls that no operation of the document was found for, since it was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOperation {
    /// The method; `*` for one that isn't a usual one.
    pub method: String,
    /// The path, with `{}` for what may be an id; `*` for all that there was no room to tell apart.
    pub path: String,
    /// Whether the path can be read in more than one way: such calls are refused whatever the API chose.
    pub ambiguous: bool,
    /// How many.
    pub count: i64,
    /// When the last one was seen, to the second of a flush.
    pub last_seen_at: Timestamp,
}
