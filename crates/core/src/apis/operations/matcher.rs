//! Which operation a call is.

use std::borrow::Cow;

use super::model::{Method, Operation};
use super::path::CleanPath;
use super::template::{Segment, Template};
use super::trie::Trie;

/// What a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// An operation of the table.
    Known(&'a Operation),
    /// None of the table.
    Unknown,
    /// The path or the method can be read in more than one way, or is nearly that of another operation: a server may serve
    /// something else than it seems.
    Ambiguous,
}

/// Finds operations by method and path.
#[derive(Debug)]
pub struct Matcher {
    operations: Vec<Operation>,
    /// Whether the last segment of the operation's template is a parameter.
    ends_in_parameter: Vec<bool>,
    exact: Trie,
    /// The same templates as a careless server reads them: see [`careless`].
    careless: Trie,
}

impl Matcher {
    /// A matcher of these operations. A template that can't be read, which no stored one is, means nothing.
    pub fn new(operations: impl IntoIterator<Item = Operation>) -> Self {
        let mut matcher =
            Self { operations: Vec::new(), ends_in_parameter: Vec::new(), exact: Trie::new(), careless: Trie::new() };
        for operation in operations {
            let number = matcher.operations.len();
            let template = Template::read(&operation.path).ok();
            let last = template.as_ref().and_then(|template| template.segments.last());
            matcher.ends_in_parameter.push(last == Some(&Segment::Parameter));
            if let Some(template) = template {
                matcher.exact.insert(&template, operation.method, number);
                matcher.careless.insert(&careless(template), operation.method, number);
            }
            matcher.operations.push(Operation { summary: String::new(), ..operation });
        }
        matcher
    }

    /// How many operations it knows.
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// What a call with this method and path is; a query is passed over.
    pub fn find(&self, method: &str, path: &str) -> Lookup<'_> {
        let Ok(path) = CleanPath::read(path) else { return Lookup::Ambiguous };
        let known_method = Method::from_word(method);
        let exact = known_method.and_then(|method| self.exact.find(&path.segments, method).next());
        // a server that takes methods in small letters takes them for the same
        let careless_method = known_method.or_else(|| Method::from_word(&method.to_ascii_uppercase()));
        let Some(careless_method) = careless_method else { return Lookup::Unknown };
        let with_extension = exact.is_none_or(|exact| self.ends_in_parameter[exact]);
        if self.is_read_otherwise(path, careless_method, exact, with_extension) {
            return Lookup::Ambiguous;
        }
        exact.map_or(Lookup::Unknown, |exact| Lookup::Known(&self.operations[exact]))
    }

    /// Whether a careless server would serve another operation than the one that was found.
    fn is_read_otherwise(
        &self,
        path: CleanPath<'_>,
        method: Method,
        exact: Option<usize>,
        with_extension: bool,
    ) -> bool {
        let differs = |segments: &[Cow<'_, str>]| {
            let mut found = self.careless.find(segments, method).peekable();
            found.peek().is_some() && !found.any(|operation| Some(operation) == exact)
        };
        let mut segments = path.segments;
        if segments.last().is_some_and(|last| last.is_empty()) {
            segments.pop();
        }
        for segment in &mut segments {
            careless_text(segment);
        }
        if differs(&segments) {
            return true;
        }
        let Some(last) = segments.last_mut().filter(|_| with_extension) else { return false };
        match last.rfind('.') {
            Some(dot) if dot > 0 => {
                last.to_mut().truncate(dot);
                differs(&segments)
            }
            _ => false,
        }
    }
}

/// The template as servers read it that don't mind letter case, a slash at the end, or dots and spaces at the end of a name.
fn careless(mut template: Template) -> Template {
    if template.segments.last() == Some(&Segment::Literal(String::new())) {
        template.segments.pop();
    }
    for segment in &mut template.segments {
        match segment {
            Segment::Parameter => {}
            Segment::Literal(text) => *text = careless_owned(text),
            // a dot at the end of a text in the middle of a segment isn't at the end of the name
            Segment::Mixed(texts) => texts.iter_mut().for_each(|text| *text = folded(text)),
        }
    }
    template
}

fn careless_owned(text: &str) -> String {
    folded(text.trim_end_matches(['.', ' ']))
}

/// By way of capitals, as some servers compare: `ſ` is an `s`, `ı` an `i` then.
fn folded(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_uppercase().to_lowercase() }
}

/// The same of a path's segment, without an allocation where it is so already.
fn careless_text(segment: &mut Cow<'_, str>) {
    let is_so =
        segment.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) && !segment.ends_with(['.', ' ']);
    if !is_so {
        let text = careless_owned(segment);
        // a name of nothing but dots stays: a parameter means it
        if !text.is_empty() {
            *segment = Cow::Owned(text);
        }
    }
}

#[cfg(test)]
mod tests;
