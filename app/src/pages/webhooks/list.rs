//! `/orgs/{slug}/webhooks`: where notices go, besides the portal.

use axum::extract::Path;
use latchkey_core::deliveries::{self, Delivery, DeliveryState};
use latchkey_core::notices::{self, NoticeSettings};
use latchkey_core::webhooks::{self, DisabledReason, MAX_WEBHOOKS, Webhook};
use latchkey_core::{Action, Actor};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::{deliveries_table, kind_choices, kinds_text, kinds_value};
use crate::components::{
    Column, Field, FormState, OrgNav, Section, Tone, ago, badge, empty_state, error_summary, page_header, table,
};
use crate::pages::notices::{Page, page_tabs};
use crate::request::{Ctx, PageResult};
use crate::routes::OrgRoutes;

/// What the page shows.
pub struct WebhooksPage {
    /// The organisation.
    pub nav: OrgNav,
    /// Its webhooks, newest first.
    pub webhooks: Vec<Webhook>,
    /// What it chose about mails.
    pub settings: NoticeSettings,
    /// The person and mails.
    pub mail: MailState,
    /// Mails of late that were given up or wait for another attempt.
    pub stuck_mails: Vec<Delivery>,
    /// A refused form.
    pub form: FormState,
    /// What time it is.
    pub now: Timestamp,
}

/// Whether the person gets mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailState {
    /// There is no mail server.
    NoServer,
    /// Nobody vouches for the person's address.
    NotVerified,
    /// To this address, if they want.
    Possible {
        /// Where to.
        address: String,
        /// Whether they want.
        wants: bool,
    },
}

/// The page.
pub async fn list(ctx: Ctx, Path(slug): Path<String>) -> PageResult {
    let nav = ctx.org(&slug, Action::ManageSettings, Section::Notices).await?;
    let mails = deliveries::list_mails(ctx.core(), ctx.caller(), &slug, &ctx.list_page()).await?;
    let is_stuck = |mail: &Delivery| {
        mail.state == DeliveryState::Failed || (mail.state == DeliveryState::Waiting && mail.attempts > 0)
    };
    let model = WebhooksPage {
        webhooks: webhooks::list(ctx.core(), ctx.caller(), &slug).await?,
        settings: notices::settings(ctx.core(), ctx.caller(), &slug).await?,
        mail: mail_state(&ctx, &nav).await?,
        stuck_mails: mails.items.into_iter().filter(is_stuck).collect(),
        form: ctx.form().await?,
        now: ctx.now,
        nav: nav.clone(),
    };
    Ok(ctx.org_page(nav, "Where notices go", move || content(&model)))
}

async fn mail_state(ctx: &Ctx, nav: &OrgNav) -> Result<MailState, latchkey_core::Error> {
    let identity = &ctx.person.user.identity;
    let (Actor::User { id, .. }, true) = (&ctx.caller().actor, ctx.core().mailer.is_configured()) else {
        return Ok(MailState::NoServer);
    };
    match &identity.email {
        Some(address) if identity.email_verified => {
            let wants = notices::wants_mail(ctx.core(), &nav.org.id, id).await?;
            Ok(MailState::Possible { address: address.clone(), wants })
        }
        _ => Ok(MailState::NotVerified),
    }
}

/// The page's content.
pub fn content(model: &WebhooksPage) -> AnyView {
    let fields = [("url", "Address"), ("kinds", "Notices"), ("email_kinds", "Notices by mail")];
    let list = if model.webhooks.is_empty() {
        empty_state(
            "No webhooks yet",
            "A webhook posts notices to an address of yours, signed as the Standard Webhooks specification says, so that your programs can act on them.",
            None,
        )
    } else {
        let columns = [Column::text("Address"), Column::text("Notices"), Column::short("State"), Column::short("Made")];
        table("Webhooks", &columns, model.webhooks.iter().map(|webhook| row(model, webhook)).collect())
    };
    view! {
        {page_header(None, "Notices", Some("Where notices go, besides this portal."), ().into_any())}
        {page_tabs(&model.nav, Page::Webhooks)}
        {error_summary(&model.form, &fields)}
        <section class="section">
            <h2>"Webhooks"</h2>
            {list}
            {(model.webhooks.len() < MAX_WEBHOOKS).then(|| new_webhook(model))}
        </section>
        {mails(model)}
    }
    .into_any()
}

fn row(model: &WebhooksPage, webhook: &Webhook) -> Vec<AnyView> {
    let href = OrgRoutes(&model.nav.org.slug).webhook(&webhook.id);
    vec![
        view! { <a href=href><code>{webhook.url.clone()}</code></a> }.into_any(),
        kinds_text(&webhook.kinds).into_any(),
        state_badge(webhook),
        ago(webhook.created_at, model.now),
    ]
}

/// Whether anything is posted.
pub(super) fn state_badge(webhook: &Webhook) -> AnyView {
    match webhook.disabled {
        None => badge(Tone::Good, "On"),
        Some((_, DisabledReason::ByHand)) => badge(Tone::Warning, "Off"),
        Some((_, DisabledReason::Gone)) => badge(Tone::Bad, "Off: the receiver answered 410"),
    }
}

fn new_webhook(model: &WebhooksPage) -> AnyView {
    let form = &model.form.only("webhook");
    view! {
        <details class="more" open=!form.is_empty() || model.webhooks.is_empty()>
            <summary>"New webhook"</summary>
            <form method="post" action=OrgRoutes(&model.nav.org.slug).create_webhook() class="form">
                <input type="hidden" name="form" value="webhook"/>
                {Field::new(form, "url", "Address").required().max(2_000).mono().placeholder("https://hooks.acme.example/latchkey")
                    .hint("https, and of the public internet.").text()}
                {Field::new(form, "kinds", "Notices").required().default(kinds_value(&latchkey_core::notices::NoticeKind::ALL)).choices("checkbox", &kind_choices())}
                <div class="actions"><button type="submit" class="button primary">"Create webhook"</button></div>
            </form>
        </details>
    }
    .into_any()
}

fn mails(model: &WebhooksPage) -> AnyView {
    let to = OrgRoutes(&model.nav.org.slug);
    if model.mail == MailState::NoServer {
        return view! {
            <section class="section">
                <h2>"By mail"</h2>
                <p class="quiet">"This installation sends no mails: its operator has set no mail server."</p>
            </section>
        }
        .into_any();
    }
    let own = match &model.mail {
        MailState::Possible { address, wants } => {
            let (text, label, value) = if *wants {
                ("You get them by mail to ", "Send me no more mails", "no")
            } else {
                ("They can come by mail to ", "Send them to me", "yes")
            };
            view! {
                <form method="post" action=to.notice_mail() class="form">
                    <input type="hidden" name="wants" value=value/>
                    <p>{text}<b>{address.clone()}</b>"."</p>
                    <div class="actions"><button type="submit" class="button">{label}</button></div>
                </form>
            }
            .into_any()
        }
        _ => view! { <p class="quiet">"You can't get mails: no identity provider of this installation vouches for your address."</p> }
            .into_any(),
    };
    let form = &model.form.only("mail");
    let stuck = (!model.stuck_mails.is_empty()).then(|| {
        let again = |mail: &Delivery| Some(to.send_mail_again(&mail.id));
        view! { <h3>"Mails that didn't get through"</h3>{deliveries_table(&model.stuck_mails, model.now, again)} }
    });
    view! {
        <section class="section">
            <h2>"By mail"</h2>
            <p>"To each owner and admin who wants it and whose address is verified. Notices of the same minute come in one mail."</p>
            {own}
            <form method="post" action=to.notice_settings() class="form">
                <input type="hidden" name="form" value="mail"/>
                {Field::new(form, "email_kinds", "Notices by mail").default(kinds_value(&model.settings.email_kinds)).choices("checkbox", &kind_choices())}
                <div class="actions"><button type="submit" class="button">"Save"</button></div>
            </form>
            {stuck}
        </section>
    }
    .into_any()
}
