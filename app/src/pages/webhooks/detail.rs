//! `/orgs/{slug}/webhooks/{id}`: a webhook and what was sent to it.

use axum::extract::Path;
use latchkey_core::Action;
use latchkey_core::deliveries::{self, Delivery, DeliveryState};
use latchkey_core::ports::Listed;
use latchkey_core::webhooks::{self, Webhook};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::list::state_badge;
use super::{deliveries_table, kind_choices, kinds_text, kinds_value};
use crate::components::{
    Confirm, Field, FormState, OrgNav, Section, ago, copyable, definitions, empty_state, error_summary, moment,
    page_header, pagination, secret_box,
};
use crate::request::{Ctx, PageResult, id};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct WebhookDetail {
    /// The organisation.
    pub nav: OrgNav,
    /// The webhook.
    pub webhook: Webhook,
    /// What was sent to it, newest first.
    pub deliveries: Listed<Delivery>,
    /// Which page of that this is.
    pub cursor: String,
    /// A refused form.
    pub form: FormState,
    /// Its secret, once.
    pub secret: Option<String>,
    /// What time it is.
    pub now: Timestamp,
}

/// The page.
pub async fn show(ctx: Ctx, Path((slug, webhook)): Path<(String, String)>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageSettings, Section::Notices).await?;
    let webhook = webhooks::get(ctx.core(), ctx.caller(), &slug, &id(&webhook)?).await?;
    let secret = ctx.one_time(webhook.id.as_str()).await?.map(|one_time| one_time.secret.expose().to_owned());
    let model = WebhookDetail {
        nav: nav.clone(),
        deliveries: deliveries::list(ctx.core(), ctx.caller(), &slug, &webhook.id, &ctx.list_page()).await?,
        cursor: ctx.query("cursor").to_owned(),
        form: ctx.form().await?,
        secret,
        webhook,
        now: ctx.now,
    };
    ctx.org_page_with_secret(nav, "Webhook", model.secret.is_some(), move || content(&model))
}

/// The page's content.
pub fn content(model: &WebhookDetail) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let webhook = &model.webhook;
    let secret = model.secret.clone().map(|secret| {
        secret_box(
            "The webhook's secret",
            secret,
            "Your receiver checks with it that a notice comes from here. It is shown this once: keep it in a secret store.",
        )
    });
    let mut facts = vec![
        ("State", state_badge(webhook)),
        ("Notices", kinds_text(&webhook.kinds).into_any()),
        ("Id", copyable("webhook-id", webhook.id.to_string())),
        ("Made", moment(webhook.created_at)),
    ];
    if let Some(until) = webhook.previous_secret_until.filter(|until| *until > model.now) {
        facts.push(("The old secret signs too", ago(until, model.now)));
    }
    let fields = [("url", "Address"), ("kinds", "Notices")];
    view! {
        {page_header(Some(("Where notices go", to.webhooks())), "Webhook", None, actions(model))}
        {error_summary(&model.form, &fields)}
        {secret}
        <p><code>{webhook.url.clone()}</code></p>
        {definitions(facts)}
        {change(model)}
        {sent(model)}
    }
    .into_any()
}

fn actions(model: &WebhookDetail) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let id = &model.webhook.id;
    let post = |action: &str, label: &'static str| {
        view! {
            <form method="post" action=to.webhook_action(id, action)>
                <button type="submit" class="button">{label}</button>
            </form>
        }
        .into_any()
    };
    let rotate = Confirm {
        id: "rotate".to_owned(),
        open: "New secret…".to_owned(),
        title: "Give it a new secret?".to_owned(),
        text: "For 24 hours notices are signed with both, the old and the new one.".to_owned(),
        action: to.webhook_action(id, "rotate"),
        submit: "Make a new secret".to_owned(),
        danger: false,
    };
    let delete = Confirm {
        id: "delete".to_owned(),
        open: "Delete…".to_owned(),
        title: "Delete this webhook?".to_owned(),
        text: "Nothing is posted to it any more, and what was sent to it is forgotten.".to_owned(),
        action: to.webhook_action(id, "delete"),
        submit: "Delete webhook".to_owned(),
        danger: true,
    };
    let (test, switch) = if model.webhook.disabled.is_none() {
        (Some(post("test", "Send a test")), post("disable", "Switch off"))
    } else {
        (None, post("enable", "Switch on"))
    };
    view! { {test}{switch}{rotate.view()}{delete.view()} }.into_any()
}

fn change(model: &WebhookDetail) -> AnyView {
    let (form, webhook) = (&model.form, &model.webhook);
    view! {
        <section class="section">
            <details class="more" open=!form.is_empty()>
                <summary>"Change address or notices"</summary>
                <form method="post" action=OrgRoutes(&model.nav.org.slug).webhook_action(&webhook.id, "update") class="form">
                    {Field::new(form, "url", "Address").required().max(2_000).mono().default(webhook.url.clone()).text()}
                    {Field::new(form, "kinds", "Notices").required().default(kinds_value(&webhook.kinds)).choices("checkbox", &kind_choices())}
                    <div class="actions"><button type="submit" class="button primary">"Save"</button></div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

fn sent(model: &WebhookDetail) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    let webhook = &model.webhook;
    let again = |delivery: &Delivery| {
        let is_possible = webhook.disabled.is_none() && delivery.state != DeliveryState::Waiting;
        is_possible.then(|| to.send_again(&webhook.id, &delivery.id))
    };
    let list = if model.deliveries.items.is_empty() {
        empty_state("Nothing was sent yet", "Send a test to see whether the receiver takes it.", None)
    } else {
        deliveries_table(&model.deliveries.items, model.now, again)
    };
    let page = to.webhook(&webhook.id);
    let pages = pagination(&page, &[], Some(&model.cursor), model.deliveries.next_cursor.as_deref());
    view! {
        <section class="section">
            <h2>"What was sent"</h2>
            <p class="quiet">"The last 30 days. What isn't taken is tried ten times over three days, then given up."</p>
            {list}
            {pages}
        </section>
    }
    .into_any()
}
