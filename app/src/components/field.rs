//! Form fields: label, hint, error, and what was typed.

use leptos::prelude::*;

use super::form::FormState;

/// Escapes text for the content of an element that Leptos doesn't escape by itself (`<textarea>`).
pub fn escape_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// One field of a form.
pub struct Field<'a> {
    form: &'a FormState,
    name: &'static str,
    label: &'static str,
    hint: Option<String>,
    required: bool,
    placeholder: &'static str,
    max_length: Option<u32>,
    class: &'static str,
    default: String,
}

impl<'a> Field<'a> {
    /// A field of this name.
    pub fn new(form: &'a FormState, name: &'static str, label: &'static str) -> Self {
        Self {
            form,
            name,
            label,
            hint: None,
            required: false,
            placeholder: "",
            max_length: None,
            class: "",
            default: String::new(),
        }
    }

    /// What to know before typing.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// It can't stay empty.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// An example.
    #[must_use]
    pub fn placeholder(mut self, placeholder: &'static str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// At most this many characters.
    #[must_use]
    pub fn max(mut self, length: u32) -> Self {
        self.max_length = Some(length);
        self
    }

    /// For ids, addresses and code.
    #[must_use]
    pub fn mono(mut self) -> Self {
        self.class = "mono";
        self
    }

    /// What stands in it where nothing was typed.
    #[must_use]
    pub fn default(mut self, value: impl Into<String>) -> Self {
        self.default = value.into();
        self
    }

    fn id(&self) -> String {
        self.form.id(self.name)
    }

    fn value(&self) -> String {
        if self.form.values.is_empty() { self.default.clone() } else { self.form.value(self.name).to_owned() }
    }

    fn described_by(&self) -> Option<String> {
        let id = self.id();
        let hint = self.hint.as_ref().map(|_| format!("{id}-hint"));
        let error = self.form.error(self.name).map(|_| format!("{id}-error"));
        match (hint, error) {
            (Some(hint), Some(error)) => Some(format!("{error} {hint}")),
            (hint, error) => error.or(hint),
        }
    }

    fn invalid(&self) -> Option<&'static str> {
        self.form.error(self.name).map(|_| "true")
    }

    fn optional(&self) -> Option<AnyView> {
        (!self.required).then(|| view! { <span class="quiet">" (optional)"</span> }.into_any())
    }

    fn hint_and_error(&self) -> AnyView {
        let id = self.id();
        let hint_id = format!("{id}-hint");
        let hint = self.hint.clone().map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> });
        let error_id = format!("{id}-error");
        let error = self.form.error(self.name).map(|error| view! { <p class="error" id=error_id>{error}</p> });
        view! { {hint}{error} }.into_any()
    }

    fn wrap(&self, control: AnyView) -> AnyView {
        view! {
            <div class="field">
                <label for=self.id()>{self.label}{self.optional()}</label>
                {control}
                {self.hint_and_error()}
            </div>
        }
        .into_any()
    }

    /// One line; `kind` is the input's type.
    pub fn input(self, kind: &'static str) -> AnyView {
        self.wrap(
            view! {
                <input
                    type=kind
                    id=self.id()
                    name=self.name
                    value=self.value()
                    class=self.class
                    required=self.required
                    placeholder=(!self.placeholder.is_empty()).then_some(self.placeholder)
                    maxlength=self.max_length.map(|length| length.to_string())
                    aria-describedby=self.described_by()
                    aria-invalid=self.invalid()
                    autocomplete="off"
                />
            }
            .into_any(),
        )
    }

    /// One line of text.
    pub fn text(self) -> AnyView {
        self.input("text")
    }

    /// Many lines.
    pub fn area(self, rows: u32) -> AnyView {
        // Leptos doesn't escape a textarea's children; browsers drop one line feed at its start
        let content = format!("\n{}", escape_text(&self.value()));
        self.wrap(
            view! {
                <textarea
                    id=self.id()
                    name=self.name
                    class=self.class
                    rows=rows.to_string()
                    required=self.required
                    placeholder=(!self.placeholder.is_empty()).then_some(self.placeholder)
                    maxlength=self.max_length.map(|length| length.to_string())
                    aria-describedby=self.described_by()
                    aria-invalid=self.invalid()
                    spellcheck="false"
                >{content}</textarea>
            }
            .into_any(),
        )
    }

    /// One of some: value and text.
    pub fn select(mut self, options: Vec<(String, String)>) -> AnyView {
        self.required = true;
        let chosen = self.value();
        let options = options
            .into_iter()
            .map(|(value, text)| {
                let selected = value == chosen;
                view! { <option value=value selected=selected>{text}</option> }
            })
            .collect_view();
        self.wrap(
            view! {
                <select id=self.id() name=self.name aria-describedby=self.described_by() aria-invalid=self.invalid()>
                    {options}
                </select>
            }
            .into_any(),
        )
    }

    /// Some of many: value, text and what it means. `kind` is `checkbox` or `radio`.
    pub fn choices(self, kind: &'static str, options: &[(String, String, String)]) -> AnyView {
        let fresh = self.form.values.is_empty();
        let defaults: Vec<&str> = self.default.split(' ').collect();
        let name = self.name;
        let prefix = self.id();
        let items = options
            .iter()
            .enumerate()
            .map(|(position, (value, text, meaning))| {
                let checked = if fresh { defaults.contains(&value.as_str()) } else { self.form.has(name, value) };
                // the first one has the field's own id, where the error summary leads
                let id = if position == 0 { prefix.clone() } else { format!("{prefix}-{position}") };
                let (value, text, meaning, label_for) = (value.clone(), text.clone(), meaning.clone(), id.clone());
                let meaning = (!meaning.is_empty()).then(|| view! { <span class="hint">{meaning}</span> });
                view! {
                    <label class="choice" for=label_for>
                        <input type=kind id=id name=name value=value checked=checked/>
                        <span><span class="choice-name">{text}</span>{meaning}</span>
                    </label>
                }
            })
            .collect_view();
        view! {
            <fieldset class="field" aria-describedby=self.described_by()>
                <legend>{self.label}{self.optional()}</legend>
                {self.hint_and_error()}
                <div class="choices">{items}</div>
            </fieldset>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::error_summary;
    use crate::shell::render;

    // F-27: Leptos leaves a textarea's children as they are
    #[test]
    fn what_was_typed_into_a_textarea_stays_text() {
        let form = FormState::of([("note", "</textarea><script>alert(1)</script>&amp;".to_owned())]);
        let html = render(|| Field::new(&form, "note", "Note").area(3));
        assert!(
            html.contains("\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</textarea>"),
            "{html}"
        );
        assert!(!html.contains("<script"), "{html}");
    }

    // F-27
    #[test]
    fn values_labels_and_errors_are_inert() {
        let form = FormState::of([("name", "\"><script>x</script>".to_owned())]).with_error("name", "<b>bad</b>");
        let html = render(|| Field::new(&form, "name", "Name").required().hint("<i>").text());
        assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains("<i>"), "{html}");
        assert!(html.contains("value=\"&quot;"), "{html}");
    }

    #[test]
    fn an_error_is_tied_to_its_field() {
        let form = FormState::default().with_error("scopes/1", "unknown scope").with_error("", "try again");
        let html = render(|| Field::new(&form, "scopes", "Scopes").hint("what it may").text());
        assert!(html.contains("aria-describedby=\"scopes-error scopes-hint\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        assert!(html.contains("unknown scope"), "{html}");
        assert!(!html.contains("try again"), "{html}");
        let summary = render(|| error_summary(&form, &[("scopes", "Scopes")]));
        assert!(summary.contains("href=\"#scopes\""), "{summary}");
        assert!(summary.contains("try again"), "{summary}");
    }

    #[test]
    fn ticked_boxes_are_those_that_were_sent() {
        let form = FormState::of([("s", "b".to_owned())]);
        let options = || vec![("a".into(), "A".into(), String::new()), ("b".into(), "B".into(), String::new())];
        let html = render(|| Field::new(&form, "s", "S").default("a").choices("checkbox", &options()));
        assert_eq!(html.matches(" checked").count(), 1, "{html}");
        assert!(html.contains("value=\"b\" checked"), "{html}");
        let html = render(|| Field::new(&FormState::default(), "s", "S").default("a").choices("checkbox", &options()));
        assert!(html.contains("value=\"a\" checked"), "{html}");
    }
}
