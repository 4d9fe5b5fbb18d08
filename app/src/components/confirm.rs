//! What can't be undone is asked once more: a popover, which browsers open and close without any script.
//! A browser that doesn't know popovers shows the form in the page.

use leptos::prelude::*;

/// A question with its form.
pub struct Confirm {
    /// Unique on the page.
    pub id: String,
    /// On the button that opens it: `Revoke…`
    pub open: String,
    /// The question.
    pub title: String,
    /// What will happen.
    pub text: String,
    /// Where the form posts to.
    pub action: String,
    /// On the button that does it.
    pub submit: String,
    /// Whether it destroys something.
    pub danger: bool,
}

impl Confirm {
    /// A question without fields.
    pub fn view(self) -> AnyView {
        self.with_fields(().into_any())
    }

    /// A question with fields, as the reason.
    pub fn with_fields(self, fields: AnyView) -> AnyView {
        let Self { id, open, title, text, action, submit, danger } = self;
        let title_id = format!("{id}-title");
        let (labelled_by, own_id, opens) = (title_id.clone(), id.clone(), id.clone());
        let (opener, doer) =
            if danger { ("button danger-quiet", "button danger") } else { ("button", "button primary") };
        view! {
            <button type="button" class=opener popovertarget=opens>{open}</button>
            <div popover="auto" id=own_id class="dialog" role="dialog" aria-labelledby=labelled_by>
                <form method="post" action=action class="form">
                    <h2 id=title_id>{title}</h2>
                    <p>{text}</p>
                    {fields}
                    <div class="actions">
                        <button type="submit" class=doer>{submit}</button>
                        <button type="button" class="button" popovertarget=id popovertargetaction="hide">"Cancel"</button>
                    </div>
                </form>
            </div>
        }
        .into_any()
    }
}
