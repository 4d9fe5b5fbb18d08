//! Templates as a tree by segments: how the operation of a path is found among thousands.

use std::borrow::Cow;
use std::collections::HashMap;

use super::model::Method;
use super::template::{Segment, Template};

/// The root.
const ROOT: usize = 0;

/// Operations by template and method; an operation is the number that it was put in with.
#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Branch>,
}

/// Where templates go on from a common start, and the operations of the one that ends here.
#[derive(Debug, Default)]
struct Branch {
    literals: HashMap<Box<str>, usize>,
    mixed: Vec<(Segment, usize)>,
    parameter: Option<usize>,
    operations: Vec<(Method, usize)>,
}

impl Trie {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Branch::default()] }
    }

    /// Puts an operation in.
    pub(super) fn insert(&mut self, template: &Template, method: Method, operation: usize) {
        let mut at = ROOT;
        for segment in &template.segments {
            at = self.child(at, segment);
        }
        self.nodes[at].operations.push((method, operation));
    }

    fn child(&mut self, at: usize, segment: &Segment) -> usize {
        let new = self.nodes.len();
        let branch = &mut self.nodes[at];
        let child = match segment {
            Segment::Literal(text) => *branch.literals.entry(text.as_str().into()).or_insert(new),
            Segment::Parameter => *branch.parameter.get_or_insert(new),
            Segment::Mixed(_) => match branch.mixed.iter().find(|(known, _)| known == segment) {
                Some((_, child)) => *child,
                None => {
                    branch.mixed.push((segment.clone(), new));
                    new
                }
            },
        };
        if child == new {
            self.nodes.push(Branch::default());
        }
        child
    }

    /// The operations of the most specific template that means these segments and has the method; more than one only where
    /// two were put in with the same template. A `HEAD` that isn't described is its `GET` (RFC 9110 section 9.3.2).
    pub(super) fn find(&self, segments: &[Cow<'_, str>], method: Method) -> impl Iterator<Item = usize> {
        let at = self.descend(ROOT, segments, method);
        at.into_iter().flat_map(move |at| self.nodes[at].of(method))
    }

    /// Literal segments first, then mixed ones, then parameters; back where that leads nowhere.
    fn descend(&self, at: usize, segments: &[Cow<'_, str>], method: Method) -> Option<usize> {
        let branch = &self.nodes[at];
        let Some((segment, rest)) = segments.split_first() else {
            return branch.of(method).next().is_some().then_some(at);
        };
        let literal = branch.literals.get(segment.as_ref()).copied();
        let mixed = branch.mixed.iter().filter(|(known, _)| known.takes(segment)).map(|(_, child)| *child);
        let parameter = branch.parameter.filter(|_| !segment.is_empty());
        literal.into_iter().chain(mixed).chain(parameter).find_map(|child| self.descend(child, rest, method))
    }

    /// The operations with this method whose templates may mean a path that this template means too. Each segment that is
    /// compared takes one of `steps`; `None` where there aren't enough.
    pub(super) fn overlapping(&self, template: &Template, method: Method, steps: &mut usize) -> Option<Vec<usize>> {
        let mut found = Vec::new();
        self.collect(ROOT, &template.segments, method, (&mut found, steps))?;
        Some(found)
    }

    fn collect(
        &self,
        at: usize,
        segments: &[Segment],
        method: Method,
        (found, steps): (&mut Vec<usize>, &mut usize),
    ) -> Option<()> {
        let branch = &self.nodes[at];
        let Some((segment, rest)) = segments.split_first() else {
            let same = branch.operations.iter().filter(|(known, _)| *known == method);
            found.extend(same.map(|(_, operation)| *operation));
            return Some(());
        };
        let literals = if matches!(segment, Segment::Literal(_)) { 1 } else { branch.literals.len() };
        *steps = steps.checked_sub(literals + branch.mixed.len() + 1)?;
        if let Segment::Literal(text) = segment {
            if let Some(child) = branch.literals.get(text.as_str()) {
                self.collect(*child, rest, method, (found, steps))?;
            }
        } else {
            for (text, child) in &branch.literals {
                if segment.takes(text) {
                    self.collect(*child, rest, method, (found, steps))?;
                }
            }
        }
        for (known, child) in &branch.mixed {
            if known.overlaps(segment) {
                self.collect(*child, rest, method, (found, steps))?;
            }
        }
        if let Some(child) = branch.parameter
            && segment.overlaps(&Segment::Parameter)
        {
            self.collect(child, rest, method, (found, steps))?;
        }
        Some(())
    }
}

impl Branch {
    fn of(&self, method: Method) -> impl Iterator<Item = usize> {
        let is_described = self.operations.iter().any(|(known, _)| *known == method);
        let method = if method == Method::Head && !is_described { Method::Get } else { method };
        self.operations.iter().filter(move |(known, _)| *known == method).map(|(_, operation)| *operation)
    }
}
