//! Security schemes and requirements (`OpenAPI` 3.1 sections 4.8.27 and 4.8.30).

use std::collections::HashMap;

use latchkey_types::{Scope, ScopeSet};

use super::super::document::{DocumentError, Entry, Node, member, shown};
use super::{simplest, text};
use crate::validation::{MAX_DESCRIPTION_LENGTH, MAX_SCOPES};

/// The most alternatives of one operation.
const MAX_ALTERNATIVES: usize = 32;
/// How often a reference may lead to another one.
const MAX_REFERENCES: usize = 8;

/// The document's security schemes: the scopes of each, with what they allow.
pub(super) struct Schemes {
    by_name: HashMap<String, Vec<(Scope, String)>>,
    /// The names in the document's order.
    names: Vec<String>,
}

impl Schemes {
    pub(super) fn read(root: &[Entry]) -> Result<Self, DocumentError> {
        let mut schemes = Self { by_name: HashMap::new(), names: Vec::new() };
        let Some(components) = member(root, "components") else { return Ok(schemes) };
        let components = components.node.members("`components`")?;
        let Some(described) = member(components, "securitySchemes") else { return Ok(schemes) };
        let described = described.node.members("`securitySchemes`")?;
        for scheme in described {
            let node = resolve(described, &scheme.node)?;
            let scopes = scopes_of_flows(node)?;
            schemes.by_name.insert(scheme.key.clone(), scopes);
            schemes.names.push(scheme.key.clone());
        }
        Ok(schemes)
    }

    /// Every scope of every scheme.
    pub(super) fn scopes(&self) -> impl Iterator<Item = (&Scope, &str)> {
        let of = |name: &String| self.by_name[name].iter().map(|(scope, description)| (scope, description.as_str()));
        self.names.iter().flat_map(of)
    }

    /// What a list of requirements asks for: all scopes of one of these; empty: none. A requirement's schemes all apply,
    /// and what scheme a scope belongs to makes no difference here.
    pub(super) fn needs(&self, requirements: &Node) -> Result<Vec<ScopeSet>, DocumentError> {
        let requirements = requirements.items("`security`")?;
        if let Some(one_more) = requirements.get(MAX_ALTERNATIVES) {
            return Err(DocumentError::at(
                one_more.line,
                format!("more than {MAX_ALTERNATIVES} alternatives of security"),
            ));
        }
        let alternatives = requirements.iter().map(|requirement| self.alternative(requirement));
        Ok(simplest(alternatives.collect::<Result<_, _>>()?))
    }

    fn alternative(&self, requirement: &Node) -> Result<ScopeSet, DocumentError> {
        let mut scopes = Vec::new();
        for scheme in requirement.members("a security requirement")? {
            if !self.by_name.contains_key(&scheme.key) {
                let name = shown(&scheme.key);
                return Err(DocumentError::at(
                    scheme.line,
                    format!("{name} isn't one of `components.securitySchemes`"),
                ));
            }
            for named in scheme.node.items("what a security requirement asks of a scheme")? {
                scopes.push(scope(named.text("a scope")?, named.line)?);
            }
            if scopes.len() > MAX_SCOPES {
                return Err(DocumentError::at(scheme.line, format!("more than {MAX_SCOPES} scopes at once")));
            }
        }
        Ok(scopes.into_iter().collect())
    }
}

fn scope(text: &str, line: usize) -> Result<Scope, DocumentError> {
    text.parse().map_err(|error| DocumentError::at(line, format!("{} is no scope: {error}", shown(text))))
}

/// The scheme itself, where a reference stands in its place.
fn resolve<'a>(schemes: &'a [Entry], node: &'a Node) -> Result<&'a Node, DocumentError> {
    let mut node = node;
    for _ in 0..=MAX_REFERENCES {
        let Some(reference) = member(node.members("a security scheme")?, "$ref") else { return Ok(node) };
        let target = reference.node.text("`$ref`")?;
        let name = target.strip_prefix("#/components/securitySchemes/");
        node = name.and_then(|name| member(schemes, name)).map(|found| &found.node).ok_or_else(|| {
            DocumentError::at(reference.line, format!("there is no security scheme {}", shown(target)))
        })?;
    }
    Err(DocumentError::at(node.line, "references of security schemes lead to each other"))
}

fn scopes_of_flows(scheme: &Node) -> Result<Vec<(Scope, String)>, DocumentError> {
    let Some(flows) = member(scheme.members("a security scheme")?, "flows") else { return Ok(Vec::new()) };
    let mut scopes = Vec::new();
    for flow in flows.node.members("`flows`")?.iter().filter(|flow| !flow.key.starts_with("x-")) {
        let Some(named) = member(flow.node.members("a flow")?, "scopes") else { continue };
        for named in named.node.members("`scopes` of a flow")?.iter().filter(|named| !named.key.starts_with("x-")) {
            let description = named.node.text("what a scope allows").unwrap_or_default();
            scopes.push((scope(&named.key, named.line)?, text::short(description, MAX_DESCRIPTION_LENGTH)));
        }
    }
    Ok(scopes)
}
