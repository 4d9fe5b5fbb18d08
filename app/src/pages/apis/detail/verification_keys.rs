//! An API's verification keys, and the form for another one.

use latchkey_core::Action;
use latchkey_core::apis::VerificationKey;
use latchkey_types::{Environment, Timestamp};
use leptos::prelude::*;

use super::ApiDetail;
use crate::components::{Column, Confirm, Field, ago, ago_or_never, environment_badge, table};
use crate::routes::OrgRoutes;

/// One that leaked may end by itself.
fn ends(end: Option<Timestamp>, now: Timestamp) -> Option<AnyView> {
    end.map(|end| {
        let text = if end <= now { "Ended " } else { "Ends " };
        view! { <small>{text}{ago(end, now)}</small> }.into_any()
    })
}

/// The section.
pub(super) fn section(model: &ApiDetail, keys: &[VerificationKey]) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let may = model.nav.may(Action::ManageApis);
    let rows: Vec<Vec<AnyView>> = keys
        .iter()
        .map(|key| {
            let delete = may.then(|| {
                Confirm {
                    id: format!("delete-{}", key.id),
                    open: "Delete…".to_owned(),
                    title: format!("Delete {}?", key.name),
                    text: "Programs that present it get 401 at once and can verify nothing until they have another one.".to_owned(),
                    action: to.delete_verification_key(&model.api.id, &key.id),
                    submit: "Delete verification key".to_owned(),
                    danger: true,
                }
                .view()
            });
            vec![
                view! { {key.name.clone()}<small><code>{key.id.to_string()}</code></small>{ends(key.ends_at, model.now)} }.into_any(),
                view! { <span class="badges">{key.environments.iter().map(|environment| environment_badge(*environment)).collect_view()}</span> }.into_any(),
                ago_or_never(key.last_used_at, model.now),
                ago(key.created_at, model.now),
                view! { <span class="row-actions">{delete}</span> }.into_any(),
            ]
        })
        .collect();
    let list = if rows.is_empty() {
        view! { <p class="quiet">"None yet. Your API needs one to ask Latchkey about a caller's credential."</p> }
            .into_any()
    } else {
        let columns = [
            Column::text("Name"),
            Column::text("Takes keys of"),
            Column::text("Last used"),
            Column::text("Created"),
            Column::text(""),
        ];
        table("Verification keys", &columns, rows)
    };
    let form = model.form.only("verification-key");
    let environments = [(Environment::Live, "Live"), (Environment::Test, "Test")]
        .map(|(environment, text)| (environment.as_str().to_owned(), text.to_owned(), String::new()))
        .to_vec();
    let create = may.then(|| {
        view! {
            <details class="more" open=!form.is_empty() || keys.is_empty()>
                <summary>"New verification key"</summary>
                <form method="post" action=to.create_verification_key(&model.api.id) class="form">
                    <input type="hidden" name="form" value="verification-key"/>
                    {Field::new(&form, "name", "Name").required().max(100).placeholder("Production gateway").text()}
                    {Field::new(&form, "environments", "Takes API keys of").required().default("live").choices("checkbox", &environments)}
                    <div class="actions"><button type="submit" class="button primary">"Create verification key"</button></div>
                </form>
            </details>
        }
    });
    view! {
        <section class="section" id="verification-keys">
            <div class="section-head"><h2>"Verification keys"</h2><p>"What this API presents to POST /v1/verify."</p></div>
            {list}
            {create}
        </section>
    }
    .into_any()
}
