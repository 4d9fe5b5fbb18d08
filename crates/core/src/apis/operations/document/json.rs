//! JSON (RFC 8259). Where a value begins and ends is found here, what it says is `serde_json`'s to read.

use serde::de::IgnoredAny;

use super::DocumentError;
use super::limits::{Budget, check_depth};
use super::node::{Entry, Node, Value, map};

pub(super) fn read(text: &str) -> Result<Node, DocumentError> {
    let mut reader = Reader { text, at: 0, line: 1, budget: Budget::new() };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < text.len() { Err(reader.wrong("something stands behind the document")) } else { Ok(node) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    budget: Budget,
}

impl Reader<'_> {
    fn wrong(&self, reason: &str) -> DocumentError {
        DocumentError::at(self.line, format!("this isn't JSON: {reason}"))
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek() {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// The next byte that isn't space, where it is this one.
    fn takes(&mut self, byte: u8) -> bool {
        self.space();
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn value(&mut self, depth: usize) -> Result<Node, DocumentError> {
        self.space();
        let line = self.line;
        self.budget.take(1, line)?;
        if matches!(self.peek(), Some(b'{' | b'[')) {
            check_depth(depth, line)?;
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(_) => self.word()?,
            None => return Err(self.wrong("it ends too early")),
        };
        Ok(Node { line, value })
    }

    fn object(&mut self, depth: usize) -> Result<Value, DocumentError> {
        self.at += 1;
        let mut entries = Vec::new();
        if self.takes(b'}') {
            return map(entries);
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("the name of a member is missing"));
            }
            let line = self.line;
            let key = self.string()?;
            if !self.takes(b':') {
                return Err(self.wrong("`:` is missing"));
            }
            entries.push(Entry { key, line, node: self.value(depth + 1)? });
            if self.takes(b'}') {
                return map(entries);
            }
            if !self.takes(b',') {
                return Err(self.wrong("`,` or `}` is missing"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, DocumentError> {
        self.at += 1;
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.takes(b']') {
                return Ok(Value::List(items));
            }
            if !self.takes(b',') {
                return Err(self.wrong("`,` or `]` is missing"));
            }
        }
    }

    /// From one quote to the next that no backslash stands before.
    fn string(&mut self) -> Result<String, DocumentError> {
        let rest = &self.text.as_bytes()[self.at..];
        let mut end = 1;
        while let Some(byte) = rest.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        let written = self.text.get(self.at..=self.at + end).ok_or_else(|| self.wrong("a text has no end"))?;
        let text = serde_json::from_str(written).map_err(|_| self.wrong("a text can't be read"))?;
        self.at += end + 1;
        Ok(text)
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Value, DocumentError> {
        let rest = &self.text[self.at..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(rest.len());
        let word = &rest[..end];
        serde_json::from_str::<IgnoredAny>(word).map_err(|_| self.wrong("a value can't be read"))?;
        self.at += end;
        Ok(if word == "null" { Value::Null } else { Value::Text(word.to_owned()) })
    }
}
