//! What stands in a form, and what is wrong with it.

use latchkey_core::FieldError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// What stands in a form: typed values after an error, or what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormState {
    /// Names and values as the browser sent them; a name may come many times.
    pub values: Vec<(String, String)>,
    /// Names and what is wrong with them; the empty name is the form itself.
    pub errors: Vec<(String, String)>,
    /// Tells the ids of several forms on one page apart; empty where there is one form.
    #[serde(skip)]
    scope: String,
}

impl FormState {
    /// A form that shows these values.
    pub fn of<const N: usize>(values: [(&str, String); N]) -> Self {
        Self { values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), ..Self::default() }
    }

    /// A form as the browser sent it.
    pub fn typed(values: Vec<(String, String)>) -> Self {
        Self { values, ..Self::default() }
    }

    /// Adds an error.
    #[must_use]
    pub fn with_error(mut self, name: &str, detail: impl Into<String>) -> Self {
        self.errors.push((name.to_owned(), detail.into()));
        self
    }

    /// Adds a use case's errors.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors.extend(errors.into_iter().map(|error| (error.field, error.detail)));
        self
    }

    /// The first value of this name; empty where there is none.
    pub fn value(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every value of this name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box of this name and value is ticked.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|other| other == value)
    }

    /// The same form where its hidden field `form` says this name, else an empty one: for pages with many forms.
    #[must_use]
    pub fn only(&self, name: &str) -> Self {
        let form = if self.value("form") == name { self.clone() } else { Self::default() };
        form.scoped(name)
    }

    /// The same form with a name of its own on the page.
    #[must_use]
    pub fn scoped(mut self, name: &str) -> Self {
        name.clone_into(&mut self.scope);
        self
    }

    /// The id of the field of this name.
    pub fn id(&self, name: &str) -> String {
        if self.scope.is_empty() { name.to_owned() } else { format!("{}-{name}", self.scope) }
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.errors.is_empty()
    }

    /// What is wrong with a field, or with a member of it (`scopes/0`).
    pub fn error(&self, name: &str) -> Option<String> {
        let texts: Vec<&str> = self
            .errors
            .iter()
            .filter(|(key, _)| {
                key.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && !name.is_empty()))
            })
            .map(|(_, detail)| detail.as_str())
            .collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }
}

/// All that is wrong with a form, above it, with links to the fields. `fields` are the names that the form has;
/// an error at another name is told here in full.
pub fn error_summary(form: &FormState, fields: &[(&str, &str)]) -> Option<AnyView> {
    if form.errors.is_empty() {
        return None;
    }
    // a page with several forms says in `form` which one this is
    let form = form.clone().scoped(form.value("form"));
    let items = form
        .errors
        .iter()
        .map(|(name, detail)| {
            let root = name.split('/').next().unwrap_or_default();
            let known = fields.iter().find(|(field, _)| *field == root && !root.is_empty());
            let detail = detail.clone();
            match known {
                Some((field, label)) => {
                    let (href, label) = (format!("#{}", form.id(field)), format!("{label}: "));
                    view! { <li><a href=href>{label}{detail}</a></li> }.into_any()
                }
                None if root.is_empty() => view! { <li>{detail}</li> }.into_any(),
                None => {
                    let name = format!("{name}: ");
                    view! { <li>{name}{detail}</li> }.into_any()
                }
            }
        })
        .collect_view();
    Some(
        view! {
            <div class="error-summary" role="alert" aria-labelledby="error-summary-title" tabindex="-1">
                <h2 id="error-summary-title">"Nothing was saved yet"</h2>
                <ul>{items}</ul>
            </div>
        }
        .into_any(),
    )
}
