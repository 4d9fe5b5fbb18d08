//! The organisations that hold credentials for an API, and what its owner decides for each.

use latchkey_core::Action;
use latchkey_core::apis::{Api, ConsumerDetail, ScopeGrant, Visibility};
use latchkey_types::CredentialStatus;
use leptos::prelude::*;

use super::ApiDetail;
use crate::components::{
    Column, Confirm, Field, FormState, Tone, ago_or_never, badge, definitions, pagination, status_badge, table,
};
use crate::pages::limits;
use crate::routes::OrgRoutes;

/// The section; none where there can't be any.
pub(super) fn section(model: &ApiDetail) -> Option<AnyView> {
    if model.api.visibility == Visibility::Private && model.consumers.items.is_empty() && model.cursor.is_empty() {
        return None;
    }
    let body = if model.consumers.items.is_empty() {
        view! { <p class="quiet">"No other organisation holds credentials for this API yet. They find it in the catalogue."</p> }.into_any()
    } else {
        model.consumers.items.iter().map(|consumer| consumer_view(model, consumer)).collect_view().into_any()
    };
    let path = OrgRoutes(&model.nav.org.slug).api(&model.api.id);
    Some(
        view! {
            <section class="section" id="consumers">
                <div class="section-head"><h2>"Consumers"</h2><p>"Other organisations with credentials for this API."</p></div>
                {body}
                {pagination(&path, &[], Some(&model.cursor), model.consumers.next_cursor.as_deref())}
            </section>
        }
        .into_any(),
    )
}

fn consumer_view(model: &ApiDetail, detail: &ConsumerDetail) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let consumer = &detail.consumer;
    let slug = consumer.org.slug.clone();
    let blocked = consumer.policy.blocked_at.is_some();
    let rows = detail
        .credentials
        .iter()
        .map(|credential| {
            let status = if credential.revoked_at.is_some() {
                CredentialStatus::Revoked
            } else if credential.expires_at.is_some_and(|end| end <= model.now) {
                CredentialStatus::Expired
            } else if credential.disabled_at.is_some() {
                CredentialStatus::Disabled
            } else {
                CredentialStatus::Active
            };
            vec![
                view! { {credential.name.clone()}<small><code>{credential.id.clone()}</code></small> }.into_any(),
                status_badge(status),
                ago_or_never(credential.last_used_at, model.now),
            ]
        })
        .collect();
    let credentials =
        table("Credentials", &[Column::text("Credential"), Column::text("State"), Column::text("Last used")], rows);
    let manage = model.nav.may(Action::ManageApis).then(|| {
        let action = |verb| to.consumer_action(&model.api.id, &slug, verb);
        let block = if blocked {
            view! { <form method="post" action=action("unblock")><button type="submit" class="button">"Unblock"</button></form> }.into_any()
        } else {
            Confirm {
                id: format!("block-{}", consumer.org.id),
                open: "Block…".to_owned(),
                title: format!("Block {}?", consumer.org.name),
                text: "All its credentials for this API answer DISABLED until you unblock it.".to_owned(),
                action: action("block"),
                submit: "Block organisation".to_owned(),
                danger: true,
            }
            .view()
        };
        view! { {block}{policy_form(model, detail, action("update"))} }
    });
    let state = blocked.then(|| badge(Tone::Bad, "Blocked"));
    view! {
        <div class="panel">
            <div class="section-head"><h3>{consumer.org.name.clone()}" "{state}</h3><span class="quiet small">{slug.clone()}</span></div>
            {credentials}
            {consumer_limits(detail)}
            {manage}
        </div>
    }
    .into_any()
}

/// Its limits with those of its plan.
fn consumer_limits(detail: &ConsumerDetail) -> Option<AnyView> {
    let left = &detail.left;
    (!left.rate_limits.is_empty() || left.credits.is_some()).then(|| {
        definitions(vec![
            ("Rate limits", limits::limits_fact(left)),
            ("Credits", limits::credits_fact(detail.consumer.policy.credits, left)),
        ])
    })
}

/// The API's plans, where it has any.
fn plan_field(api: &Api, form: &FormState) -> Option<AnyView> {
    let plans = api.plans.iter().map(|plan| (plan.name.clone(), plan.name.clone()));
    let choices = [(String::new(), "None of its own".to_owned())].into_iter().chain(plans).collect();
    (!api.plans.is_empty()).then(|| Field::new(form, "plan", "Plan").select(choices))
}

fn policy_form(model: &ApiDetail, detail: &ConsumerDetail, action: String) -> AnyView {
    let policy = &detail.consumer.policy;
    let name = format!("consumer-{}", detail.consumer.org.slug);
    let mut form = model.form.only(&name);
    let open = !form.is_empty();
    if !open {
        form.values = policy.scopes.iter().map(|scope| ("scopes".to_owned(), scope.to_string())).collect();
        let metadata = policy.metadata.clone().map(|metadata| serde_json::Value::Object(metadata).to_string());
        form.values.push(("metadata".to_owned(), metadata.unwrap_or_default()));
        form.values.push(("plan".to_owned(), policy.plan.clone().unwrap_or_default()));
        form.values.extend(limits::stored(&policy.rate_limits, policy.credits, &detail.left));
    }
    let by_approval = model
        .api
        .scopes
        .iter()
        .filter(|scope| scope.grant == ScopeGrant::Approval)
        .map(|scope| (scope.name.to_string(), scope.name.to_string(), scope.description.clone()))
        .collect::<Vec<_>>();
    let scopes = (!by_approval.is_empty()).then(|| {
        Field::new(&form, "scopes", "Scopes by approval")
            .hint("What it may hold beyond the self-service scopes.")
            .choices("checkbox", &by_approval)
    });
    view! {
        <details class="more" open=open>
            <summary>"Limits, metadata and scopes"</summary>
            <form method="post" action=action class="form">
                <input type="hidden" name="form" value=name/>
                {scopes}
                {plan_field(&model.api, &form)}
                {limits::fields(&form)}
                {Field::new(&form, "metadata", "Metadata").mono().hint("A JSON object, answered by every verification of its credentials.").area(3)}
                <div class="actions"><button type="submit" class="button primary">"Save"</button></div>
            </form>
        </details>
    }
    .into_any()
}
