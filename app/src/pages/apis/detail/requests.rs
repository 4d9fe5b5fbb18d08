//! Who asks for access to an API.

use latchkey_core::Action;
use latchkey_core::apis::AccessRequestStatus;
use leptos::prelude::*;

use super::ApiDetail;
use crate::components::{Column, Tone, ago, badge, scope_list, table};
use crate::routes::OrgRoutes;

/// The section, where anybody does.
pub(super) fn section(model: &ApiDetail) -> Option<AnyView> {
    if model.requests.is_empty() {
        return None;
    }
    let to = OrgRoutes(&model.nav.org.slug);
    let may = model.nav.may(Action::ManageApis);
    let rows = model
        .requests
        .iter()
        .map(|request| {
            let state = match request.status {
                AccessRequestStatus::Pending => badge(Tone::Warning, "Waiting"),
                AccessRequestStatus::Approved => badge(Tone::Good, "Approved"),
                AccessRequestStatus::Denied => badge(Tone::Neutral, "Denied"),
            };
            let decide = (may && request.status == AccessRequestStatus::Pending).then(|| {
                let action = |decision| to.request_action(&model.api.id, &request.id, decision);
                view! {
                    <form method="post" action=action("approve")><button type="submit" class="button">"Approve"</button></form>
                    <form method="post" action=action("deny")><button type="submit" class="button danger-quiet">"Deny"</button></form>
                }
            });
            vec![
                view! { {request.org_slug.clone()}<small>{request.reason.clone()}</small> }.into_any(),
                scope_list(&request.scopes),
                ago(request.created_at, model.now),
                state,
                view! { <span class="row-actions">{decide}</span> }.into_any(),
            ]
        })
        .collect();
    let columns = [
        Column::text("Organisation"),
        Column::text("Scopes"),
        Column::text("Asked"),
        Column::text("State"),
        Column::text(""),
    ];
    Some(
        view! { <section class="section" id="requests"><h2>"Access requests"</h2>{table("Access requests", &columns, rows)}</section> }
            .into_any(),
    )
}
