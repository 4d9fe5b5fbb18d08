//! What a new document changes, and whose calls it would newly refuse.

use std::collections::{BTreeSet, HashMap};

use latchkey_types::{CredentialKind, OrgId, Scope, ScopeSet};

use super::granted::GrantedOperations;
use super::matcher::{Lookup, Matcher};
use super::model::{Description, NamedScope, Operation, UnknownOperations};
use super::template::{Segment, Template};
use crate::apis::{Api, ApiScope, ConsumerPolicy, ScopeGrant, Visibility};
use crate::validation::MAX_SCOPES;

/// The most credentials that a diff lists.
pub const MAX_LISTED_CREDENTIALS: usize = 200;
/// The most operations that it lists for each.
pub const MAX_LISTED_OPERATIONS: usize = 20;

/// A credential for an API that is neither ended nor expired, with what it was granted there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveCredential {
    /// `key_…`, `app_…` or `sa_…`.
    pub id: String,
    /// What it is.
    pub kind: CredentialKind,
    /// What its holder calls it.
    pub name: String,
    /// Whose it is.
    pub org: OrgId,
    /// The holder's slug.
    pub org_slug: String,
    /// What it was granted.
    pub scopes: ScopeSet,
    /// What of it by operations.
    pub operations: Option<GrantedOperations>,
    /// The scopes that the API's owner approved for the holder.
    pub approved: ScopeSet,
}

/// What a new document changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationDiff {
    /// Operations that weren't there.
    pub added: Vec<Operation>,
    /// Operations that are there no more.
    pub removed: Vec<Operation>,
    /// Operations that take other scopes, or have another `operationId`: as they were, and as they become.
    pub changed: Vec<(Operation, Operation)>,
    /// How many stay as they are.
    pub unchanged: usize,
    /// Scopes that the API gets.
    pub scopes_added: Vec<ApiScope>,
    /// Scopes of the API that the document before named and this one doesn't. The API keeps them.
    pub scopes_no_longer_named: Vec<Scope>,
    /// Whose calls would be refused that are allowed now, at most [`MAX_LISTED_CREDENTIALS`].
    pub newly_refused: Vec<NewlyRefused>,
    /// How many credentials that are, listed or not.
    pub newly_refused_count: usize,
}

impl OperationDiff {
    /// Whether anything changes.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.scopes_added.is_empty()
    }
}

/// A credential, some of whose calls would be refused that are allowed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewlyRefused {
    /// Whose.
    pub credential: LiveCredential,
    /// Which, at most [`MAX_LISTED_OPERATIONS`].
    pub operations: Vec<RefusedOperation>,
    /// How many, listed or not.
    pub count: usize,
}

/// A call that would be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedOperation {
    /// Which.
    pub operation: Operation,
    /// What is missing then; nothing where the operation is unknown and the API is strict.
    pub missing: ScopeSet,
}

/// What stands now, and what is to stand.
pub(super) struct Change<'a> {
    pub(super) api: &'a Api,
    pub(super) before: Option<&'a Description>,
    pub(super) after: &'a Description,
}

impl Change<'_> {
    /// The whole diff; `credentials` are all live ones for the API.
    pub(super) fn diff(&self, credentials: &[LiveCredential]) -> OperationDiff {
        let mut diff = self.operations();
        diff.scopes_added = new_scopes(self.api, self.after);
        diff.scopes_no_longer_named = self.scopes_no_longer_named();
        self.refusals(credentials, &mut diff);
        diff
    }

    fn operations(&self) -> OperationDiff {
        let mut diff = OperationDiff::default();
        let known = self.before.map(|before| before.operations.as_slice()).unwrap_or_default();
        let mut before: HashMap<_, &Operation> =
            known.iter().map(|operation| ((operation.method, shape(&operation.path)), operation)).collect();
        for after in &self.after.operations {
            match before.remove(&(after.method, shape(&after.path))) {
                None => diff.added.push(after.clone()),
                Some(before) if before.needs != after.needs || before.id != after.id => {
                    diff.changed.push((before.clone(), after.clone()));
                }
                Some(_) => diff.unchanged += 1,
            }
        }
        diff.removed = before.into_values().cloned().collect();
        diff.removed.sort_by(|one, other| (&one.path, one.method).cmp(&(&other.path, other.method)));
        diff
    }

    fn scopes_no_longer_named(&self) -> Vec<Scope> {
        let named = |description: &Description| -> BTreeSet<Scope> {
            description.scopes.iter().map(|scope| scope.name.clone()).collect()
        };
        let before = self.before.map(named).unwrap_or_default();
        let (after, of_api) = (named(self.after), self.api.scope_set());
        before.into_iter().filter(|scope| !after.contains(scope) && of_api.contains(scope.as_str())).collect()
    }

    fn refusals(&self, credentials: &[LiveCredential], diff: &mut OperationDiff) {
        let tables = Tables::new(self);
        let api_after = Api { scopes: with_new_scopes(self.api, self.after), ..self.api.clone() };
        // most credentials hold what many others hold
        let mut known: HashMap<(String, String), (Vec<RefusedOperation>, usize)> = HashMap::new();
        for credential in credentials {
            let policy = ConsumerPolicy { scopes: credential.approved.clone(), ..ConsumerPolicy::default() };
            let granted = &credential.scopes;
            let granted_after = match &credential.operations {
                Some(operations) => operations.scopes(Some(self.after)),
                None => granted.clone(),
            };
            let before = granted.intersection(&self.api.scopes_open_to(&credential.org, &policy));
            let after = granted_after.intersection(&api_after.scopes_open_to(&credential.org, &policy));
            let (operations, count) = known
                .entry((before.to_string(), after.to_string()))
                .or_insert_with(|| tables.newly_refused(&before, &after));
            if *count == 0 {
                continue;
            }
            diff.newly_refused_count += 1;
            if diff.newly_refused.len() < MAX_LISTED_CREDENTIALS {
                let (operations, count) = (operations.clone(), *count);
                diff.newly_refused.push(NewlyRefused { credential: credential.clone(), operations, count });
            }
        }
    }
}

/// Each operation of both documents, as a call of it is taken before and after.
struct Tables<'a> {
    calls: Vec<(&'a Operation, Taken, Taken)>,
}

/// What a call takes; `None`: it is refused whoever calls.
type Taken = Option<Vec<ScopeSet>>;

impl<'a> Tables<'a> {
    fn new(change: &'a Change<'a>) -> Self {
        let unknown = change.api.unknown_operations;
        let before = change.before.map(|before| before.operations.as_slice()).unwrap_or_default();
        let after = &change.after.operations;
        let (matcher_before, matcher_after) = (Matcher::new(before.to_vec()), Matcher::new(after.clone()));
        let has_table = change.before.is_some();
        let calls = before
            .iter()
            .chain(after)
            .filter_map(|operation| {
                let path = sample(&operation.path)?;
                let taken = |matcher: &Matcher, has_table: bool| match matcher.find(operation.method.as_str(), &path) {
                    Lookup::Known(operation) => Some(operation.needs.clone()),
                    Lookup::Ambiguous if has_table => None,
                    Lookup::Unknown | Lookup::Ambiguous => (unknown == UnknownOperations::Lenient).then(Vec::new),
                };
                Some((operation, taken(&matcher_before, has_table), taken(&matcher_after, true)))
            })
            .collect();
        Self { calls }
    }

    /// What is allowed with the one set and refused with the other.
    fn newly_refused(&self, before: &ScopeSet, after: &ScopeSet) -> (Vec<RefusedOperation>, usize) {
        let is_enough = |taken: &Taken, held: &ScopeSet| {
            taken.as_ref().is_some_and(|needs| needs.is_empty() || needs.iter().any(|needed| needed.is_subset(held)))
        };
        let mut refused = Vec::new();
        let mut seen = BTreeSet::new();
        for (operation, taken_before, taken_after) in &self.calls {
            let is_new = is_enough(taken_before, before) && !is_enough(taken_after, after);
            // an operation of both documents stands among the calls twice
            if !is_new || !seen.insert((operation.method, shape(&operation.path))) {
                continue;
            }
            if refused.len() < MAX_LISTED_OPERATIONS {
                let lacking = taken_after.iter().flatten().map(|needed| needed.minus(after));
                let missing = lacking.min_by_key(ScopeSet::len).unwrap_or_default();
                refused.push(RefusedOperation { operation: (*operation).clone(), missing });
            }
        }
        (refused, seen.len())
    }
}

/// The template without the names of its parameters: what stays the same when they are called otherwise.
fn shape(path: &str) -> String {
    match Template::read(path) {
        Ok(template) => format!("{:?}", template.segments),
        Err(_) => path.to_owned(),
    }
}

/// A path that this template means and that no literal is likely to be.
fn sample(path: &str) -> Option<String> {
    const VALUE: &str = "0sample0";
    let template = Template::read(path).ok()?;
    let segments = template.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => encoded(text),
        Segment::Parameter => VALUE.to_owned(),
        Segment::Mixed(texts) => texts.iter().map(|text| encoded(text)).collect::<Vec<_>>().join(VALUE),
    });
    Some(format!("/{}", segments.collect::<Vec<_>>().join("/")))
}

fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// The scopes that the document names and the API lacks. Of a public API they are for approval: nobody else takes by
/// himself what its owner hasn't looked at.
fn new_scopes(api: &Api, description: &Description) -> Vec<ApiScope> {
    let known = api.scope_set();
    let grant = match api.visibility {
        Visibility::Private => ScopeGrant::SelfService,
        Visibility::Public => ScopeGrant::Approval,
    };
    let new = |scope: &NamedScope| ApiScope { name: scope.name.clone(), description: scope.description.clone(), grant };
    description.scopes.iter().filter(|scope| !known.contains(scope.name.as_str())).map(new).collect()
}

/// The API's scopes with those that the document brings.
pub fn with_new_scopes(api: &Api, description: &Description) -> Vec<ApiScope> {
    let mut scopes = api.scopes.clone();
    scopes.extend(new_scopes(api, description));
    scopes.sort_by(|one, other| one.name.cmp(&other.name));
    scopes
}

/// Whether the API may have them all.
pub(super) fn fits(api: &Api, description: &Description) -> bool {
    api.scopes.len() + new_scopes(api, description).len() <= MAX_SCOPES
}

#[cfg(test)]
mod tests;
