//! YAML 1.2: one document. Aliases repeat what they name, and what they repeat counts; merge keys and tags of one's own
//! aren't part of what `OpenAPI` takes (`OpenAPI` 3.1 section 4.2).

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::DocumentError;
use super::limits::{Budget, check_depth};
use super::node::{Entry, Node, Value, map, shown};

pub(super) fn read(text: &str) -> Result<Node, DocumentError> {
    let mut reader = Reader { events: Parser::new_from_str(text), budget: Budget::new(), anchors: HashMap::new() };
    reader.skip(|event| matches!(event, Event::StreamStart | Event::DocumentStart(_)))?;
    let (event, line) = reader.next()?;
    if event == Event::StreamEnd {
        return Err(DocumentError::at(line, "the document is empty"));
    }
    let node = reader.value(event, line, 0)?;
    reader.skip(|event| matches!(event, Event::DocumentEnd))?;
    match reader.next()? {
        (Event::StreamEnd, _) => Ok(node),
        (_, line) => Err(DocumentError::at(line, "a second document begins here; give one")),
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    budget: Budget,
    /// What stands behind each anchor.
    anchors: HashMap<usize, Node>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, usize), DocumentError> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, line(&span))),
            Some(Err(error)) => Err(wrong(&error)),
            None => Ok((Event::StreamEnd, 1)),
        }
    }

    fn skip(&mut self, skipped: impl Fn(&Event<'_>) -> bool) -> Result<(), DocumentError> {
        loop {
            match self.events.peek() {
                Some(Ok((event, _))) if skipped(event) => drop(self.next()?),
                Some(Err(error)) => return Err(wrong(&error)),
                _ => return Ok(()),
            }
        }
    }

    fn value(&mut self, event: Event<'a>, line: usize, depth: usize) -> Result<Node, DocumentError> {
        self.budget.take(1, line)?;
        if matches!(event, Event::SequenceStart(..) | Event::MappingStart(..)) {
            check_depth(depth, line)?;
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                check_tag(tag.as_deref(), line)?;
                let is_null =
                    style == ScalarStyle::Plain && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                (anchor, if is_null { Value::Null } else { Value::Text(text.into_owned()) })
            }
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), line)?;
                (anchor, self.list(depth)?)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), line)?;
                (anchor, self.mapping(depth)?)
            }
            Event::Alias(anchor) => return self.repeated(anchor, line, depth),
            _ => return Err(DocumentError::at(line, "this isn't YAML: a value is missing")),
        };
        let node = Node { line, value };
        if anchor > 0 {
            self.budget.take(node.count(), line)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// What the alias stands for. An anchor that isn't complete yet isn't there: nothing contains itself.
    fn repeated(&mut self, anchor: usize, line: usize, depth: usize) -> Result<Node, DocumentError> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(DocumentError::at(line, "an alias stands within what it repeats"));
        };
        self.budget.take(node.count(), line)?;
        if let Some(deepest) = node.depth().checked_sub(1) {
            check_depth(depth + deepest, line)?;
        }
        Ok(node.clone())
    }

    fn list(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, line) => items.push(self.value(event, line, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, DocumentError> {
        let mut entries = Vec::new();
        loop {
            let (event, line) = self.next()?;
            if event == Event::MappingEnd {
                return map(entries);
            }
            let key = match self.value(event, line, depth + 1)?.value {
                Value::Text(key) => key,
                Value::Null => String::new(),
                _ => return Err(DocumentError::at(line, "the name of a member must be a text")),
            };
            if key == "<<" {
                // to pass over it would be to lose what it brings in: security, for one
                return Err(DocumentError::at(
                    line,
                    "merge keys (`<<`) aren't part of YAML 1.2; write the members out",
                ));
            }
            let (event, value_line) = self.next()?;
            entries.push(Entry { key, line, node: self.value(event, value_line, depth + 1)? });
        }
    }
}

/// Only the tags of YAML's own schema: another one may mean that something else is to be put here.
fn check_tag(tag: Option<&Tag>, line: usize) -> Result<(), DocumentError> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() => {
            let name = shown(&format!("{}{}", tag.handle, tag.suffix));
            Err(DocumentError::at(line, format!("the tag {name} isn't one of YAML's own")))
        }
        _ => Ok(()),
    }
}

fn line(span: &Span) -> usize {
    span.start.line()
}

fn wrong(error: &ScanError) -> DocumentError {
    DocumentError::at(error.marker().line(), format!("this isn't YAML: {}", error.info()))
}
