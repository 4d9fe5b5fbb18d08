//! `/orgs/new`: the form for a new organisation.

use axum::response::Response;
use latchkey_core::orgs;
use leptos::prelude::*;

use crate::components::{Field, FormState, Section, error_summary, page_header};
use crate::request::{Ctx, PageError};
use crate::routes;

/// The page.
pub async fn new(ctx: Ctx) -> Result<Response, PageError> {
    if !orgs::may_create(ctx.core(), ctx.caller()) {
        return Err(latchkey_core::Error::Forbidden("only operators make organisations in this installation").into());
    }
    let form = ctx.form().await?;
    Ok(ctx.plain_page(Section::Other, "New organisation", move || content(&form)))
}

pub(crate) fn content(form: &FormState) -> AnyView {
    view! {
        {page_header(Some(("Organisations", "/?all".to_owned())), "New organisation", Some("It holds APIs, keys, apps and people. You become its owner."), ().into_any())}
        {error_summary(form, &[("name", "Name"), ("slug", "Slug")])}
        <form method="post" action=routes::CREATE_ORG class="form">
            {Field::new(form, "name", "Name").required().max(100).placeholder("Acme").text()}
            {Field::new(form, "slug", "Slug").required().max(40).mono().placeholder("acme")
                .hint("Stands in addresses: small letters, digits and hyphens. It can be changed later.").text()}
            <div class="actions">
                <button type="submit" class="button primary">"Create organisation"</button>
                <a class="button" href="/?all">"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::render;

    #[test]
    fn a_refused_form_keeps_what_was_typed() {
        let form =
            FormState::of([("name", "Acme".to_owned()), ("slug", "ac me".to_owned())]).with_error("slug", "no spaces");
        let html = render(|| content(&form));
        assert!(html.contains("value=\"Acme\"") && html.contains("value=\"ac me\""), "{html}");
        assert!(html.contains("href=\"#slug\"") && html.contains("id=\"slug-error\""), "{html}");
    }
}
